"""The programs' own log lines, in the formats of the public repository's logs."""

from datetime import datetime
from random import Random

ESC = "\x1b"
COLOURS = {"2": "32", "3": "36", "4": "33", "5": "31"}
CONTROLLER = "w.w.s.o.controllers.OrdersController"
ASYNC = "w.w.s.orders.services.AsyncGetService"


def go(at: datetime, text: str) -> str:
    """Go's standard logger, seconds."""
    return f"{at:%Y/%m/%d %H:%M:%S} {text}"


def logfmt(at: datetime, text: str) -> str:
    """go-kit."""
    return f"ts={at:%Y-%m-%dT%H:%M:%S.%f}{at.microsecond % 997:03d}Z {text}"


def spring(at: datetime, level: str, service: str, where: tuple[str, str], text: str) -> str:
    """Spring Boot 1.4 with Sleuth; `where` is (thread, logger), ids are derived from the second."""
    trace = f"{Random(f'{service}{int(at.timestamp())}').getrandbits(64):016x}"  # noqa: S311
    span = f"{Random(trace).getrandbits(64):016x}"  # noqa: S311
    thread, logger = where
    head = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} {level:>5} [{service},{trace},{span},false] 1 --- "
    return f"{head}[{thread[-15:]:>15}] {logger:<40} : {text}"


def morgan(method: str, path: str, status: int, took: str = "-") -> str:
    """Express's morgan in its `dev` form, with the terminal's colours."""
    colour = COLOURS[str(status)[0]]
    return f"{ESC}[0m{method} {path} {ESC}[{colour}m{status} {ESC}[0m{took} ms - -{ESC}[0m"


def checkpoint(at: datetime, number: int) -> str:
    """MongoDB 4.4's once-a-minute line."""
    seconds, micros = int(at.timestamp()), at.microsecond
    message = (
        f"[{seconds}:{micros}][16:0x7c017d9b8640], WT_SESSION.checkpoint: [WT_VERB_CHECKPOINT_PROGRESS] saving "
        f"checkpoint "
        f"snapshot min: {number}, snapshot max: {number} snapshot count: 0, oldest timestamp: (0, 0) , meta checkpoint "
        "timestamp: (0, 0) base write gen: 1"
    )
    date = f"{at:%Y-%m-%dT%H:%M:%S}.{micros // 1000:03d}+00:00"
    head = f'{{"t":{{"$date":"{date}"}},"s":"I",  "c":"STORAGE",  "id":22430,   "ctx":"WTCheckpointThread",'
    return head + f'"msg":"WiredTiger message","attr":{{"message":"{message}"}}}}'


def exporter(at: datetime, took: float) -> str:
    """The RabbitMQ exporter's line per scrape, JSON since November."""
    return f'{{"duration":{int(took * 1e6)},"level":"info","msg":"Metrics updated","time":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'


def agent_scrape_error(at: datetime, ip: str) -> str:
    """The Datadog agent's permanent complaint about a port that RabbitMQ doesn't serve."""
    url = f"http://{ip}:15692/metrics"
    cause = (
        f"HTTPConnectionPool(host='{ip}', port=15692): Max retries exceeded with url: /metrics (Caused by "
        f"NewConnectionError("
    )
    return (
        f"{at:%Y-%m-%d %H:%M:%S} UTC | CORE | ERROR | (pkg/collector/worker/check_logger.go:71 in Error) | "
        f"check:rabbitmq | Error "
        f"running check: There was an error scraping endpoint {url}: {cause}'[Errno 111] Connection refused'))"
    )
