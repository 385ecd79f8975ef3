"""What one event of free text says."""

import re

from tools.log_access import read_access
from tools.log_answers import (
    PROXY_WORDS,
    Quoted,
    expects_answer,
    read_answer,
    read_grpc,
    split_answer,
    took,
    written_status,
)
from tools.log_families import Producer, Said, http_family
from tools.log_hints import CALLS, FAILURES, LIFE, OWN, PROCESS, STOPPING, Finder
from tools.log_levels import Level, without_benign
from tools.log_phrases import STORE
from tools.log_search import Anchored
from tools.log_targets import Target, find_target, make_target, url_target

_SERVER_LINE = re.compile(
    r"^\S+ \S+ (?:[A-Z]{3,5} )?\[\d+\](?: \S+)? (?:LOG|ERROR|FATAL|PANIC|WARNING|STATEMENT|DETAIL|HINT): "
    r"|\[(?:Note|Warning|ERROR|System)\] (?:\[MY-|\w)|^\d+:[MCSX] \d|<\d+\.\d+\.\d+>|^(?:FATAL|ERROR|LOG):  "
)
_ATTEMPT = Anchored(
    "calling|requesting|invoking|fetching|posting|sending|forwarding|proxying|dialing|querying|starting new http"
    "|get|post|put|patch|delete|head",
    r"\b(?:calling|requesting|invoking|fetching|posting|sending|forwarding|proxying|dialing|querying)\b"
    r"|\bstarting new https? connection\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b (?:to |request )?[^\n]{0,40}?https?://",
)
_SENT = Anchored(
    "calling|requesting|invoking|sending|forwarding|posting|submitting",
    r"\b(?:calling|requesting|invoking|sending|forwarding)\b[^\n{:]{0,60}\b(?:request|call|api|service)\b"
    r"|\b(?:calling|posting|sending|submitting)\b[^\n{:]{0,60}[:=] ?\{",
)
_OUTCOME = Anchored(
    "success|authori|approved|accepted",
    r"\b(?:success|authori[sz]ed|approved|accepted)[\"']?\s?[=:]\s?[\"']?(true|false)\b",
)
_CONNECTED = re.compile(
    r"\b(?:opened connection|created new connection|connected to|connection established|successfully connected"
    r"|connection to .{1,80} established)\b",
    re.IGNORECASE,
)
_NEW_CONNECTION = re.compile(r"starting new (https?) connection \(\d+\): ([\w.-]+)(?::(\d+))?", re.IGNORECASE)
_BODY = re.compile(r"body(?<!\wbody)[=: ]|: ?\{|= ?\{|\{\"")
_PYTHON_CALL = re.compile(r"(https?://\S+?) \"(?:GET|POST|PUT|PATCH|DELETE|HEAD) (\S+) HTTP/[\d.]+\" (\d{3})")
# The connection to our own forward proxy failed: it is the callee, not the URL that was asked for.
_THROUGH_PROXY = re.compile(
    r"proxyconnect tcp: dial tcp (\S{1,100}):(\d{1,5}):"
    r"|ProxyError\(|Tunnel connection failed|Unable to connect to proxy"
)
_NGINX = re.compile(
    r"(?:connect\(\) failed|upstream |no live upstreams|recv\(\) failed|SSL_do_handshake|could not be resolved)"
)
_FROM_A_CLIENT = "tls handshake error from "
"""Go's server about a connection that came in: a probe of the port, or a client that tells of it itself."""
_ERROR_WORD = re.compile(
    r"^\W{0,4}(?:error|fatal|failed|exception)\b|\b(?:error|exception|failed|failure)\b\W", re.IGNORECASE
)
_CLIENT_FAMILIES = frozenset(
    {"refused", "timeout", "unreachable", "reset", "dns", "dns_server_down", "circuit_open", "pool_exhausted"}
    | {"tls_expired", "tls_untrusted", "tls_not_yet_valid", "tls_other"}
)


def read_text(text: str, level: Level | None) -> list[Said]:
    """All that a cleaned event says, its failures only where the wording or the level supports them."""
    first = text.partition("\n")[0]
    python_call = _PYTHON_CALL.search(first) if "://" in first else None
    if python_call is not None:
        code = int(python_call[3])
        return [Said("call", http_family(code), url_target(python_call[1] + python_call[2]), code, "callee")]
    access = read_access(first)
    if access is not None:
        return access
    low = text.lower()
    if _FROM_A_CLIENT in low:
        return []
    quoted = split_answer(text, low)
    if quoted is not None:
        said = _quoted(quoted)
        if said is not None:
            return [said]
    status = written_status(low)
    failure = _failure(text, low, status, level)
    if failure is not None:
        return [failure]
    return _calm(text, low, status, level)


def _quoted(quoted: Quoted) -> Said | None:
    said = read_answer(quoted)
    if said is None or said.family == "relayed":
        return said
    return Said("call", said.family, url_target(quoted.own), said.status, said.producer, took(quoted.own))


