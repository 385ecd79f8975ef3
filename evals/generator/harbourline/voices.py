"""How each program of Harbourline writes its log, and how each HTTP client words a failed call."""

import json
from dataclasses import dataclass
from datetime import datetime

from evals.generator.kit import digest, later


@dataclass(frozen=True)
class Call:
    """One outgoing request: `address` is ip:port, `timeout` in seconds."""

    method: str
    url: str
    address: str
    timeout: float = 5.0

    @property
    def host(self) -> str:
        """The host of the URL, without its port."""
        return self.url.split("/")[2].split(":")[0]


REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
AXIOS = {
    "refused": ("connect ECONNREFUSED {address}", "ECONNREFUSED"),
    "connect_timeout": ("connect ETIMEDOUT {address}", "ETIMEDOUT"),
    "read_timeout": ("timeout of {milli}ms exceeded", "ECONNABORTED"),
    "reset": ("read ECONNRESET", "ECONNRESET"),
    "no_such_host": ("getaddrinfo ENOTFOUND {host}", "ENOTFOUND"),
    "dns_down": ("getaddrinfo EAI_AGAIN {host}", "EAI_AGAIN"),
    "cert_expired": ("certificate has expired", "CERT_HAS_EXPIRED"),
    "unknown_ca": ("unable to get local issuer certificate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
    "clock": ("certificate is not yet valid", "CERT_NOT_YET_VALID"),
    "not_http": ("Parse Error: Expected HTTP/, RTSP/ or ICE/", "HPE_INVALID_CONSTANT"),
}
HTTPX = {
    "refused": "httpx.ConnectError: [Errno 111] Connection refused",
    "connect_timeout": "httpx.ConnectTimeout: timed out",
    "read_timeout": "httpx.ReadTimeout: The read operation timed out",
    "reset": "httpx.ReadError: [Errno 104] Connection reset by peer",
    "no_such_host": "httpx.ConnectError: [Errno -2] Name or service not known",
    "dns_down": "httpx.ConnectError: [Errno -3] Temporary failure in name resolution",
    "cert_expired": (
        "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate "
        "has expired (_ssl.c:1006)"
    ),
    "unknown_ca": (
        "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get "
        "local issuer certificate (_ssl.c:1006)"
    ),
    "clock": (
        "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is "
        "not yet valid (_ssl.c:1006)"
    ),
}
GO = {
    "refused": "dial tcp {address}: connect: connection refused",
    "connect_timeout": "dial tcp {address}: i/o timeout",
    "read_timeout": "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    "reset": "read tcp 10.42.3.7:48122->{address}: read: connection reset by peer",
    "no_such_host": "dial tcp: lookup {host} on 10.43.0.10:53: no such host",
    "dns_down": "dial tcp: lookup {host} on 10.43.0.10:53: read udp 10.42.3.7:51877->10.43.0.10:53: i/o timeout",
    "cert_expired": (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current "
        "time {now} is after {limit}"
    ),
    "unknown_ca": "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "clock": (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current "
        "time {now} is before {limit}"
    ),
}
SPRING = {
    "refused": "Connection refused",
    "connect_timeout": "Connect timed out",
    "read_timeout": "Read timed out",
    "reset": "Connection reset",
    "no_such_host": "{host}: Name or service not known",
    "dns_down": "{host}: Temporary failure in name resolution",
}


def spring(at: datetime, level: str, logger: str, message: str, thread: str = "nio-8080-exec-4") -> str:
    """Spring Boot 3's default pattern."""
    when = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    return f"{when} {level:>5} 1 --- [reservations] [{thread}] {logger:<40} : {message}"


def spring_failure(at: datetime, call: Call, kind: str, status: int, body: str) -> list[str]:
    """A RestClient call that failed, as the exception handler logs it."""
    if status:
        kinds = "HttpClientErrorException" if status < 500 else "HttpServerErrorException"
        reason = REASONS[status]
        text = f'{status} {reason} on {call.method} request for "{call.url}": "{body}"'
        error = f"org.springframework.web.client.{kinds}${reason.replace(' ', '')}: {text}"
    else:
        text = SPRING[kind].format(host=call.host)
        error = (
            f"org.springframework.web.client.ResourceAccessException: I/O error on {call.method} request for "
            f'"{call.url}": {text}'
        )
    return [
        spring(at, "ERROR", "c.h.reservations.api.ProblemHandler", f"Booking failed: {error.split(': ', 1)[1]}"),
        error,
        "\tat org.springframework.web.client.DefaultRestClient.lambda$exchange$3(DefaultRestClient.java:590)",
        "\tat com.harbourline.reservations.checkout.CashierClient.charge(CashierClient.java:58)",
    ]


def jdbc_failure(at: datetime, text: str) -> list[str]:
    """PostgreSQL trouble: `ERROR:` comes back from a statement, anything else from opening a connection."""
    logger = "c.h.reservations.api.ProblemHandler"
    if text.startswith("ERROR:"):
        outer = (
            "org.springframework.jdbc.UncategorizedSQLException: PreparedStatementCallback; uncategorized "
            f"SQLException; {text}"
        )
        lines = [spring(at, "ERROR", logger, "Booking failed"), outer]
        return [*lines, f"Caused by: org.postgresql.util.PSQLException: {text}"]
    pool = (
        "HikariPool-1 - Connection is not available, request timed out after 5000ms (total=0, active=0, "
        "idle=0, waiting=3)"
    )
    return [
        spring(at, "WARN", "o.h.engine.jdbc.spi.SqlExceptionHelper", "SQL Error: 0, SQLState: null"),
        spring(at, "ERROR", logger, f"Booking failed: {pool}"),
        "org.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain JDBC Connection",
        f"Caused by: java.sql.SQLTransientConnectionException: {pool}",
        f"Caused by: org.postgresql.util.PSQLException: {text}",
    ]


