"""Access logs: what a server or proxy answered, and what its upstream answered it."""

import re

from tools.log_families import Producer, Said, http_family
from tools.log_targets import Target, make_target

_VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT"
_MORGAN = re.compile(rf"({_VERBS}) (\S+) (\d{{3}}) (?:(\d+(?:\.\d+)?)|-) ?ms(?: - \S+)?$")
_COMBINED = re.compile(rf"\"({_VERBS}) (\S+)(?: HTTP/[\d.]+)?\" (\d{{3}}) (?:\d+|-)(?![\w|])(.*)$")
_UVICORN = re.compile(rf"- \"({_VERBS}) (\S+) HTTP/[\d.]+\" (\d{{3}})(?: [A-Z][\w -]*)?$")
_GIN = re.compile(rf"\| +(\d{{3}}) \| +([\d.]+)(ns|µs|us|ms|s|m)[^|]*\|[^|]*\| +({_VERBS}) +\"?([^\s\"]+)")
_ENVOY = re.compile(rf"\[[^\]]+\] \"(?:({_VERBS}|-) (\S+) \S+)?[^\"]*\" (\d{{1,3}}) ([A-Z,]{{2,40}}|-) (.*)$")
_COMPLETED = re.compile(r"(?:^|[\s:])Completed (\d{3})\b[^\n]{0,40}?(?: in (\d+(?:\.\d+)?)ms)?")
_FINISHED = re.compile(rf"Request finished HTTP/\S+ ({_VERBS}) \S*?(/[^\s/]\S*|/) .*?- (\d{{3}})\b.*?(?:([\d.]+)ms)?$")
_GENERIC = re.compile(
    rf"(?<![\w/])({_VERBS}) (/\S*?)(?: HTTP/[\d.]+)?[\"']?,?\s{{0,3}}(?:->|=>|→|:|-|responded(?: with)?|returned"
    r"|completed(?: with)?|status[=: ]{1,2}|-->)?\s{0,3}([1-5]\d\d)\b(?![.,]?\d)"
)
_INGRESS = re.compile(r"\[[^\]]*\] \[[^\]]*\] (\d[\d.]+|\[[0-9a-f:]+\]):(\d+)[^\[]*? (?:\d+|-) ([\d.]+|-) (\d{3})\b")
_UPSTREAM = re.compile(r"\bupstream(?:_addr)?[=:]\s?\"?(\d+(?:\.\d+){3}|[a-z][\w.-]*):(\d+)")
_UPSTREAM_TIME = re.compile(r"\b(?:urt|upstream_response_time|upstream_time)[=:]\s?\"?([\d.]+)")
_TOOK = re.compile(r"(?:\b(?:in|took|duration|rt|request_time)[=: ]\s?|\s|\()(\d+(?:\.\d+)?)\s?(ns|µs|us|ms|s)\b")
# CoreDNS: a name it has no answer for (NXDOMAIN) is everyday business of search lists, so only these are read.
_COREDNS = re.compile(r"\"[A-Z]+ IN \S{1,255} (?:udp|tcp) [^\"]{1,60}\" (NOERROR|SERVFAIL|REFUSED|NXDOMAIN)\b")
_HEALTH = re.compile(
    r"(?:^|/)(?:_?health(?:z|check|-check|s)?|ready(?:z)?|readiness|live(?:z)?|liveness|ping|healthy|startup)(?:[/?]|$)",
    re.IGNORECASE,
)
_METRICS = re.compile(r"/metrics(?:[/?]|$)")
_UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

# Envoy response flags, from its access-log reference: who broke the exchange, and how.
_FLAGS: dict[str, tuple[str, Producer]] = {
    "UH": ("no_upstream", "proxy"), "NR": ("no_upstream", "proxy"), "NC": ("no_upstream", "proxy"),
    "UF": ("unreachable", "proxy"), "UO": ("circuit_open", "proxy"), "UT": ("timeout", "proxy"),
    "UC": ("reset", "proxy"), "UR": ("reset", "proxy"), "LR": ("reset", "proxy"), "UPE": ("reset", "proxy"),
    "SI": ("timeout", "proxy"), "RL": ("rate_limited", "proxy"), "RLSE": ("server_error", "proxy"),
    "UAEX": ("forbidden", "proxy"), "FI": ("server_error", "proxy"), "DI": ("timeout", "proxy"),
    "DF": ("dns", "proxy"), "UMSDR": ("timeout", "proxy"), "DC": ("cancelled", "client"),
}  # fmt: skip


def to_seconds(amount: str | float, unit: str) -> float:
    """An amount in the written unit as seconds; an unknown unit counts as seconds."""
    return round(float(amount) * _UNITS.get(unit, 1.0), 9)


def is_health(path: str) -> bool:
    """Whether a request path is a health check's."""
    return _HEALTH.search(path) is not None


def served(path: str, status: int, seconds: float | None, producer: Producer | None = None) -> list[Said]:
    """What a server's answer means: health checks are its own state, metrics scrapes say nothing."""
    if _METRICS.search(path) and status < 400:
        return []
    if is_health(path):
        return [Said("own", "health_ok" if status < 400 else "probe_failed", None, status, None, seconds)]
    return [Said("served", http_family(status), None, status, producer, seconds)]


