"""How each program of Cedarcare writes its log, and how each client library words a failed call."""

import json
from dataclasses import dataclass
from datetime import datetime

from evals.generator.kit import Part, digest

REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
REASONS |= {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
SOCKET = {
    "refused": "Connection refused",
    "timeout": "Connection timed out",
    "reset": "Connection reset by peer",
}


@dataclass(frozen=True)
class Hop:
    """One call between programs: who makes it, to which URL, at which address, with which patience in seconds."""

    caller: str
    url: str
    address: str
    patience: float = 10.0
    method: str = "POST"

    @property
    def authority(self) -> str:
        """host:port of the URL, the port as written or by its scheme."""
        found = self.url.split("/")[2]
        return found if ":" in found else f"{found}:443"

    @property
    def path(self) -> str:
        """The URL's path."""
        return "/" + self.url.split("/", 3)[3]


def zap(at: datetime, level: str, caller: str, message: str, **fields: Part) -> str:
    """Zap's production encoder."""
    head = {"level": level, "ts": round(at.timestamp(), 6), "caller": caller, "msg": message}
    return json.dumps(head | fields, separators=(",", ":"))


def serilog(at: datetime, level: str, source: str, message: str) -> str:
    """Serilog's console sink with the source context."""
    when = at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03d} +00:00"
    return f"[{when} {level}] [{source}] {message}"


def compact(at: datetime, level: str, source: str, message: str, error: str = "", **fields: Part) -> str:
    """Serilog's compact JSON with the message rendered."""
    head = {"@t": at.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"), "@m": message, "@i": digest(source, length=8)}
    head |= {"@l": level} if level != "Information" else {}
    head |= {"@x": error} if error else {}
    return json.dumps(head | {"SourceContext": source} | fields, separators=(",", ":"))


def structlog(at: datetime, level: str, event: str, **fields: Part) -> str:
    """Structlog's key-value renderer."""
    pairs = {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "level": level, "event": event} | fields
    return " ".join(f"{key}={value!r}" for key, value in pairs.items())


def envoy(at: datetime, request: str, status: int, flags: str, took: float, upstream: str) -> str:
    """Envoy's default access log; `upstream` is "-" when it answered by itself."""
    when = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    milli = int(took * 1000)
    inner = max(0, milli - 1) if upstream != "-" else "-"
    trace = digest(when, request, length=12)
    return (
        f'[{when}] "{request} HTTP/2" {status} {flags} 0 {181 + milli % 400} {milli} {inner} "203.0.113.40" '
        f'"Mozilla/5.0" "{trace}" "portal.cedarcare.example" "{upstream}"'
    )


def nats(at: datetime, level: str, message: str) -> str:
    """The NATS server's own format."""
    return f"[1] {at.strftime('%Y/%m/%d %H:%M:%S.%f')} [{level}] {message}"


def dotnet_failure(hop: Hop, kind: str, status: int) -> str:
    """HttpClient's exception, with the first frames."""
    if status:
        head = (
            "System.Net.Http.HttpRequestException: Response status code does not indicate success: "
            f"{status} ({REASONS[status]})."
        )
    elif kind == "timeout":
        head = (
            "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
            f"HttpClient.Timeout of {hop.patience:.0f} seconds elapsing."
        )
    else:
        code = {"refused": 111, "reset": 104}[kind]
        head = (
            f"System.Net.Http.HttpRequestException: {SOCKET[kind]} ({hop.authority})\n"
            f" ---> System.Net.Sockets.SocketException ({code}): {SOCKET[kind]}"
        )
    return f"{head}\n   at System.Net.Http.HttpConnectionPool.SendWithVersionDetectionAndRetryAsync(HttpRequestMessage)"


def grpc_failure(kind: str) -> str:
    """Grpc.Net's exception: a callee that is not there, or one that does not answer in time."""
    if kind == "timeout":
        return 'Grpc.Core.RpcException: Status(StatusCode="DeadlineExceeded", Detail="")'
    return (
        'Grpc.Core.RpcException: Status(StatusCode="Unavailable", Detail="Error connecting to subchannel.", '
        f'DebugException="System.Net.Sockets.SocketException: {SOCKET[kind]}")'
    )


def npgsql_failure(address: str, kind: str) -> str:
    """Npgsql's exception about a connection that it does not get."""
    if kind == "timeout":
        return "Npgsql.NpgsqlException (0x80004005): The operation has timed out"
    return (
        f"Npgsql.NpgsqlException (0x80004005): Failed to connect to {address}\n"
        f" ---> System.Net.Sockets.SocketException (111): {SOCKET[kind]}"
    )


def go_failure(hop: Hop, kind: str, status: int, body: str = "") -> str:
    """net/http's error, or our client's about a status."""
    head = f'{hop.method.capitalize()} "{hop.url}": '
    if status:
        return f"{hop.method} {hop.url}: unexpected status {status} {REASONS[status]}" + (f": {body}" if body else "")
    if kind == "timeout":
        return head + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if kind == "reset":
        return head + f"read tcp 10.244.7.9:41822->{hop.address}: read: connection reset by peer"
    return head + f"dial tcp {hop.address}: connect: connection refused"


def requests_failure(hop: Hop, kind: str, status: int) -> str:
    """What `requests` raises."""
    host, _, port = hop.authority.partition(":")
    scheme = "HTTPS" if hop.url.startswith("https") else "HTTP"
    pool = f"{scheme}ConnectionPool(host='{host}', port={port})"
    if status:
        return f"{status} Server Error: {REASONS[status]} for url: {hop.url}"
    if kind == "timeout":
        return f"{pool}: Read timed out. (read timeout={hop.patience:.0f})"
    why = "[Errno 111] Connection refused" if kind == "refused" else "[Errno 104] Connection reset by peer"
    return f"{pool}: Max retries exceeded with url: {hop.path} (Caused by NewConnectionError('{why}'))"
