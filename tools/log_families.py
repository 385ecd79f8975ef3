"""What a log line can say, as a closed list, and how protocol codes map to it."""

from typing import Literal

from msgspec import Struct

from tools.log_targets import Target

Kind = Literal["call", "served", "own"]
Producer = Literal["callee", "proxy", "client"]

CALL_FAMILIES = {
    "ok": "The callee answered and the answer was usable.",
    "attempt": "A call starts; its outcome is not in this line.",
    "refused": "Nothing accepted the connection.",
    "timeout": "No connection or no answer in the time allowed.",
    "unreachable": "No route to the host or network, or the host is down.",
    "reset": "The connection broke after it was made: reset, broken pipe, early end.",
    "dns": "The resolver answered that it knows no address for the name, or could not say.",
    "dns_server_down": "The resolver itself refused or did not answer.",
    "tls_expired": "The certificate is past its end date.",
    "tls_untrusted": "The certificate's issuer is not among the trusted ones.",
    "tls_not_yet_valid": "The certificate's start date lies ahead of the caller's clock.",
    "tls_other": "Another TLS failure: wrong name, no common version, plain text.",
    "unauthorized": "The callee does not know the caller (401, gRPC 16).",
    "forbidden": "The callee knows the caller and forbids the call (403, gRPC 7).",
    "rate_limited": "The callee counts too many calls (429, gRPC 8, quota).",
    "client_error": "Another 4xx, or the gRPC codes that blame the request.",
    "server_error": "A 5xx other than 503, or gRPC internal, unknown, data loss.",
    "unavailable": "503 or gRPC 14 without detail about what was not available.",
    "no_upstream": "A proxy or balancer had nobody to send the call to.",
    "schema": "The answer came but does not have the expected shape.",
    "failed": "A call failed in words that are not understood.",
    "declined": "The callee answered properly with a business refusal.",
    "relayed": "An answer that quotes an error between the callee and somebody behind it.",
    "circuit_open": "The caller's breaker kept the call from being made.",
    "pool_exhausted": "The caller's connection pool had no free connection.",
    "cancelled": "Whoever asked gave up before the answer; says nothing about the callee.",
}
STORE_FAMILIES = {
    "auth_failed": "A store or broker refused the credentials.",
    "too_many_connections": "A store has no connection slot left.",
    "read_only": "A store refuses writes because it is read-only or a replica.",
    "duplicate_key": "A write violates a unique key.",
    "storage_full": "A store or broker is out of disk or of its memory limit.",
    "slow_query": "A store reports a statement that took at least a second.",
    "missing_schema": "A relation, table, column or database does not exist.",
    "lock_timeout": "A statement waited too long for a lock, deadlocked, or ran beyond its time limit.",
    "publish_rejected": "A broker refused a message.",
    "publish_confirmed": "A broker confirmed a message.",
    "consumed": "A message was taken from a queue or topic.",
    "no_consumer": "Nobody takes messages from a queue or topic.",
}
OWN_FAMILIES = {
    "started": "The program says that it serves.",
    "stopping": "The program says that it stops.",
    "sigterm": "The program was told to stop by a signal.",
    "panic": "The program ends, or a thread of it, by an error nobody handled.",
    "out_of_memory": "The program could not get memory.",
    "bad_config": "The program rejects a configured value.",
    "missing_config": "A required setting is absent.",
    "bind_failed": "The port to listen on is taken.",
    "permission_denied": "The system forbids a file or an operation.",
    "file_missing": "A file or module is not there.",
    "too_many_open_files": "The process is out of file handles.",
    "disk_full": "The disk is full.",
    "health_ok": "A health request was answered well.",
    "probe_failed": "A health request was answered badly.",
    "reloaded": "The program reloaded its configuration.",
    "application_error": "The program's own code raised an error while answering.",
    "clock_skew": "The clocks of two parties disagree.",
    "other_error": "A warning or an error that is not understood further.",
}
FAMILIES = {**CALL_FAMILIES, **STORE_FAMILIES, **OWN_FAMILIES}

GRPC_CODES = {
    "ok": 0, "canceled": 1, "cancelled": 1, "unknown": 2, "invalidargument": 3,
    "deadlineexceeded": 4, "notfound": 5, "alreadyexists": 6, "permissiondenied": 7,
    "resourceexhausted": 8, "failedprecondition": 9, "aborted": 10, "outofrange": 11,
    "unimplemented": 12, "internal": 13, "unavailable": 14, "dataloss": 15,
    "unauthenticated": 16,
}  # fmt: skip
_GRPC_FAMILIES = {
    0: "ok", 1: "cancelled", 4: "timeout", 7: "forbidden", 8: "rate_limited", 14: "unavailable",
    16: "unauthorized", 3: "client_error", 5: "client_error", 6: "client_error",
    9: "client_error", 10: "client_error", 11: "client_error",
}  # fmt: skip
_HTTP_FAMILIES = {
    401: "unauthorized",
    402: "declined",
    403: "forbidden",
    407: "unauthorized",
    429: "rate_limited",
    499: "cancelled",
    503: "unavailable",
}


class Said(Struct, frozen=True):
    """What one event says, before it is tied to a time and a line."""

    kind: Kind
    family: str
    target: Target | None = None
    status: int | None = None
    producer: Producer | None = None
    seconds: float | None = None


def http_family(status: int) -> str:
    """The family of an HTTP status; 100-399 are `ok`."""
    if status < 400:
        return "ok"
    return _HTTP_FAMILIES.get(status, "client_error" if status < 500 else "server_error")


def grpc_family(code: int) -> str:
    """The family of a gRPC code (0-16)."""
    return _GRPC_FAMILIES.get(code, "server_error")
