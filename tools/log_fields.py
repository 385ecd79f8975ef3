"""Structured lines (JSON and logfmt): the fields of a line, whatever its library calls them."""

import re
from typing import cast

import msgspec

from tools.log_access import to_seconds
from tools.log_levels import Level, level_name
from tools.log_targets import Target, make_target, url_target

Scalar = str | int | float | bool | None
Fields = dict[str, Scalar]

_PAIR = re.compile(r"(?:^|\s)([A-Za-z_@][\w.@-]{0,60})=(\"(?:[^\"\\]|\\.){0,3000}\"|[^\s\"]{0,500})")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(\d+(?:\.\d+)?)(ns|µs|μs|us|ms|s)$")
MAX_DEPTH = 3  # of objects in objects
_EMPTY = ("", "null", "nil", "none", "<nil>", "false", "-", "0")

LEVEL_KEYS = ("level", "severity", "lvl", "log.level", "loglevel", "s", "@l", "levelname")
_MESSAGE = ("msg", "message", "event", "@m", "@mt", "text", "textpayload", "log", "short_message", "attr.error")
_ERROR = (
    "err", "error", "error.message", "err.message", "exception", "err.code", "err.stack", "error.stack", "stack",
    "stack_trace", "stacktrace", "errorverbose", "cause", "@x", "exception.message", "error.code", "reason",
    "error_message", "exc_info", "traceback", "exception.stacktrace",
)  # fmt: skip
_ERROR_NAMES = frozenset((*_ERROR, "message"))
_STATUS = (
    "status", "statuscode", "status_code", "http.status_code", "http.status", "http.response.status_code",
    "response_code", "res.statuscode", "res.status", "http.resp.status", "response.status", "http_status", "code",
)  # fmt: skip
_URL = (
    "url", "target", "upstream", "http.url", "endpoint", "request_url", "peer", "peer.address", "uri", "upstream_addr",
    "req.url", "dest", "destination", "url.full", "server.address", "config.url", "err.config.url", "upstream_host",
)  # fmt: skip
PATH_KEYS = (
    "path",
    "http.path",
    "http.req.path",
    "http.target",
    "request_uri",
    "url.path",
    "route",
    "req.url",
    "url",
    "uri",
)
VERB_KEYS = ("method", "http.method", "http.req.method", "req.method", "verb", "http.request.method", "request_method")
_TOOK = ("duration", "took", "latency", "elapsed", "request_time", "response_time", "duration_seconds", "elapsed_s")
_TOOK_MS = ("duration_ms", "latency_ms", "http.resp.took_ms", "responsetime", "elapsed_ms", "durationms", "took_ms")
_TRACE = (
    "trace_id",
    "traceid",
    "trace",
    "request_id",
    "requestid",
    "req_id",
    "http.req.id",
    "correlation_id",
    "req.id",
)
_THREAD = ("thread", "thread_name", "threadname", "goroutine")


def _flatten(value: dict[str, object], prefix: str, found: Fields, depth: int) -> None:
    for key, inner in value.items():
        name = prefix + key.lower()
        if inner is None or isinstance(inner, (str, int, float)):
            found[name] = inner
        elif isinstance(inner, list):
            found[name] = str(cast(object, inner))[:500]
        elif depth < MAX_DEPTH:
            _flatten(cast(dict[str, object], inner), f"{name}." if name else "", found, depth + 1)


def json_fields(line: str) -> Fields | None:
    """The flattened fields of a line that is one JSON object, keys in lower case with dots."""
    if line[:1] != "{" or line[-1:] != "}":
        return None
    try:
        value: dict[str, object] = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    found: Fields = {}
    _flatten(value, "", found, 1)
    return found


def logfmt_fields(line: str) -> Fields | None:
    """The fields of a logfmt line; None when the line does not start as one."""
    pairs = _PAIR.findall(line)
    if len(pairs) < 2 or not re.match(r"[A-Za-z_@][\w.@-]{0,60}=", line):
        return None
    return {key.lower(): value[1:-1].replace('\\"', '"') if value[:1] == '"' else value for key, value in pairs}


def first_of(fields: Fields, names: tuple[str, ...]) -> Scalar:
    """The first of the named fields that holds anything."""
    for name in names:
        value = fields.get(name)
        if value is not None and value != "":
            return value
    return None


def status_of(fields: Fields) -> int | None:
    """The HTTP status among the fields."""
    for name in _STATUS:
        value = fields.get(name)
        if isinstance(value, str) and value.isdigit() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value
    return None


def seconds_of(fields: Fields) -> float | None:
    """The duration among the fields, in seconds."""
    value = first_of(fields, _TOOK)
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + to_seconds(match[3], match[4])
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # zap writes seconds, logrus nanoseconds: no answer takes a million seconds
        return value / 1e9 if value >= 1e6 else float(value)
    millis = first_of(fields, _TOOK_MS)
    return to_seconds(millis, "ms") if isinstance(millis, int | float) and not isinstance(millis, bool) else None


def field_keys(fields: Fields) -> tuple[str | None, str | None]:
    """The thread and the trace or request id among the fields."""
    thread, trace = first_of(fields, _THREAD), first_of(fields, _TRACE)
    return (str(thread) if thread is not None else None, str(trace) if trace is not None else None)


def level_of_fields(fields: Fields) -> Level | None:
    """The level among the fields."""
    value = first_of(fields, LEVEL_KEYS)
    return level_name(value) if isinstance(value, str | int | float) else None


def words_of(fields: Fields) -> tuple[str, str]:
    """The message, and the error texts on lines of their own."""
    message = first_of(fields, _MESSAGE)
    if _ERROR_NAMES.isdisjoint(fields):
        return (message if isinstance(message, str) else "", "")
    errors: list[str] = []
    for name in ("message", *_ERROR) if "msg" in fields else _ERROR:
        value = fields.get(name)
        if isinstance(value, str) and value.lower() not in _EMPTY and value not in errors:
            errors.append(value)
    return (message if isinstance(message, str) else "", "\n".join(errors))


def callee_of(fields: Fields) -> Target | None:
    """Whom the fields name as called."""
    for name in _URL:
        value = fields.get(name)
        if not isinstance(value, str) or value[:1] == "/":
            continue
        target = url_target(value)
        if target is None and (match := re.fullmatch(r"([A-Za-z0-9][\w.-]{0,200})(?::(\d{1,5}))?", value)):
            target = make_target(match[1], match[2], None)
        if target is not None and (target.port or target.scheme or "." in target.host or name in _URL[1:3]):
            return target
    address, port = fields.get("err.address") or fields.get("err.hostname"), fields.get("err.port")
    return make_target(str(address), port if isinstance(port, int) else None, None) if address else None
