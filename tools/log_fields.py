"""Structured lines (JSON and logfmt): their fields, and what they say."""

import re
from typing import cast

import msgspec

from tools.log_access import flagged, proxied, served, to_seconds
from tools.log_answers import Quoted, read_answer
from tools.log_families import Said, http_family
from tools.log_levels import Level, level_name
from tools.log_targets import Target, find_target, make_target, url_target
from tools.log_text import read_text

Scalar = str | int | float | bool | None
Fields = dict[str, Scalar]

_PAIR = re.compile(r"(?:^|\s)([A-Za-z_@][\w.@-]{0,60})=(\"(?:[^\"\\]|\\.){0,3000}\"|[^\s\"]{0,500})")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(\d+(?:\.\d+)?)(ns|µs|μs|us|ms|s)$")
_EMPTY = ("", "null", "nil", "none", "<nil>", "false", "-", "0")

_LEVEL = ("level", "severity", "lvl", "log.level", "loglevel", "s", "@l", "levelname")
_MESSAGE = ("msg", "message", "event", "@m", "@mt", "text", "textpayload", "log", "short_message", "attr.error")
_ERROR = (
    "err", "error", "error.message", "err.message", "exception", "err.code", "err.stack", "error.stack", "stack",
    "stack_trace", "stacktrace", "errorverbose", "cause", "@x", "exception.message", "error.code", "reason", "error_message",
)  # fmt: skip
_STATUS = (
    "status", "statuscode", "status_code", "http.status_code", "http.status", "http.response.status_code",
    "response_code", "res.statuscode", "res.status", "http.resp.status", "response.status", "http_status", "code",
)  # fmt: skip
_URL = (
    "url", "target", "upstream", "http.url", "endpoint", "request_url", "peer", "peer.address", "uri", "upstream_addr",
    "req.url", "dest", "destination", "url.full", "server.address", "config.url", "err.config.url", "upstream_host",
)  # fmt: skip
_PATH = (
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
_VERB = ("method", "http.method", "http.req.method", "req.method", "verb", "http.request.method", "request_method")
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


def _flatten(value: object, prefix: str, found: Fields, depth: int) -> None:
    if isinstance(value, dict):
        if depth < 3:
            for key, inner in cast(dict[object, object], value).items():
                _flatten(inner, f"{prefix}.{key}".lower() if prefix else str(key).lower(), found, depth + 1)
    elif isinstance(value, list):
        found[prefix] = str(cast(object, value))[:500]
    elif value is None or isinstance(value, str | int | float):
        found[prefix] = value


def json_fields(line: str) -> Fields | None:
    """The flattened fields of a line that is one JSON object, keys in lower case with dots."""
    if line[:1] != "{" or line[-1:] != "}":
        return None
    try:
        value: object = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    found: Fields = {}
    _flatten(value, "", found, 0)
    return found


def logfmt_fields(line: str) -> Fields | None:
    """The fields of a logfmt line; None when the line does not start as one."""
    pairs = _PAIR.findall(line)
    if len(pairs) < 2 or not re.match(r"[A-Za-z_@][\w.@-]{0,60}=", line):
        return None
    return {key.lower(): value[1:-1].replace('\\"', '"') if value[:1] == '"' else value for key, value in pairs}


def _first(fields: Fields, names: tuple[str, ...]) -> Scalar:
    for name in names:
        value = fields.get(name)
        if value is not None and value != "":
            return value
    return None


def _status_of(fields: Fields) -> int | None:
    for name in _STATUS:
        value = fields.get(name)
        if isinstance(value, str) and value.isdigit() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value
    return None


def _seconds_of(fields: Fields) -> float | None:
    value = _first(fields, _TOOK)
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + to_seconds(match[3], match[4])
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # zap writes seconds, logrus nanoseconds: no answer takes a million seconds
        return value / 1e9 if value >= 1e6 else float(value)
    millis = _first(fields, _TOOK_MS)
    return to_seconds(millis, "ms") if isinstance(millis, int | float) and not isinstance(millis, bool) else None


def field_keys(fields: Fields) -> tuple[str | None, str | None]:
    """The thread and the trace or request id among the fields."""
    thread, trace = _first(fields, _THREAD), _first(fields, _TRACE)
    return (str(thread) if thread is not None else None, str(trace) if trace is not None else None)


def _level_of(fields: Fields) -> Level | None:
    value = _first(fields, _LEVEL)
    return level_name(value) if isinstance(value, str | int | float) else None


def _words(fields: Fields) -> tuple[str, str]:
    message = _first(fields, _MESSAGE)
    errors: list[str] = []
    for name in ("message", *_ERROR) if "msg" in fields else _ERROR:
        value = fields.get(name)
        if isinstance(value, str) and value.lower() not in _EMPTY and value not in errors:
            errors.append(value)
    return (message if isinstance(message, str) else "", "\n".join(errors))


def _callee(fields: Fields) -> Target | None:
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


def _is_answer_body(fields: Fields, line: str, status: int | None) -> bool:
    """An answer's body printed alone: a failing status and its message, and nothing of a log record."""
    if line[:1] != "{" or status is None or status < 400 or _first(fields, _LEVEL + _VERB) is not None:
        return False
    return _first(fields, ("message", "error", "detail")) is not None and "logger" not in fields


def read_fields(fields: Fields, line: str) -> list[Said]:
    """What a structured line says."""
    verb = _first(fields, _VERB)
    if verb is not None and "took" in fields and "caller" in fields:
        return _endpoint(fields, str(verb), _words(fields)[1])
    status = _status_of(fields)
    flags = fields.get("response_flags")
    if status is not None and isinstance(flags, str):
        return _from_envoy(fields, status, flags)
    if _is_answer_body(fields, line, status):
        said = read_answer(Quoted("response: ", line))
        return [said] if said is not None else []
    message, errors = _words(fields)
    if "ctx" in fields and "c" in fields and "id" in fields:
        return _from_store(fields, f"{message}: {errors}")
    callee = _callee(fields)
    if status is not None and (verb or _first(fields, _PATH)):
        return _with_status(fields, status, callee, errors or message)
    return _from_words(fields, message, errors, callee)


def _from_store(fields: Fields, text: str) -> list[Said]:
    """A MongoDB record (4.4 and later): all that it says is about the store itself."""
    spent = fields.get("attr.durationmillis")
    seconds = to_seconds(spent, "ms") if isinstance(spent, int) else None
    own = [Said("own", said.family, None, None, None, seconds) for said in read_text(text, _level_of(fields))]
    return [said for said in own if said.family != "slow_query" or (seconds or 0) >= 1]


def _endpoint(fields: Fields, verb: str, errors: str) -> list[Said]:
    seconds = _seconds_of(fields)
    if not errors:
        return [_unstated(verb, seconds)]
    failures = [said for said in read_text(errors, "error") if said.kind == "call"]
    return failures or [Said("served", "application_error", None, None, None, seconds)]


def _unstated(verb: str, seconds: float | None) -> Said:
    healthy = verb.lower() in ("health", "healthcheck", "check", "ping", "ready")
    return Said("own" if healthy else "served", "health_ok" if healthy else "ok", None, None, None, seconds)


def _with_status(fields: Fields, status: int, callee: Target | None, errors: str) -> list[Said]:
    seconds = _seconds_of(fields)
    if callee is not None and callee.scheme is not None:
        return [Said("call", http_family(status), callee, status, "callee", seconds)]
    path = _first(fields, _PATH)
    answers = served(str(path or ""), status, seconds)
    if status >= 500 and errors:
        answers += [said for said in read_text(errors, "error") if said.kind == "call" and said.family != "attempt"]
    elif callee is not None:
        answers.append(Said("call", http_family(status), callee, status, "callee", seconds))
    return answers


def _from_envoy(fields: Fields, status: int, flags: str) -> list[Said]:
    detail = " ".join(
        str(fields.get(key) or "") for key in ("response_code_details", "upstream_transport_failure_reason")
    )
    cluster, host = str(fields.get("upstream_cluster") or ""), fields.get("upstream_host")
    path = str(fields.get("path") or "")
    upstream = None
    parts = cluster.split("|")
    if len(parts) == 4 and parts[0] == "outbound":
        upstream = make_target(parts[3], parts[1] or None, "http", path)
    elif isinstance(host, str) and len(parts) != 4 and ":" in host:
        name, _, port = host.rpartition(":")
        upstream = make_target(name, port if port.isdigit() else None, "http", path)
    seconds = to_seconds(took, "ms") if isinstance(took := fields.get("duration"), int | float) else None
    answers = served(path, status, seconds) if flagged(flags, "") is None else []
    if answers and answers[0].kind == "own":
        return answers
    return proxied(Said("served", http_family(status), None, status, None, seconds), upstream, flags, detail)


def _from_words(fields: Fields, message: str, errors: str, callee: Target | None) -> list[Said]:
    level = _level_of(fields)
    text = f"{message}: {errors}" if errors and message else errors or message
    said = read_text(text, "error" if errors and level is None else level) if text else []
    if not said and level in ("warn", "error"):
        return [Said("own", "other_error")]
    status = _status_of(fields)
    seconds = _seconds_of(fields)
    if not said and status is not None and callee is not None:
        return [Said("call", http_family(status), callee, status, "callee", seconds)]
    return [_completed(one, callee, status, seconds) for one in said]


def _completed(said: Said, callee: Target | None, status: int | None, seconds: float | None) -> Said:
    """A call's mention with what only the fields know."""
    if said.kind != "call" or said.family == "relayed":
        return said
    target = said.target
    if callee is not None and (target is None or (callee.scheme and not target.scheme)):
        target = callee
    return Said("call", said.family, target, said.status or status, said.producer, said.seconds or seconds)


__all__ = ["Fields", "field_keys", "find_target", "json_fields", "logfmt_fields", "read_fields"]
