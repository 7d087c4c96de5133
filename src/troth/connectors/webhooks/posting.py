"""What does one address answer to one message?

The name is resolved once and each of its addresses is checked; then that very address is connected
to, with the name in the certificate check and in the header Host, so that a name which leads
elsewhere a moment later changes nothing. No proxy, no redirect, no cookie, no second look.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from troth.core.webhooks.destinations import Destination, DestinationError, choose

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
_LARGEST_ANSWER = 16 * 1024  # read so that the receiver can finish; nothing of it is kept
_SILENT = frozenset({"timeout", "refused"})

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one try."""

    status: int | None  # None where no whole answer came
    error: str = ""  # a code: name, destination, refused, timeout, certificate, answer
    retry_after: timedelta | None = None
    milliseconds: int = 0

    @property
    def is_silence(self) -> bool:
        """Nobody was there: another message to the same address would wait in vain now."""
        return self.error in _SILENT


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


@dataclass(frozen=True, kw_only=True)
class Poster:
    """How messages are posted here. The defaults are what is used; tests bring their own."""

    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def post(self, goal: Destination, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post once. What goes wrong is told in the reply, never raised."""
        begun = time.monotonic()
        status, error, retry_after = self._answered(goal, body, headers)
        taken = round((time.monotonic() - begun) * 1000)
        return Reply(status=status, error=error, retry_after=retry_after, milliseconds=taken)

    def _answered(
        self, goal: Destination, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int | None, str, timedelta | None]:
        try:
            address = choose(goal, self.resolve(goal.host, goal.port))
        except DestinationError:
            return None, "destination", None
        except (OSError, UnicodeError):
            return None, "name", None
        connection = _PinnedConnection(goal, address, self)
        deadline = _Deadline(self.total_seconds, connection)
        with closing(connection), deadline:
            try:
                named = {"Host": goal.netloc, **headers}
                connection.request("POST", goal.target, body, named)
                with closing(connection.getresponse()) as response:
                    if deadline.is_over:  # headers that were cut off look like their end
                        return None, "timeout", None
                    asked = read_retry_after(response.headers.get("Retry-After"))
                    with suppress(OSError, http.client.HTTPException, ValueError):
                        response.read(_LARGEST_ANSWER)
                    return response.status, "", asked
            except ssl.SSLCertVerificationError:
                return None, "certificate", None
            except TimeoutError:
                return None, "timeout", None
            except (OSError, http.client.HTTPException, ValueError) as error:
                return None, _code_of(error, deadline.is_over), None


def _code_of(error: Exception, is_over: bool) -> str:
    if is_over:
        return "timeout"
    return "refused" if isinstance(error, ConnectionRefusedError) else "answer"


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to one address, whatever its name leads to by now."""

    def __init__(self, goal: Destination, address: str, poster: Poster) -> None:
        super().__init__(goal.host, goal.port, timeout=poster.connect_seconds)
        self._goal, self._address, self._poster = goal, address, poster
        self.raw: socket.socket | None = None

    def connect(self) -> None:
        goal, poster = self._goal, self._poster
        try:
            raw = socket.create_connection(
                (self._address, goal.port), timeout=poster.connect_seconds
            )
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionRefusedError from error
        raw.settimeout(poster.total_seconds)
        self.sock = self.raw = raw
        if goal.scheme == "https":
            tls = poster.tls or ssl.create_default_context()
            # The handshake is a step of its own, so that the deadline can cut it off too.
            wrapped = tls.wrap_socket(raw, server_hostname=goal.host, do_handshake_on_connect=False)
            self.sock = self.raw = wrapped
            wrapped.do_handshake()


class _Deadline:
    """Cuts a connection off when its time is up: a timeout of a socket begins anew at each byte."""

    def __init__(self, seconds: float, connection: _PinnedConnection) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._connection = connection
        self.is_over = False

    def _cut(self) -> None:
        self.is_over = True
        if self._connection.raw is not None:
            with suppress(OSError):
                # Not SSLSocket's own: it would turn the socket of the other thread into a bare one.
                socket.socket.shutdown(self._connection.raw, socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def read_retry_after(text: str | None) -> timedelta | None:
    """Seconds, or an HTTP date (RFC 9110, section 10.2.3); None where it is neither."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return timedelta(seconds=min(int(text), 10**7))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(timedelta(0), at - datetime.now(UTC))
