"""Whom a line says was called: host, port, scheme and path, as written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from tools.log_search import Anchored, has_any


class Target(Struct, frozen=True):
    """A callee as written, not yet resolved; `host` is lower case and never empty."""

    host: str
    port: int | None = None
    scheme: str | None = None
    path: str | None = None


_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))"
_URL = re.compile(
    r"\b((?:jdbc:)?[a-z][a-z0-9+.-]{1,20})://(?:[^\s/@\"'<>]{0,120}@)?"
    rf"({_HOST})(?::(\d{{1,5}}))?((?:/[^\s\"'<>,;?#)\]}}\\]*)?)",
    re.IGNORECASE,
)
_LONGEST_SCHEME = 26  # with `jdbc:`
_METHOD_BEFORE = re.compile(
    r"(?:\b(?:get|post|put|patch|delete|head|options|request|calling|call|for|to|url|uri|upstream)"
    r"[\"'=:(<]{0,3}\s?[\\\"'<(=]{0,3})$",
    re.IGNORECASE,
)
_NOT_CALLED = Anchored(
    r"see|visit|doc|info|help|listening on|serving|running|started at|available at|refer|origin|links:|html>|location"
    r"|\[<|rel=",
    r"(?:\b(?:see|visit|docs?|documentation|information|info|help|listening on|serving|running (?:at|on)"
    r"|started at|available at|referr?er|origin|links:|html>|location)[\s:=\"'<(]{0,4}|\[<|rel=)$",
)
_DOCUMENT = re.compile(r"\.(?:html?|md|pdf)$|://(?:docs?|help|support)\.|(?<!api\.)github\.(?:io|com)/")
_CODE_FILE = re.compile(
    r"\.(?:go|java|py|js|ts|mjs|cjs|rb|cs|c|cc|cpp|h|rs|kt|scala|php|ex|erl|jar!?|lua|html|json|ya?ml)$"
)
_SCHEMES = {"postgresql": "postgres", "mongodb+srv": "mongodb", "rediss": "redis", "amqps": "amqp"}
_PORT_SCHEMES = {
    3306: "mysql", 5432: "postgres", 6379: "redis", 27017: "mongodb", 5672: "amqp",
    5671: "amqp", 9092: "kafka", 9093: "kafka", 2181: "zookeeper", 11211: "memcached",
}  # fmt: skip


@dataclass(frozen=True)
class _Spelling:
    """One way of writing a callee: words in lower case of which one is there, and a pattern."""

    needles: tuple[str, ...]
    written: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a needle is first seen: most logs have few of the table's."""
        return re.compile(self.written, re.IGNORECASE)


_HP = rf"({_HOST}):(\d{{1,5}})\b"
# Each pattern's groups are host and port, or host alone; the first that matches wins.
_WRITTEN = tuple(
    _Spelling(needles, written)
    for needles, written in (
        (("lookup ",), r"\blookup ([\w.-]+)(?: on [\d.:\[\]a-f]+:53)?\s?:"),
        (("->",), rf"\b(?:read|write) (?:tcp|udp) \S{{1,60}}->{_HP}"),
        (("dial ",), rf"\bdial (?:tcp|udp)[46]? {_HP}"),
        (("connectionpool(",), rf"ConnectionPool\(host='({_HOST})', port=(\d+)"),
        (("connection to server at",), rf"server at \"({_HOST})\"(?: \([^)]*\))?, port (\d+)"),
        (("could not translate host",), rf"host name \"({_HOST})\""),
        (("getaddrinfo ",), rf"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ({_HOST})(?::(\d+))?"),
        (("econn", "etimedout", "ehost", "enet"), r"\bE[A-Z]{4,12} (?:::ffff:)?" + _HP),
        (("econn",), r"\bE[A-Z]{4,12} (::1):(\d+)"),
        (("unknownhost",), rf"UnknownHostException: ({_HOST})"),
        (("could not be resolved",), rf"({_HOST}) could not be resolved"),
        (("could not resolve host",), rf"resolve host: ({_HOST})"),
        (("failed to resolve",), rf"failed to resolve '?({_HOST})"),
        (("host not found",), rf"host not found in upstream \"({_HOST})(?::(\d+))?\""),
        (("mysql server on", "mysql server host"), rf"server (?:on|host) '({_HOST})(?::(\d+))?'"),
        (("serverendpoint",), rf"serverEndpoint: {_HP}"),
        (("ipv4:", "ipv4#"), rf"(?:([A-Za-z0-9_.-]+):(\d+)/\w+: Connect to )?ipv4[:#]{_HP}"),
        (("connect to",), rf"[Cc]onnect to (?:host |broker |server |node )?{_HP}"),
        (("connecting to",), rf"connecting to (?:host |broker |server |redis |node )?{_HP}"),
        (("connect",), rf"[Cc]onnection to (?:node \S+ \()?{_HP}"),
        (("outbound|",), rf"\boutbound\|(?:\d+)\|[^|]*\|({_HOST})"),
        (("no instances available for", "available server for client", "servers available for"),
         rf"(?:instances available for|server for client:|servers available for service:?) ({_HOST})"),
        (("hostname:",), rf"hostname: '({_HOST})'"),
        (("address:",), rf"address: '({_HOST})',\s+port: (\d+)"),
        (("to ",), rf"\bto (?:host |server |broker |redis |node |mongo )?{_HP}"),
        (("/",), rf"(?<![\w/.:])({_HOST})/\d+(?:\.\d+){{3}}:(\d+)\b"),
    )
)  # fmt: skip
_ANY_PORT = re.compile(rf"(?<![\w.:/@%#-])(?:/)?{_HP}(?![\w.:-]*\w\.\w)")