def _failure(text: str, low: str, status: int | None, level: Level | None) -> Said | None:
    grpc = read_grpc(text)
    if grpc is not None and (level != "info" or grpc.producer == "client"):
        if grpc.family in ("relayed", "cancelled"):
            return grpc
        target = find_target(text) if grpc.producer != "callee" else None
        return Said(grpc.kind, grpc.family, target, grpc.status, grpc.producer, took(text))
    failing = status if status is not None and status >= 400 else None
    if FAILURES.may_find(low):
        return _worded_failure(text, low, failing, level)
    return _status_failure(text, low, failing, None) if failing is not None else None


def _worded_failure(text: str, low: str, failing: int | None, level: Level | None) -> Said | None:
    quiet = level == "info"
    family = _meant(low, PROCESS, quiet=quiet)
    if family is not None:
        return Said("own", family)
    family = _meant(low, CALLS, quiet=quiet)
    if family is not None and (failing is None or family in _CLIENT_FAMILIES):
        return _call_failure(text, family)
    if failing is not None:
        return _status_failure(text, low, failing, family)
    own = _meant(low, OWN, quiet=quiet)
    return Said("own", own) if own is not None and _own_counts(text, own, level) else None


def _meant(low: str, finder: Finder, *, quiet: bool) -> str | None:
    """The first phrase that still stands once settings and zero counts are taken out."""
    if finder.first(low, strong_only=quiet) is None:
        return None
    return finder.first(without_benign(low), strong_only=quiet)


def _own_counts(text: str, family: str, level: Level | None) -> bool:
    return (
        family in ("panic", "disk_full")
        or level in ("warn", "error")
        or _ERROR_WORD.search(text) is not None
        or (level is None and family in ("missing_config", "bad_config", "file_missing", "permission_denied"))
    )


def _status_failure(text: str, low: str, status: int, family: str | None) -> Said:
    producer: Producer = "proxy" if family == "no_upstream" or "upstream connect error" in low else "callee"
    named = family if family in ("no_upstream", "rate_limited", "schema") else http_family(status)
    return Said("call", named, url_target(text), status, producer, took(text))


def _call_failure(text: str, family: str) -> Said:
    seconds = took(text)
    if family == "cancelled":
        return Said("served", family, None, None, None, seconds)
    if family in (*STORE, "dns") and _SERVER_LINE.search(text):
        return Said("own", family if family in STORE else "other_error", None, None, None, seconds)
    producer: Producer | None = "client" if family in _CLIENT_FAMILIES else None
    through = _THROUGH_PROXY.search(text)
    if through is not None:
        proxy = make_target(through[1], through[2], "tcp") if through[1] else find_target(text)
        return Said("call", family, proxy, None, "proxy", seconds)
    if (_NGINX.search(text) and ", client: " in text) or PROXY_WORDS.search(text.lower()):
        producer = "proxy"
    return Said("call", family, _named_target(text, family), None, producer, seconds)


def _named_target(text: str, family: str) -> Target | None:
    if family in STORE and "://" not in text and ":" not in text:
        return None
    return find_target(text)


def _calm(text: str, low: str, status: int | None, level: Level | None) -> list[Said]:
    if level in ("warn", "error"):
        return [Said("own", STOPPING.first(low) or "other_error")]
    said = _answered(text, low, status) or (_attempt(text, low) if "://" in text or "ing " in text else None)
    if said is not None:
        return [said]
    family = LIFE.first(low)
    if family is None:
        return []
    return [Said("call" if family in STORE else "own", family)]


def _answered(text: str, low: str, status: int | None) -> Said | None:
    """A call that went well."""
    if status is not None and status < 400:
        return Said("call", "ok", url_target(text), status, "callee", took(text))
    if expects_answer(text):
        return Said("call", "ok", None, None, "callee", took(text))
    outcome = _OUTCOME.search(text, low) if "://" in text else None
    if outcome is not None:
        family = "ok" if outcome[1].lower() == "true" else "declined"
        return Said("call", family, url_target(text), None, "callee", took(text))
    if "onnect" in text and _CONNECTED.search(text):
        target = find_target(text)
        return Said("call", "ok", target, None, "callee") if target is not None else None
    return None


def starts_call(text: str) -> bool:
    """Whether the text says that a call is being made."""
    return _ATTEMPT.search(text, text.lower()) is not None


def _attempt(text: str, low: str) -> Said | None:
    if _ATTEMPT.search(text, low) is None:
        return None
    fresh = _NEW_CONNECTION.search(text) if "starting new http" in low else None
    if fresh is not None:
        return Said("call", "attempt", Target(fresh[2].lower(), int(fresh[3]) if fresh[3] else None, fresh[1].lower()))
    body = _BODY.search(text)
    target = url_target(text[: body.start()] if body else text)
    if target is None and _SENT.search(text, low) is None:
        return None
    return Said("call", "attempt", target)