def pino(at: datetime, pod: str, level: int, message: str, **fields: object) -> str:
    """One JSON line of pino; 30 is info, 40 warn, 50 error."""
    head = {"level": level, "time": int(at.timestamp() * 1000), "pid": 1, "hostname": pod}
    return json.dumps({**head, **fields, "msg": message}, separators=(",", ":"))


def axios_failure(call: Call, kind: str, status: int, body: str) -> dict[str, object]:
    """The `err` of a rejected axios promise, as pino's serializer prints it."""
    if status:
        message = f"Request failed with status code {status}"
        code = "ERR_BAD_REQUEST" if status < 500 else "ERR_BAD_RESPONSE"
    else:
        text, code = AXIOS[kind]
        message = text.format(address=call.address, host=call.host, milli=int(call.timeout * 1000))
    error: dict[str, object] = {"type": "AxiosError", "message": message, "code": code}
    error["stack"] = (
        f"AxiosError: {message}\n    at Axios.request (/app/node_modules/axios/dist/node/axios.cjs:4252:41)"
    )
    error["config"] = {"method": call.method.lower(), "url": call.url, "timeout": int(call.timeout * 1000)}
    if status:
        error["response"] = {"status": status, "data": body}
    return error


def zap(at: datetime, level: str, caller: str, message: str, **fields: object) -> str:
    """One JSON line of zap's production encoder."""
    head = {"level": level, "ts": round(at.timestamp(), 3), "caller": caller, "msg": message}
    return json.dumps({**head, **fields}, separators=(",", ":"))


def go_failure(at: datetime, call: Call, kind: str, status: int, body: str) -> str:
    """The text of a Go client's error; certificates name the clock they were checked against."""
    if status:
        return f"{call.method} {call.url}: unexpected status {status} {REASONS[status]}: {body}"
    now, limit = at.strftime("%Y-%m-%dT%H:%M:%SZ"), later(at, 0).strftime("%Y-%m-%dT00:00:00Z")
    if kind == "clock":
        limit = later(at, 7 * 86400).strftime("%Y-%m-%dT08:36:04Z")
    text = GO[kind].format(address=call.address, host=call.host, now=now, limit=limit)
    return f'{call.method.title()} "{call.url}": {text}'


def python_line(at: datetime, level: str, logger: str, message: str) -> str:
    """The Python services' logging format."""
    return f"{at.strftime('%Y-%m-%d %H:%M:%S')},{at.microsecond // 1000:03d} {level} [{logger}] {message}"


def httpx_answer(at: datetime, call: Call, status: int) -> str:
    """Httpx's own line for every answer, whatever its status."""
    reason = "OK" if status == 200 else REASONS[status]
    return python_line(at, "INFO", "httpx", f'HTTP Request: {call.method} {call.url} "HTTP/1.1 {status} {reason}"')


def httpx_failure(at: datetime, call: Call, kind: str, status: int, body: str) -> list[str]:
    """A charge that failed, with the exception's last lines."""
    if status:
        side = "Client" if status < 500 else "Server"
        error = f"httpx.HTTPStatusError: {side} error '{status} {REASONS[status]}' for url '{call.url}'"
        first = [httpx_answer(at, call, status)]
    else:
        error, first = HTTPX[kind], []
    told = f"charge failed: {call.method} {call.url}" + (f" answered {status}: {body}" if body else "")
    return [
        *first,
        python_line(at, "ERROR", "cashier.stripe", told),
        "Traceback (most recent call last):",
        '  File "/app/cashier/stripe.py", line 71, in create_payment_intent',
        error,
    ]


def nginx_access(at: datetime, request: str, status: int, took: float, upstream: str) -> str:
    """ingress-nginx's `upstreaminfo` format; `upstream` is the pod's address, or "-" when nginx answered by itself."""
    size, key = 157 if status >= 500 else 1840, digest("request", at.isoformat(), request, length=32)
    when = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    reached = upstream != "-"
    tail = f"{upstream} {size} {took:.3f} {status}" if reached else "- - - -"
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15"
    return (
        f'10.20.0.5 - - [{when}] "{request} HTTP/2.0" {status} {size} "https://www.harbourline.example/" "{agent}" '
        f"512 {took:.3f} [booking-storefront-web-80] [] {tail} {key}"
    )


def envoy_access(at: datetime, call: Call, status: int, flags: str, upstream: tuple[str, str]) -> str:
    """Istio's default access log of an outbound call; `flags` is "flag details", `upstream` (host, cluster)."""
    when = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    path = "/" + call.url.split("/", 3)[3]
    key = digest("envoy", when, call.url, length=32)
    host, cluster = upstream
    size, timing, local = (1189 if status < 300 else 91), "37 35", "10.42.3.21:41822"
    if host == "-":
        size, timing, local = 19, "0 -", "-"
    return (
        f'[{when}] "{call.method} {path} HTTP/1.1" {status} {flags} - "-" 412 {size} {timing} "-" '
        f'"python-httpx/0.28.1" "{key[:8]}-{key[8:12]}-4{key[13:16]}-a{key[17:20]}-{key[20:]}" "{call.host}" "{host}" '
        f"{cluster} {local} {call.address} 10.42.3.21:58110 {call.host} default"
    )