# What stands before a colon and a number without being a host: field names, times, versions.
_NO_HOST = re.compile(
    r"(?:port|status|code|line|pid|took|size|count|id|level|time|col(?:umn)?|errno|error|attempt|retr(?:y|ies)|v|version"
    r"|weight|timeout|bytes|total|len(?:gth)?|offset|partition|row|step|seconds|ms|at|in|exit|user|amount|price|qty"
    r"|duration|\w*_\w*|[\d.-]*[^\d.-]?\d+|\d{4}-\d\d-\d\d.*)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"[a-z][A-Z]")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}$")


def make_target(host: str, port: str | int | None, scheme: str | None, path: str | None = None) -> Target | None:
    """A target from written parts; None when the host cannot be one."""
    name = host.strip("[]").rstrip(".").removeprefix("::ffff:").lower()
    number = int(port) if port else None
    if not name or name.isdigit() or _CODE_FILE.search(name) or (number is not None and not 0 < number < 65536):
        return None
    return Target(name, number, scheme or _PORT_SCHEMES.get(number or 0), path or None)


def _from_match(match: re.Match[str]) -> Target | None:
    scheme = match[1].lower().removeprefix("jdbc:")
    scheme = _SCHEMES.get(scheme, scheme)
    path = match[4].rstrip(".:") if scheme in ("http", "https", "grpc", "ws", "wss") else None
    return make_target(match[2].rstrip(".:"), match[3], scheme, path)


def _urls(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_URL`, looked for only around `://`."""
    end, sign = 0, text.find("://")
    while sign >= 0:
        match = _URL.search(text, max(end, sign - _LONGEST_SCHEME))
        if match is None:
            return
        yield match
        end = match.end()
        sign = text.find("://", end)


def _url_targets(text: str) -> tuple[Target | None, Target | None]:
    """The URL after a method or `for`, and the first that is no mere link."""
    first: Target | None = None
    for match in _urls(text):
        before = text[max(0, match.start() - 24) : match.start()]
        if _NOT_CALLED.search(before, before.lower()) or _DOCUMENT.search(match[0]):
            continue
        target = _from_match(match)
        if target is not None and _METHOD_BEFORE.search(before):
            return target, first or target
        first = first or target
    return None, first


def url_target(text: str) -> Target | None:
    """The URL that was called: one after a method or `for`, else the first that is not a mere link."""
    if "://" not in text:
        return None
    called, first = _url_targets(text)
    return called or first


def _written_target(text: str, low: str) -> Target | None:
    for spelling in _WRITTEN:
        if not has_any(low, spelling.needles):
            continue
        match = spelling.pattern.search(text)
        if match is None:
            continue
        groups = [group for group in match.groups() if group]
        target = make_target(groups[0], groups[1] if len(groups) > 1 else None, None)
        if target is not None:
            return target
    return None


def _any_target(text: str) -> Target | None:
    for match in _ANY_PORT.finditer(text):
        if (
            match[2] == "53"
            or len(match[2]) < 2
            or (_NO_HOST.match(match[1]) and not _IP.match(match[1]))
            or _CAMEL.search(match[1])
        ):
            continue
        target = make_target(match[1], match[2], None)
        if target is not None:
            return target
    return None


_POOL_PATH = re.compile(r"with url: ([^\s?#]{1,500})")
_PYTHON_POOL = re.compile(r"\b(HTTPS?)ConnectionPool")


def find_target(text: str) -> Target | None:
    """The callee of a failed or finished call, the most explicit spelling first."""
    low = text.lower()
    called, first = _url_targets(text) if "://" in text else (None, None)
    target = called or _written_target(text, low) or first or _any_target(text)
    return _with_pool_path(target, text) if target is not None else None


def _with_pool_path(target: Target, text: str) -> Target:
    pool = _PYTHON_POOL.search(text)
    if pool is None or target.path is not None:
        return target
    path = _POOL_PATH.search(text)
    return Target(target.host, target.port, pool[1].lower(), path[1] if path else None)
