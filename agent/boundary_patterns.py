"""Host, workload, image and namespace patterns: how they are written, normalised and compared.

Everything is compared in lower case. A leading `*.` in a host stands for any number of labels,
never for none; any other `*` stays within a label or path segment, except in images, where it may
cross slashes. The more literal of two matching patterns wins.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

PatternKind: TypeAlias = Literal["host", "workload", "image", "namespace"]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_WRITTEN: dict[PatternKind, tuple[str, str]] = {
    "host": (
        r"(\*\.)?[a-z0-9_*?-]+(\.[a-z0-9_*?-]+)*",
        "a host pattern such as api.example.com, *.example.com or 203.0.113.0/24",
    ),
    "workload": (
        r"[a-z0-9*?-]+/([a-z0-9]+/)?[a-z0-9_.*?-]+",
        "a workload pattern 'namespace/name'",
    ),
    "image": (
        r"[a-z0-9_.*?-]+(:[0-9]+/[a-z0-9_.*?-]+)?(/[a-z0-9_.*?-]+)*",
        "an image pattern such as team/program or registry.example.com/team/*",
    ),
    "namespace": (r"[a-z0-9*?-]+", "a namespace pattern"),
}
_SEPARATOR: dict[PatternKind, str] = {
    "host": ".",
    "workload": "/",
    "image": "/",
    "namespace": "/",
}
_PORT = re.compile(r":\d*$")


@dataclass(frozen=True, slots=True)
class _Token:
    """One place of a pattern: a literal, or any character but those in `excluded`."""

    literal: str = ""
    excluded: str = ""
    repeats: bool = False

    def meets(self, other: "_Token") -> bool:
        if self.literal and other.literal:
            return self.literal == other.literal
        if self.literal:
            return self.literal not in other.excluded
        return not other.literal or other.literal not in self.excluded


@dataclass(frozen=True)
class Pattern:
    """A pattern in its normal form; made by `pattern()`."""

    kind: PatternKind
    text: str
    network: Network | None = field(default=None, compare=False)

    @cached_property
    def specificity(self) -> tuple[int, int]:
        """Higher is more specific: literal before glob, then more literal characters or bits."""
        if self.network is not None:
            return (int(self.network.num_addresses == 1), self.network.prefixlen)
        wild = sum(self.text.count(sign) for sign in "*?")
        return (int(wild == 0), len(self.text) - wild)

    def matches(self, subject: str) -> bool:
        """Whether a subject in its normal form (`normal_host`, `normal_image`) is meant."""
        if self.network is not None:
            found = address(subject)
            return found is not None and found in self.network
        return self._regex.fullmatch(subject) is not None

    def overlaps(self, other: "Pattern") -> bool:
        """Whether some subject matches both."""
        if self.network is not None or other.network is not None:
            return self.network == other.network  # of two nested ranges the longer prefix wins
        return _overlap(self.tokens, other.tokens)

    @cached_property
    def tokens(self) -> tuple["_Token", ...]:
        """The places of the pattern, for comparing two of them."""
        separator = _SEPARATOR[self.kind]
        start: tuple[_Token, ...] = ()
        rest = self.text
        if self.kind == "host" and rest.startswith("*."):
            start = (_Token(), _Token(repeats=True))
            rest = rest[1:]
        star = _Token(repeats=True, excluded="" if self.kind == "image" else separator)
        signs = {"*": star, "?": _Token(excluded=separator)}
        return start + tuple(signs.get(char) or _Token(literal=char) for char in rest)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile("".join(_regex_of(token) for token in self.tokens), re.DOTALL)


def pattern(kind: PatternKind, text: str) -> Pattern:
    """Parse a pattern as a person wrote it.

    Raises:
        ValueError: It isn't one; the message says what was expected.
    """
    written, what = _WRITTEN[kind]
    bare = text.strip().lower()
    if kind == "host":
        if (network := _network(bare)) is not None:
            return Pattern(kind, bare, network)
        bare = bare if any(sign in bare for sign in "/[") else normal_host(bare)
    elif kind == "image":
        bare = _untagged(bare)
    literal = re.search(r"[a-z0-9]", bare) is not None
    if not re.fullmatch(written, bare) or "**" in bare or not (literal or kind == "namespace"):
        raise ValueError(what)
    return Pattern(kind, bare)


def address(host: str) -> Address | None:
    """The IP address that a host is, an IPv4 address mapped into IPv6 unmapped."""
    if not host or not (host[0].isdigit() or ":" in host):
        return None
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=4096)
def normal_host(text: str) -> str:
    """A host out of a host, `host:port`, `[v6]:port` or URL: lower case, ASCII, no final dot."""
    host = text.strip().lower().rpartition("://")[2]
    if address(host) is None:
        host = re.split(r"[/?#]" if "://" in text else r"[/#]", host, maxsplit=1)[0]
        host = host.rpartition("@")[2]
        host = host[1:].partition("]")[0] if host.startswith("[") else _PORT.sub("", host)
    if (found := address(host)) is not None:
        return str(found)
    return _ascii(host).rstrip(".")


@lru_cache(maxsize=4096)
def normal_image(text: str) -> tuple[str, str]:
    """An image reference as `(registry/repository, repository)`, without tag and digest."""
    bare = _untagged(text.strip().lower().rpartition("://")[2])
    first, slash, rest = bare.partition("/")
    registry, repository = "docker.io", bare
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
    if registry == "docker.io":
        repository = repository.removeprefix("library/")
    return f"{registry}/{repository}", repository


def names_registry(image: Pattern) -> bool:
    """Whether an image pattern is meant for the full reference, registry included."""
    first, slash, _ = image.text.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _network(text: str) -> Network | None:
    found = address(text.strip("[]"))
    if found is None and "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text if found is None else found, strict=False)
    except ValueError:
        return None


def _untagged(image: str) -> str:
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return head + slash + tail.partition(":")[0]


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return ".".join(
            label if label.isascii() else label.encode("idna").decode("ascii")
            for label in re.split("[.。．｡]", host)  # noqa: RUF001 - IDNA's other full stops
        )
    except UnicodeError:
        return host


def _regex_of(token: _Token) -> str:
    if token.literal:
        return re.escape(token.literal)
    return (f"[^{token.excluded}]" if token.excluded else ".") + ("*" if token.repeats else "")


def _overlap(left: tuple[_Token, ...], right: tuple[_Token, ...]) -> bool:
    """Whether the two languages share a word: a walk over pairs of places."""
    seen: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        if place == (len(left), len(right)):
            return True
        waiting.extend(_onward(left, right, *place))
    return False


def _onward(left: tuple[_Token, ...], right: tuple[_Token, ...], i: int, j: int) -> list[tuple[int, int]]:
    mine = left[i] if i < len(left) else None
    theirs = right[j] if j < len(right) else None
    onward: list[tuple[int, int]] = []
    if mine and mine.repeats:
        onward.append((i + 1, j))
    if theirs and theirs.repeats:
        onward.append((i, j + 1))
    if mine and theirs and mine.meets(theirs):
        onward.append((i + (not mine.repeats), j + (not theirs.repeats)))
    return onward
