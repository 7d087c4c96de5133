"""How is one host asked, and what is done when it does not answer as it should?

A name is resolved once for a connection, its addresses are checked against the network that the
mapping declares, and that very address is connected to, with the name in the certificate's check.
No proxy, no cookie, no redirect to another host. What may help when it is repeated (429, 5xx, a
connection that breaks) is repeated a few times, as late as the host asks.
"""

from __future__ import annotations

import http.client
import ipaddress
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from troth.connectors.errors import (
    ApiAddressError,
    ApiAnswerError,
    ApiBusyError,
    ApiRefusedError,
    ApiUnreachableError,
)
from troth.connectors.secrets import Secret, scrub
from troth.connectors.webhooks.posting import read_retry_after, resolve
from troth.core.webhooks.destinations import is_public

LARGEST_ANSWER = 64 * 1024 * 1024
_REPEATED = frozenset({429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_MOST_MOVES = 3
_CHUNK = 64 * 1024
# Not even by declaration: the metadata services of clouds hand out keys to whoever asks.
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "169.254.0.0/16",
            "fe80::/10",
            "168.63.129.16/32",
            "fd00:ec2::254/128",
            "100.100.100.200/32",
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How often a call is repeated, and how long is waited before."""

    sleep: Callable[[float], None] = time.sleep
    tries: int = 6
    first: float = 1.0  # seconds before the second try; doubled each time
    longest: float = 120.0  # seconds; a host that asks for more is left alone


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer with a status of success."""

    url: str
    headers: http.client.HTTPMessage
    body: bytes


class _BrokenError(Exception):
    """No whole answer came; the text says how, in words for people."""


class Transport:
    """Calls to the origins that a mapping names; connections stay open between calls."""

    def __init__(
        self,
        *,
        network: str,
        tls: ssl.SSLContext,
        timeout: float,
        waiting: Waiting,
        asked_by: str,
    ) -> None:
        self._network = network
        self._tls = tls
        self._timeout = timeout
        self._waiting = waiting
        self._asked_by = asked_by
        self._open: dict[tuple[str, str, int], http.client.HTTPConnection] = {}
        self.secrets: list[Secret] = []

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def ask(self, call: Asked) -> Answer:
        """The answer. Raises ApiRefused-, ApiBusy-, ApiUnreachable-, ApiAnswer-, ApiAddressError.

        A 401 is raised with `status=401` among what was found.
        """
        for _ in range(_MOST_MOVES + 1):
            response, body = self._patiently(call)
            if response.status not in _MOVED:
                return self._judged(call, response, body)
            target = urljoin(call.url, response.headers.get("Location", ""))
            if origin(target) != origin(call.url) or call.method != "GET":
                host = urlsplit(target).hostname or "nowhere"
                reason = f"{_host(call)} sends on to {host}, which is not followed."
                raise ApiAddressError(file=self._asked_by, reason=reason)
            call = Asked(method=call.method, url=target, headers=call.headers)
        raise ApiAddressError(file=self._asked_by, reason=f"{_host(call)} sends on without end.")

    def _patiently(self, call: Asked) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer that repeating would not change."""
        broken = ""
        for number in range(self._waiting.tries):
            pause = self._waiting.first * 2**number * random.uniform(0.75, 1.25)
            try:
                response, body = self._once(call)
            except _BrokenError as error:
                broken = str(error)
            else:
                if response.status not in _REPEATED:
                    return response, body
                broken = f"it says {response.status}."
                asked = read_retry_after(response.headers.get("Retry-After"))
                if asked is not None:
                    pause = max(pause, asked.total_seconds())
                    if asked.total_seconds() > self._waiting.longest:
                        raise ApiBusyError(
                            file=self._asked_by,
                            host=_host(call),
                            status=response.status,
                            seconds=round(pause),
                        )
            if number + 1 < self._waiting.tries:
                self._waiting.sleep(min(pause, self._waiting.longest))
        raise ApiUnreachableError(
            file=self._asked_by,
            host=_host(call),
            reason=scrub(broken, self.secrets),
            tries=self._waiting.tries,
        )

    def _once(self, call: Asked) -> tuple[http.client.HTTPResponse, bytes]:
        deadline = time.monotonic() + self._timeout
        connection = self._connection(call)
        parts = urlsplit(call.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        failed = ""
        try:
            connection.request(call.method, target, call.body, dict(call.headers))
            response = connection.getresponse()
            body = _read(response, deadline)
            if response.will_close:
                self._forget(call)
            return response, body
        except _TooLargeError:
            failed = "large"
        except ssl.SSLCertVerificationError as error:
            failed = f"its certificate is not trusted ({error.verify_message})."
        except TimeoutError:
            failed = f"it took longer than {self._timeout:.0f} seconds."
        except http.client.IncompleteRead:
            failed = "the answer broke off in the middle."
        except (OSError, http.client.HTTPException, ValueError) as error:
            failed = f"{type(error).__name__}."
        # Outside of `except`: what a library raises may hold a header that it was given.
        self._forget(call)
        if failed == "large":
            reason = f"it is larger than {LARGEST_ANSWER // 2**20} MB; ask for smaller pages."
            raise self._unusable(call, reason)
        raise _BrokenError(failed)

    def _judged(self, call: Asked, response: http.client.HTTPResponse, body: bytes) -> Answer:
        if 200 <= response.status < 300:
            return Answer(url=call.url, headers=response.headers, body=body)
        said = " ".join(body[:2000].decode("utf-8", "replace").split())
        reason = scrub(said, self.secrets)[:160] or "without a word."
        raise ApiRefusedError(
            file=self._asked_by,
            host=_host(call),
            status=response.status,
            path=scrub(urlsplit(call.url).path, self.secrets),
            reason=reason if reason.endswith((".", "!")) else f"{reason}.",
        )

    def _unusable(self, call: Asked, reason: str) -> ApiAnswerError:
        path = scrub(urlsplit(call.url).path, self.secrets)
        return ApiAnswerError(file=self._asked_by, host=_host(call), path=path, reason=reason)

    def _forget(self, call: Asked) -> None:
        connection = self._open.pop(origin(call.url), None)
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _connection(self, call: Asked) -> http.client.HTTPConnection:
        place = origin(call.url)
        if place not in self._open:
            scheme, host, port = place
            self._open[place] = _Pinned(
                host,
                port,
                address=self._address(host, port),
                tls=self._tls if scheme == "https" else None,
                timeout=self._timeout,
            )
        return self._open[place]

    def _address(self, host: str, port: int) -> str:
        try:
            found = resolve(host, port)
        except (OSError, UnicodeError):
            raise _BrokenError("its name is not known.") from None
        reason = refusal(host, found, network=self._network)
        if reason:
            raise ApiAddressError(file=self._asked_by, reason=reason)
        return found[0]


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what two URLs of one server share."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").casefold(), port


def refusal(host: str, addresses: Iterable[str], *, network: str) -> str:
    """Why a host may not be asked; empty where it may. All of its addresses must be open."""
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in addresses]
    plain = [getattr(address, "ipv4_mapped", None) or address for address in found]
    if not plain:
        return f"{host} has no address."
    if any(
        address.version == net.version and address in net for address in plain for net in _NEVER
    ):
        return f"{host} leads to a service of the cloud or the link, which nobody may read."
    if any(address.is_multicast or address.is_unspecified for address in plain):
        return f"{host} leads to an address of no single host."
    if network == "public" and not all(map(is_public, found)):
        return f"{host} leads into a private network; say `network: private` if it should."
    return ""


class _TooLargeError(Exception):
    """The answer exceeds what is read."""


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    parts, size = [], 0
    while chunk := response.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise _TooLargeError
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:  # `read` with a size tells nothing of an end that came too early
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _host(call: Asked) -> str:
    return urlsplit(call.url).hostname or "nobody"


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name leads to by now."""

    def __init__(
        self, host: str, port: int, *, address: str, tls: ssl.SSLContext | None, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        # The header Host names the port where it is not the scheme's own.
        self.default_port = 443 if tls is not None else 80
        self._address, self._tls = address, tls

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=self.timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host) if self._tls else raw
