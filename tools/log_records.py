"""What a structured line (JSON or logfmt) says."""

from tools.log_access import flagged, proxied, served, to_seconds
from tools.log_answers import Quoted, read_answer
from tools.log_families import GRPC_CODES, Said, grpc_family, http_family
from tools.log_fields import (
    LEVEL_KEYS,
    PATH_KEYS,
    VERB_KEYS,
    Fields,
    callee_of,
    first_of,
    level_of_fields,
    seconds_of,
    status_of,
    words_of,
)
from tools.log_targets import Target, make_target
from tools.log_text import read_text, starts_call

# The statuses that gateways translate gRPC's server-side codes to; those that blame the request answer well.
_HTTP_OF_GRPC = {2: 500, 4: 504, 8: 429, 13: 500, 14: 503, 15: 500}


def _is_answer_body(fields: Fields, line: str, status: int | None) -> bool:
    """An answer's body printed alone: a failing status and its message, and nothing of a log record."""
    if line[:1] != "{" or status is None or status < 400 or first_of(fields, LEVEL_KEYS + VERB_KEYS) is not None:
        return False
    return first_of(fields, ("message", "error", "detail")) is not None and "logger" not in fields


def read_fields(fields: Fields, line: str) -> list[Said]:
    """What a structured line says."""
    verb = first_of(fields, VERB_KEYS)
    status = status_of(fields)
    flags = fields.get("response_flags")
    if status is not None and isinstance(flags, str):
        return _from_envoy(fields, status, flags)
    if _is_answer_body(fields, line, status):
        said = read_answer(Quoted("response: ", line))
        return [said] if said is not None else []
    message, errors = words_of(fields)
    known = _by_its_keys(fields, f"{message}: {errors}")
    if known is not None:
        return known
    callee = callee_of(fields)
    if status is not None and (verb or first_of(fields, PATH_KEYS)):
        return _with_status(fields, status, callee, errors or message)
    if verb is not None and "took" in fields and "caller" in fields:
        return _endpoint(fields, str(verb), errors)
    return _from_words(fields, message, errors, callee)


def _by_its_keys(fields: Fields, text: str) -> list[Said] | None:
    """What a record says whose keys tell which library wrote it; None for all others."""
    if "ctx" in fields and "c" in fields and "id" in fields:
        return _from_store(fields, text)
    return _grpc_call(fields) if "grpc.code" in fields and "grpc.method" in fields else None


def _from_store(fields: Fields, text: str) -> list[Said]:
    """A MongoDB record (4.4 and later): all that it says is about the store itself."""
    spent = fields.get("attr.durationmillis")
    seconds = to_seconds(spent, "ms") if isinstance(spent, int) else None
    own = [Said("own", said.family, None, None, None, seconds) for said in read_text(text, level_of_fields(fields))]
    return [said for said in own if said.family != "slow_query" or (seconds or 0) >= 1]


def _endpoint(fields: Fields, verb: str, errors: str) -> list[Said]:
    seconds = seconds_of(fields)
    if not errors:
        return [_unstated(verb, seconds)]
    failures = [said for said in read_text(errors, "error") if said.kind == "call"]
    return failures or [Said("served", "application_error", None, None, None, seconds)]


def _grpc_call(fields: Fields) -> list[Said]:
    """A finished call as the common gRPC middleware logs it, on the server's side or the client's."""
    code = GRPC_CODES.get(str(fields["grpc.code"]).lower())
    took = fields.get("grpc.time_ms", fields.get("grpc.duration_ms"))
    seconds = to_seconds(took, "ms") if isinstance(took, int | float) else None
    if code is None or "client" in (fields.get("span.kind"), fields.get("grpc.component")):
        return []
    if str(fields["grpc.method"]) in ("Check", "Watch"):
        return [Said("own", "health_ok" if code == 0 else "probe_failed")]
    return [Said("served", grpc_family(code) if code else "ok", None, _HTTP_OF_GRPC.get(code, 200), None, seconds)]


def _unstated(verb: str, seconds: float | None) -> Said:
    healthy = verb.lower() in ("health", "healthcheck", "check", "ping", "ready")
    return Said("own" if healthy else "served", "health_ok" if healthy else "ok", None, None, None, seconds)


def _with_status(fields: Fields, status: int, callee: Target | None, errors: str) -> list[Said]:
    seconds = seconds_of(fields)
    path = first_of(fields, PATH_KEYS)
    relative = isinstance(path, str) and path[:1] == "/"
    if callee is not None and callee.scheme is not None and not relative:
        return [Said("call", http_family(status), callee, status, "callee", seconds)]
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
    level = level_of_fields(fields)
    text = f"{message}: {errors}" if errors and message else errors or message
    said = read_text(text, "error" if errors and level is None else level) if text else []
    if not said and level in ("warn", "error"):
        return [Said("own", "other_error")]
    status = status_of(fields)
    seconds = seconds_of(fields)
    if not said and status is not None and callee is not None:
        return [Said("call", http_family(status), callee, status, "callee", seconds)]
    if not said and callee is not None and callee.scheme and starts_call(message):
        return [Said("call", "attempt", callee)]
    return [_completed(one, callee, status, seconds) for one in said]


def _completed(said: Said, callee: Target | None, status: int | None, seconds: float | None) -> Said:
    """A call's mention with what only the fields know."""
    if said.kind != "call" or said.family == "relayed":
        return said
    target = said.target
    if callee is not None and (target is None or (callee.scheme and not target.scheme)):
        target = callee
    return Said("call", said.family, target, said.status or status, said.producer, said.seconds or seconds)
