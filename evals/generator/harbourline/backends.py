"""Stores and brokers that are there and yet do not serve: slow, out of reach, or out of free connections."""

from evals.generator.harbourline import voices
from evals.generator.harbourline.database import DB, postgres
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import later
from evals.generator.kit_metrics import grid, steps
from evals.generator.kit_run import Run

BROKER = "data/kafka"
QUERY = (
    "select s.*, count(b.id) from sailing s left join booking b on b.sailing_id = s.id where s.route = $1 group by s.id"
)


def runs() -> list[Run]:
    """Every run of this module."""
    return [_slow(), _pool(), _hidden(), _broker()]


def _slow() -> Run:
    """Statistics are gone after an upgrade of the data: one statement reads whole tables and holds everybody up."""
    scene = Scene("b1", "2026-06-10T11:15:00Z", "booking", "data")
    scene.traffic(-880, 0)
    for number, seconds in enumerate(range(3, 700, 24)):
        took = 8200 + 37 * (number * number % 61)
        postgres(scene, scene.time(seconds), "LOG", f"duration: {took}.417 ms  execute <unnamed>: {QUERY}",
                 "DETAIL:  Parameters: $1 = 'HOL-DUB'")  # fmt: skip
    scene.traffic(0, 715, Break("reservations>db", "text", share=0.7, took=8.4,
                                body="ERROR: canceling statement due to statement timeout"))  # fmt: skip
    times = grid(scene.start, scene.end, 240)
    labels = {"namespace": "data", "pod": "pg-reservations-0", "datname": "reservations"}
    scene.metrics.add("pg_stat_activity_max_tx_duration", labels, steps(times, (None, 0.4), (scene.time(20), 9.1)))
    label = internal(
        DB,
        "slow_queries",
        ("tune_database", "raise_limit"),
        "PostgreSQL reports one statement of eight seconds and more since quarter past eleven; callers give up on it.",
        components=("data/reservations-db",),
        modes=("database_unavailable", "dependency_timeout"),
        must_not=("contact_vendor", "scale_up@booking/reservations", "restart@booking/reservations"),
    )
    question = "Bookings take ages or fail since quarter past eleven. Nothing was deployed. Where does the time go?"
    return run(
        scene,
        "pg-slow",
        "Bookings take ages or fail",
        question,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def _pool() -> Run:
    """The program keeps its connections in a report that never ends; the database has many to give."""
    scene = Scene("b2", "2026-06-11T18:25:00Z", "booking", "data")
    scene.traffic(-880, 0)
    scene.traffic(0, 30)
    java = scene.fleet.pods("booking/reservations")[0]
    text = "Connection is not available, request timed out after 5000ms (total=10, active=10, idle=0, waiting=23)"
    for seconds in range(34, 715, 27):
        at = scene.time(seconds)
        told = f"Booking failed: HikariPool-1 - {text}"
        scene.say(
            java,
            at,
            voices.spring(at, "ERROR", "c.h.reservations.api.ProblemHandler", told),
            f"java.sql.SQLTransientConnectionException: HikariPool-1 - {text}",
            "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)",
        )
        web = scene.fleet.pods("booking/storefront")[0]
        error = voices.axios_failure(scene.call("storefront>reservations"), "", 500, "")
        request = {"id": f"req-{seconds:x}", "method": "POST", "url": "/api/bookings"}
        scene.say(web, later(at, 0.1), voices.pino(later(at, 0.1), web["metadata"]["name"], 50, "backend call failed",
                                                   req=request, err=error))  # fmt: skip
        scene.ingress(later(at, 0.2), "POST /api/bookings", 502, 5.1, f"{web['status']['podIP']}:3000")
    times = grid(scene.start, scene.end, 240)
    pool = {"namespace": "booking", "pod": java["metadata"]["name"], "pool": "HikariPool-1"}
    scene.metrics.add("hikaricp_connections_active", pool, steps(times, (None, 3), (scene.time(20), 10)))
    scene.metrics.add("hikaricp_connections_max", pool, steps(times, (None, 10)))
    server = {"namespace": "data", "pod": "pg-reservations-0", "datname": "reservations"}
    scene.metrics.add("pg_stat_activity_count", server, steps(times, (None, 22), (scene.time(20), 29)))
    label = internal(
        "booking/reservations",
        "connection_exhaustion",
        ("raise_limit", "restart", "scale_up", "tune_database"),
        "All ten connections of the program's own pool are taken; PostgreSQL has 29 of 100 sessions and says nothing.",
        must_not=("contact_vendor", f"restart@{DB}"),
    )
    asked = alert(scene.time(180), "BookingSuccessRatioLow", "Almost no booking was stored in the last 2 minutes",
                  namespace="booking", service="reservations")  # fmt: skip
    return run(
        scene,
        "pool-taken",
        "Almost no booking is stored",
        asked,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def _hidden() -> Run:
    """The server hangs on its disk: its pod is Ready by a probe that asks nothing, and its log ends."""
    scene = Scene("b3", "2026-06-12T06:50:00Z", "booking", "data")
    scene.traffic(-880, 0)
    postgres(scene, scene.time(-260), "LOG", "checkpoint starting: time")
    scene.traffic(0, 715, Break("reservations>db", "text", body="The connection attempt failed: Read timed out",
                                took=10.0))  # fmt: skip
    label = internal(
        DB,
        "database_unavailable",
        ("restart", "failover"),
        "PostgreSQL's only caller gets no answer any more; the server itself shows nothing of why.",
        components=("data/reservations-db",),
        modes=("dependency_timeout", "dependency_unavailable"),
        must_not=("contact_vendor", "scale_up@booking/reservations", "rollback@booking/reservations"),
    )
    question = "No booking is stored since ten to seven, reservations waits for its database. What happened?"
    return run(
        scene,
        "pg-silent",
        "The database does not answer",
        question,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def _broker() -> Run:
    """The broker's process hangs: Ready, silent, and every client of three languages tries in vain."""
    scene = Scene("b4", "2026-06-15T20:10:00Z", "booking", "fulfilment", "data", "kafka")
    scene.traffic(-880, 0)
    scene.broken_by = ()
    java, printer, mailer = (
        scene.fleet.pods(ref)[0]
        for ref in ("booking/reservations", "fulfilment/ticket-printer", "fulfilment/messenger")
    )
    address = "kafka-bootstrap.data.svc.cluster.local:9092"
    for seconds in range(4, 710, 28):
        at = scene.time(seconds)
        told = (
            f"[Producer clientId=reservations-1] Connection to node -1 ({address.replace(':', '/10.43.30.30:')}) could "
            "not be established. Node may not be available."
        )
        scene.say(
            java, at, voices.spring(at, "WARN", "org.apache.kafka.clients.NetworkClient", told, "ad | producer-1")
        )
        at = later(at, 3)
        told = f"GroupCoordinator: connection to {address} failed: [Errno 111] Connection refused"
        scene.say(printer, at, voices.python_line(at, "ERROR", "kafka.coordinator", told))
        at = later(at, 2)
        told = "Failed to connect to seed broker, trying another one: connect ECONNREFUSED 10.43.30.30:9092"
        scene.say(mailer, at, voices.pino(at, mailer["metadata"]["name"], 50, told, broker=address))
    label = internal(
        BROKER,
        "broker_unavailable",
        ("restart", "scale_up"),
        "Kafka's clients in three programs are refused from ten past eight on; nothing shows why from inside it.",
        components=("data/kafka-bootstrap",),
        modes=("dependency_unavailable",),
        must_not=("contact_vendor", "restart@fulfilment/messenger", "restart@booking/reservations"),
    )
    asked = alert(scene.time(240), "TicketsNotIssued", "No ticket was issued in the last 3 minutes",
                  namespace="fulfilment")  # fmt: skip
    return run(
        scene,
        "kafka-silent",
        "No ticket is issued",
        asked,
        label,
        family="stores",
        namespace=None,
        refs=(BROKER, "fulfilment/ticket-printer"),
    )