def flagged(flags: str, detail: str) -> tuple[str, Producer] | None:
    """The family and producer of Envoy's response flags; None when it sets none that matter."""
    for flag in flags.split(","):
        if flag not in _FLAGS:
            continue
        family, producer = _FLAGS[flag]
        if flag in ("UF", "URX"):
            low = detail.lower()
            if "timeout" in low or "timed out" in low:
                return "timeout", producer
            if "tls" in low or "ssl" in low or "certificate" in low:
                return ("tls_expired" if "expired" in low else "tls_other"), producer
            if "refused" in low or "error:_111" in low or "error: 111" in low:
                return "refused", producer
        return family, producer
    return None


def proxied(answer: Said, upstream: Target | None, flags: str, detail: str) -> list[Said]:
    """A proxy's answer to its caller, and what that says of its own call to the upstream."""
    status = answer.status
    fault = flagged(flags, detail)
    if fault is None:
        family = http_family(status) if status else "ok"
        call = Said("call", family, upstream, status, "callee", answer.seconds)
        return [answer, call] if upstream is not None else [answer]
    family, producer = fault
    mine = Said("served", answer.family, None, status, producer, answer.seconds)
    if family == "cancelled":
        return [Said("served", "cancelled", None, status, producer, answer.seconds)]
    return [mine, Said("call", family, upstream, status, producer, answer.seconds)]


_HOST_PORT = re.compile(r"\"(\d+(?:\.\d+){3}|\[[0-9a-f:]+\]|[a-z][\w.-]*):(\d+)\"")
_ENVOY_NUMBERS = re.compile(r"(?<!\S)\d+ \d+ (\d+) (?:\d+|-)(?= \")")
_CLUSTER = re.compile(r"\b(?:outbound|inbound)\|(\d*)\|[^|\s]*\|([\w.-]*)")


def _envoy(match: re.Match[str]) -> list[Said]:
    method, path, code, flags, rest = match.groups()
    status = int(code)
    cluster = _CLUSTER.search(rest)
    hosts = _HOST_PORT.findall(rest)
    upstream = None
    if cluster is not None and rest[cluster.start() :].startswith("outbound"):
        upstream = make_target(cluster[2], cluster[1] or None, "http", path)
    elif cluster is None and hosts:
        upstream = make_target(hosts[-1][0], hosts[-1][1], "http" if method else "tcp", path)
    if upstream is None and cluster is None:
        authority = re.findall(r"\"([a-zA-Z][\w.-]*(?::\d+)?)\"", rest)
        if authority and flags != "-":
            host, _, port = authority[-1].partition(":")
            upstream = make_target(host, port or None, "http", path)
    numbers = _ENVOY_NUMBERS.search(rest)
    took = to_seconds(numbers[1], "ms") if numbers else None
    answer = Said("served", http_family(status) if status else "cancelled", None, status or None, None, took)
    if flags == "-" and (shown := served(path or "", status, took)) and shown[0].kind == "own":
        return shown
    return proxied(answer, upstream, flags, rest)


def _combined(match: re.Match[str]) -> list[Said]:
    _, path, code, rest = match.groups()
    status = int(code)
    ingress = _INGRESS.search(rest)
    if ingress is not None:
        upstream = make_target(ingress[1], ingress[2], "http", path)
        took = float(ingress[3]) if ingress[3] != "-" else None
        got = int(ingress[4])
        call = Said("call", http_family(got), upstream, got, "callee", took)
        return [*served(path, status, took), call]
    plain = _UPSTREAM.search(rest)
    spent = _UPSTREAM_TIME.search(rest)
    seconds = float(spent[1]) if spent else None
    answers = served(path, status, seconds)
    if plain is not None:
        upstream = make_target(plain[1], plain[2], "http", path)
        answers.append(Said("call", http_family(status), upstream, status, None, seconds))
    return answers


def _took(line: str, end: int) -> float | None:
    match = _TOOK.search(line, end)
    return to_seconds(match[1], match[2]) if match else None


def _framework(line: str) -> list[Said] | None:
    """The line by which a web framework reports one request."""
    if "[GIN]" in line and (match := _GIN.search(line)) is not None:
        return served(match[5], int(match[1]), to_seconds(match[2], match[3]))
    if "Completed " in line and (match := _COMPLETED.search(line)) is not None:
        return served("", int(match[1]), to_seconds(match[2], "ms") if match[2] else None)
    if "Request finished" in line and (match := _FINISHED.search(line)) is not None:
        return served(match[2], int(match[3]), to_seconds(match[4], "ms") if match[4] else None)
    if " IN " in line and (match := _COREDNS.search(line)) is not None:
        family = {"NOERROR": "ok", "SERVFAIL": "dns", "REFUSED": "dns"}.get(match[1])
        return [Said("served", family)] if family is not None else []
    return None


def _quoted_request(line: str) -> list[Said] | None:
    """The line in which a request stands in quotes, as in the common log format."""
    match = _UVICORN.search(line) or _COMBINED.search(line)
    if match is None or "://" in line[: match.start()]:
        return None
    return _combined(match) if match.re is _COMBINED else served(match[2], int(match[3]), None)


def read_access(line: str) -> list[Said] | None:
    """What an access-log line says; None when the line is not of an access log."""
    if line[:1] == "[" and (match := _ENVOY.match(line)) is not None:
        return _envoy(match)
    if (match := _MORGAN.match(line)) is not None:
        return served(match[2], int(match[3]), to_seconds(match[4], "ms") if match[4] else None)
    said = _quoted_request(line) if '"' in line else None
    said = _framework(line) if said is None else said
    if said is None and " /" in line and (match := _GENERIC.search(line)) is not None:
        return served(match[2], int(match[3]), _took(line, match.end()))
    return said
