"""Which addresses on the internet may be asked: a list of what is allowed, so that everything unknown is refused.

Names are resolved once, and what is connected to is the checked address itself: a name that changes its mind between
the check and the connection (DNS rebinding) has nothing to change any more.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

Resolve = Callable[[str, int], Sequence[str]]
"""A host and a port to its addresses; raises OSError where there are none."""

_PORTS = {"https": 443, "http": 80}
_MOST_URL = 2000
# What `is_global` does not know in every version of Python, or counts as global although it leads elsewhere.
_REFUSED = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
        "::/8",  # unspecified, loopback, IPv4-mapped and -compatible
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",  # NAT64, discard
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",  # Teredo and other tunnels, documentation, 6to4
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class RefusedError(Exception):
    """A request that may not be made; the text says why."""


class Origin(Struct, frozen=True):
    """Where a request goes."""

    scheme: str
    host: str
    port: int


class Guard(Struct, frozen=True):
    """What may be asked.

    Attributes:
        origins: The only ones; plain http is allowed where one of them says so.
        loopback: This machine may be asked as well, for trying things out and for tests.
    """

    origins: frozenset[Origin]
    loopback: bool = False

    def check(self, url: str) -> Origin:
        """The origin of an address that may be asked.

        Raises:
            RefusedError: it is of no listed origin, or says more than an address.
        """
        origin = origin_of(url)
        if origin not in self.origins:
            named = f"{origin.scheme}://{origin.host}:{origin.port}"
            raise RefusedError(f"{named} is no status address of the boundary file or the catalogue")
        return origin

    def addresses(self, origin: Origin, resolve: Resolve) -> list[str]:
        """The addresses of a host, all of them public.

        Raises:
            RefusedError: it has none, or one of them is not public.
        """
        try:
            found = list(dict.fromkeys(resolve(origin.host, origin.port)))
        except (OSError, UnicodeError):
            raise RefusedError(f"the name {origin.host} does not resolve") from None
        for address in found:
            if not self._may(address):
                raise RefusedError(f"{origin.host} resolves to {address}, which is not a public address")
        if not found:
            raise RefusedError(f"the name {origin.host} has no address")
        return found

    def _may(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if self.loopback and found.is_loopback:
            return True
        scoped = isinstance(found, ipaddress.IPv6Address) and found.scope_id is not None
        inside = any(found.version == block.version and found in block for block in _REFUSED)
        return found.is_global and not (scoped or inside or found.is_multicast)


def origin_of(url: str) -> Origin:
    """The origin of an https or http address.

    Raises:
        RefusedError: it is none, or carries a user name or a password.
    """
    shown = "".join(char if char.isprintable() else "?" for char in url[:200])
    if len(url) > _MOST_URL or not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        raise RefusedError(f"not an address of printable ASCII: {shown}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedError(f"not an address: {shown}") from None
    if parts.scheme not in _PORTS or not parts.hostname or "\\" in url:
        raise RefusedError(f"not an https:// or http:// address: {shown}")
    if "@" in parts.netloc:
        raise RefusedError(f"an address with a user name: {parts.hostname}")
    return Origin(parts.scheme, parts.hostname.rstrip("."), _PORTS[parts.scheme] if port is None else port)


def origins_of(urls: Iterable[str]) -> frozenset[Origin]:
    """The origins of addresses that somebody declared; what is no address is left out."""
    found = set()
    for url in urls:
        try:
            found.add(origin_of(url))
        except RefusedError:
            continue
    return frozenset(found)


def resolve(host: str, port: int) -> list[str]:
    """The system's own name service.

    Raises:
        OSError: the name has no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
