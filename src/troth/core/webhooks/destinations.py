"""To which addresses may this machine be made to send?

Whoever may name an address could name one inside of the house: the database, the cloud's metadata
service, a colleague's printer. So an address is public, on a port that webhooks use, and is
checked again when its name has become a number: that number, and no other, is connected to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = frozenset({443, 8443})
_LONGEST_URL = 2_000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA's special-purpose registries (RFC 6890 and its updates); not left to a version of Python.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own (CGNAT); some clouds' metadata
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "168.63.129.16/32",  # a cloud's own services, on a public number
    )
)
# Only global unicast is open; within it, what stands for another address or for none is not.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, Teredo among them: it holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: it holds an IPv4 address
        "2620:4f:8000::/48",  # a sink
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)
# NAT64 (64:ff9b::/96, 64:ff9b:1::/48), IPv4-mapped and IPv4-compatible are outside of 2000::/3.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # an IPv4 address in the lower half (RFC 5214)


class DestinationError(ValueError):
    """Troth does not send to this address. Name a public https address; the message says why."""

    code = "webhook.destination"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a message goes."""

    scheme: str
    host: str  # as in the certificate and in the header Host; without brackets
    port: int
    target: str  # path and query
    is_loopback_allowed: bool = False

    @property
    def netloc(self) -> str:
        """The header Host: the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == default else f"{host}:{self.port}"


def destination(
    url: str, *, ports: Iterable[int] = PORTS, is_loopback_allowed: bool = False
) -> Destination:
    """Where a URL leads, its name not yet resolved. Raises DestinationError.

    `is_loopback_allowed` is for a demonstration: then http and any port are taken, and the number
    must be the loopback's.
    """
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise DestinationError(
            f"A URL here is at most {_LONGEST_URL} ASCII characters without blanks."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise DestinationError("This is no URL: expected https://host/path.") from error
    if parts.username is not None or parts.password is not None:
        raise DestinationError("A URL here carries no user name and no password: take them out.")
    if parts.fragment:
        raise DestinationError("A URL here has no fragment: take out what follows the #.")
    is_loopback = is_loopback_allowed and _is_named_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise DestinationError(f"The scheme is {parts.scheme!r}: expected https.")
    if not host or "%" in host or "\\" in url or "@" in url.partition("?")[0]:
        raise DestinationError("This URL names no host: expected https://host/path.")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if not is_loopback and port not in set(ports):
        known = ", ".join(str(item) for item in sorted(ports))
        raise DestinationError(f"The port is {port}: expected one of {known}.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(
        scheme=parts.scheme, host=host, port=port, target=target, is_loopback_allowed=is_loopback
    )


def choose(goal: Destination, found: Iterable[str]) -> str:
    """The one address to connect to, of those that a name resolved to.

    All must be open, else none is taken: a name with an address inside of the house beside one
    outside has no honest use. Raises DestinationError, which names the host and not the number.
    """
    listed = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not listed:
        raise DestinationError(f"{goal.host} has no address. Check its name.")
    for address in listed:
        is_open = address.is_loopback if goal.is_loopback_allowed else is_public(address)
        if not is_open:
            raise DestinationError(
                f"{goal.host} leads to an address that is not on the public internet."
            )
    return str(listed[0])


def is_public(address: Address) -> bool:
    """Whether an address is one host's on the public internet, and stands for no other address."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    if address not in _OPEN_V6 or any(address in net for net in _CLOSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


def _is_named_loopback(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
