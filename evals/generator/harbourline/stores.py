"""PostgreSQL, Redis, Kafka and the managed ledger database: what stops them, and who has to mend it."""

from datetime import datetime

from evals.generator.harbourline.finish import alert, external, feed, internal, run, unsure
from evals.generator.harbourline.scene import Break, Scene
from evals.generator.harbourline.world import LEDGER
from evals.generator.kit import Object, later
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_metrics import grid, sampled, steps
from evals.generator.kit_run import Run

DB = "data/pg-reservations"
REFUSED = ("Connection to reservations-db.data.svc.cluster.local:5432 refused. Check that the hostname and port are correct and that the"
           " postmaster is accepting TCP/IP connections.")  # fmt: skip
KEEP = ("contact_vendor", "restart@booking/reservations", "scale_up@booking/reservations")


def runs() -> list[Run]:
    return [
        gone(), too_many(), disk(), read_only(), password(), migration(), cache_full(), consumers_gone(), lag(), ledger_incident(), ledger_alone(),
        ledger_slots(),
    ]  # fmt: skip


def postgres(scene: Scene, at: datetime, level: str, message: str, *more: str) -> None:
    """Lines of the server's own log."""
    stamp = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC [{4000 + at.second * 7 + at.minute}]"
    lines = [f"{stamp} {level}:  {message}", *(f"{stamp} {text}" for text in more)]
    scene.say(scene.fleet.pods(DB)[0], at, *lines)


def gone() -> Run:
    scene = Scene("s1", "2026-05-04T10:20:00Z", "booking", "data")
    scene.traffic(-880, -5)
    scale(scene.fleet, DB, 0, scene.time(-4))
    scene.traffic(0, 715, Break("reservations>db", "text", body=REFUSED, took=5.0))
    label = internal(DB, "scaled_to_zero", ("scale_up",), "The PostgreSQL StatefulSet was set to 0 replicas by hand; bookings are refused since then.",
                     components=("data/reservations-db",), modes=("database_unavailable",), must_not=KEEP)  # fmt: skip
    question = "No booking goes through since twenty past ten, search is fine. Why?"
    return run(
        scene, "pg-gone", "No booking goes through", question, label, family="stores", refs=(DB, "booking/reservations")
    )


def too_many() -> Run:
    scene = Scene("s2", "2026-05-05T19:02:00Z", "booking", "data")
    scene.traffic(-880, 0)
    for seconds in range(4, 700, 45):
        postgres(scene, scene.time(seconds), "FATAL", "sorry, too many clients already")
    scene.traffic(
        0, 715, Break("reservations>db", "text", body="FATAL: sorry, too many clients already", share=0.8, took=5.0)
    )
    times = grid(scene.start, scene.end, 240)
    labels = {"namespace": "data", "pod": "pg-reservations-0", "datname": "reservations"}
    scene.metrics.add(
        "pg_stat_activity_count", labels, steps(times, (None, 41), (scene.time(-300), 78), (scene.time(-20), 100))
    )
    scene.metrics.add(
        "pg_settings_max_connections", {"namespace": "data", "pod": "pg-reservations-0"}, steps(times, (None, 100))
    )
    label = internal(DB, "too_many_connections", ("raise_limit", "tune_database", "reduce_load"), "PostgreSQL refuses new sessions: 100 of"
                     " max_connections=100 are taken.", components=("booking/reservations", "data/reservations-db"),
                     modes=("connection_exhaustion",), must_not=("contact_vendor", "scale_up@booking/reservations"))  # fmt: skip
    asked = alert(
        scene.time(150),
        "HikariPoolExhausted",
        "reservations waits for database connections",
        namespace="booking",
        service="reservations",
    )
    return run(
        scene,
        "pg-clients",
        "Four of five bookings fail",
        asked,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def disk() -> Run:
    scene = Scene("s3", "2026-05-06T03:40:00Z", "booking", "data")
    scene.traffic(-880, 0)
    text = 'could not extend file "base/16384/24601": No space left on device'
    for seconds in range(5, 700, 60):
        postgres(scene, scene.time(seconds), "ERROR", text, "HINT:  Check free disk space.")
    scene.traffic(0, 715, Break("reservations>db", "text", body=f"ERROR: {text}\n  Hint: Check free disk space."))
    times = grid(scene.start, scene.end, 240)
    labels = {"namespace": "data", "persistentvolumeclaim": "data-pg-reservations-0"}
    left = sampled(times, lambda at: max(0.0, (scene.at - at).total_seconds() * 410_000))
    scene.metrics.add("kubelet_volume_stats_available_bytes", labels, left)
    scene.metrics.add("kubelet_volume_stats_capacity_bytes", labels, steps(times, (None, 21_474_836_480)))
    label = internal(DB, "disk_full", ("free_storage", "add_capacity"), "PostgreSQL's volume ran full, inserts fail with 'No space left on device'.",
                     components=("data/reservations-db", "data/data-pg-reservations-0"), modes=("storage_limit",), must_not=KEEP)  # fmt: skip
    question = "Bookings fail with 500 since 3:40 at night, nobody touched anything. What is it?"
    return run(scene, "pg-disk", "Bookings fail at night", question, label, family="stores", refs=(DB,))


def read_only() -> Run:
    scene = Scene("s4", "2026-05-07T12:30:00Z", "booking", "data")
    scene.traffic(-880, 0)
    text = "cannot execute INSERT in a read-only transaction"
    postgres(scene, scene.time(-4), "LOG", 'parameter "default_transaction_read_only" changed to "on"')
    for seconds in range(6, 700, 70):
        postgres(
            scene,
            scene.time(seconds),
            "ERROR",
            text,
            "STATEMENT:  insert into booking (id, sailing_id, cabin) values ($1, $2, $3)",
        )
    scene.traffic(0, 715, Break("reservations>db", "text", body=f"ERROR: {text}"))
    label = internal(DB, "database_read_only", ("tune_database", "fix_config"), "PostgreSQL takes reads but no writes: it was switched to read-only"
                     " transactions just before.", components=("data/reservations-db",), modes=("bad_config",), must_not=KEEP)  # fmt: skip
    asked = alert(
        scene.time(120), "BookingSuccessRatioLow", "No booking was stored in the last 2 minutes", namespace="booking"
    )
    return run(
        scene,
        "pg-read-only",
        "Reads work, bookings don't",
        asked,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def password() -> Run:
    scene = Scene("s5", "2026-05-08T07:15:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def rotated(template: Object) -> None:
        login = {"secretKeyRef": {"name": "reservations-db-login-v2", "key": "password"}}
        template["spec"]["containers"][0]["env"] = [{"name": "SPRING_DATASOURCE_PASSWORD", "valueFrom": login}]

    roll_out(scene.fleet, "booking/reservations", rotated, scene.time(-12))
    text = 'password authentication failed for user "reservations"'
    for seconds in range(6, 700, 50):
        postgres(
            scene,
            scene.time(seconds),
            "FATAL",
            text,
            'DETAIL:  Connection matched file "/var/lib/postgresql/data/pg_hba.conf" line 128',
        )
    scene.traffic(0, 715, Break("reservations>db", "text", body=f"FATAL: {text}", took=5.0))
    label = internal("booking/reservations", "invalid_credentials", ("rotate_credentials", "rollback", "fix_config"), "PostgreSQL rejects the password"
                     " since reservations runs with a new Secret.", components=(DB,), modes=("bad_rollout",),
                     must_not=("contact_vendor", f"restart@{DB}", "scale_up@booking/reservations"))  # fmt: skip
    question = "No booking is stored since quarter past seven. The database itself is up. What broke?"
    return run(
        scene,
        "pg-password",
        "Database is up, no booking is stored",
        question,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def migration() -> Run:
    scene = Scene("s6", "2026-05-11T13:10:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def release(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/reservations:5.9.0"

    roll_out(scene.fleet, "booking/reservations", release, scene.time(-12), manager="helm")
    text = "column b.vehicle_height_cm does not exist"
    for seconds in range(6, 700, 60):
        postgres(
            scene,
            scene.time(seconds),
            "ERROR",
            f"{text} at character 47",
            "STATEMENT:  select b.id, b.sailing_id, b.vehicle_height_cm from booking b",
        )
    scene.traffic(0, 715, Break("reservations>db", "text", body=f"ERROR: {text}\n  Position: 47"))
    label = internal("booking/reservations", "schema_mismatch", ("run_migration", "rollback"), "The new reservations release reads a column that the"
                     " database does not have: its migration did not run.", components=(DB,), modes=("bad_rollout",), must_not=("contact_vendor", f"restart@{DB}"))  # fmt: skip
    question = "Bookings answer 500 since about ten past one. Is the database broken?"
    return run(
        scene,
        "pg-migration",
        "Bookings answer 500 after lunch",
        question,
        label,
        family="stores",
        refs=(DB, "booking/reservations"),
    )


def cache_full() -> Run:
    scene = Scene("s7", "2026-05-12T17:00:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    times = grid(scene.start, scene.end, 240)
    labels = {"namespace": "data", "pod": "redis-cache-0"}
    scene.metrics.add("redis_memory_max_bytes", labels, steps(times, (None, 268_435_456)))
    used = sampled(times, lambda at: min(268_430_000.0, 268_430_000 - (scene.at - at).total_seconds() * 31_000))
    scene.metrics.add("redis_memory_used_bytes", labels, used)
    body = "OOM command not allowed when used memory > 'maxmemory'."
    scene.traffic(0, 715, Break("timetable>cache", "text", body=body), step=34)
    label = internal("data/redis-cache", "storage_limit", ("raise_limit", "free_storage"), "The cache reached maxmemory with noeviction and rejects"
                     " writes, so searches fail.", components=("data/cache",), modes=("memory_pressure",),
                     must_not=("contact_vendor", "rollback@booking/timetable-server", "restart@booking/timetable-server"))  # fmt: skip
    asked = alert(scene.time(200), "ServiceErrorBudgetBurn", "timetable-server answers more than 20 % of requests with 5xx", namespace="booking",
                  service="timetable-server")  # fmt: skip
    return run(
        scene,
        "cache-full",
        "Searches fail in the evening",
        asked,
        label,
        family="stores",
        refs=("booking/timetable-server", "data/redis-cache"),
    )


def consumers_gone() -> Run:
    scene = Scene("s8", "2026-05-13T09:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -5, step=40)
    scale(scene.fleet, "fulfilment/messenger", 0, scene.time(-4))
    times = grid(scene.start, scene.end, 180)
    for group, lagging in (("messenger", True), ("ticket-printer", False)):
        labels = {"consumergroup": group, "topic": "bookings", "partition": "0"}
        rise = sampled(times, lambda at, on=lagging: max(2.0, (at - scene.at).total_seconds() * 0.9 if on else 0.0))  # type: ignore[misc]
        scene.metrics.add("kafka_consumergroup_lag", labels, rise)
        members = steps(times, (None, 2.0 if lagging else 1.0), (scene.at, 0.0 if lagging else 1.0))
        scene.metrics.add("kafka_consumergroup_members", {"consumergroup": group}, members)
    broker = scene.fleet.pods("data/kafka")[0]
    line = "INFO [GroupCoordinator id=0 topic=__consumer_offsets partition=17] Group messenger with generation 42 is now empty."
    scene.say(
        broker,
        scene.time(2),
        f"{scene.time(2):%Y-%m-%d %H:%M:%S},114 {line} (org.apache.kafka.coordinator.group.GroupMetadataManager)",
    )
    for seconds in range(10, 700, 90):
        scene.count += 1
        scene.issue(scene.time(seconds))
    label = internal("fulfilment/messenger", "consumer_absent", ("scale_up", "restore_consumer"), "The consumer group has no members and its lag grows"
                     " since its Deployment was set to 0; the other group on the topic keeps up.", modes=("scaled_to_zero", "queue_backlog"),
                     must_not=("contact_vendor", "restart@data/kafka"))  # fmt: skip
    asked = alert(
        scene.time(420), "KafkaConsumerLagGrowing", "Lag on topic bookings has grown for 5 minutes", topic="bookings"
    )
    return run(
        scene,
        "consumers-gone",
        "Lag grows on a topic",
        asked,
        label,
        family="stores",
        namespace=None,
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )


def lag() -> Run:
    """The printer is alive and works, one ticket at a time, below the arrival rate after a campaign."""
    scene = Scene("s9", "2026-05-14T08:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=60)
    times = grid(scene.start, scene.end, 180)
    labels = {"consumergroup": "ticket-printer", "topic": "bookings", "partition": "0"}
    scene.metrics.add(
        "kafka_consumergroup_lag", labels, sampled(times, lambda at: max(3.0, (at - scene.at).total_seconds() * 2.2))
    )
    scene.metrics.add("kafka_consumergroup_members", {"consumergroup": "ticket-printer"}, steps(times, (None, 1.0)))
    total = sampled(
        times,
        lambda at: 610_000 + (at - scene.start).total_seconds() * 0.6 + max(0.0, (at - scene.at).total_seconds()) * 2.4,
    )
    scene.metrics.add("kafka_topic_partition_current_offset", {"topic": "bookings", "partition": "0"}, total)
    done = sampled(
        times,
        lambda at: 609_997 + (at - scene.start).total_seconds() * 0.6 + max(0.0, (at - scene.at).total_seconds()) * 0.2,
    )
    scene.metrics.add("kafka_consumergroup_current_offset", labels, done)
    scene.traffic(0, 715, step=20)
    label = internal("fulfilment/ticket-printer", "queue_backlog", ("scale_up", "add_capacity"), "Bookings arrive five times faster since eight, while the single"
                     " consumer works without error at its limit of 0.8 a second.", modes=("overload", "too_few_replicas"), components=("data/kafka",),
                     must_not=("contact_vendor", "restart@data/kafka"))  # fmt: skip
    question = "Tickets arrive later and later since the spring campaign started at eight. Is something broken?"
    return run(
        scene,
        "printer-lag",
        "Tickets arrive later and later",
        question,
        label,
        family="stores",
        refs=("fulfilment/ticket-printer",),
    )


def _ledger(seed: str, at: str, body: str) -> Scene:
    scene = Scene(seed, at, "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("printer>ledger", "text", body=body, took=10.0), step=36)
    return scene


UNREACHABLE = (f'psycopg.OperationalError: connection failed: connection to server at "{LEDGER}" (10.20.64.31), port 5432 failed: Connection timed out\n'
               "\tIs the server running on that host and accepting TCP/IP connections?")  # fmt: skip


def ledger_incident() -> Run:
    scene = _ledger("s10", "2026-05-18T16:05:00Z", UNREACHABLE)
    incident = (
        "Connectivity issues affecting RDS instances in a single Availability Zone (eu-west-1)",
        "major",
        later(scene.at, -90),
        None,
    )
    label = external(LEDGER, "dependency_unavailable", "The managed database is unreachable from 16:05 on, nothing of ours changed, and AWS reports a"
                     " connectivity incident of RDS in that region.", components=("Amazon RDS",), modes=("database_unavailable", "dependency_timeout"),
                     must_not=("restart@fulfilment/ticket-printer",))  # fmt: skip
    question = "Tickets are not issued since five past four, the ledger does not answer. Is it AWS?"
    return run(scene, "ledger-incident", "The ledger does not answer, first case", question, label, family="stores",
               statuses={"amazon-rds": feed("Amazon RDS", scene.end, incident)}, refs=("fulfilment/ticket-printer",))  # fmt: skip


def ledger_alone() -> Run:
    scene = _ledger("s11", "2026-05-19T11:35:00Z", UNREACHABLE)
    label = unsure("The managed database times out for its one caller; no provider incident and no change of ours is in evidence: AWS, our instance, its"
                   " security group or our route could each be it.", must_not=("restart@fulfilment/ticket-printer", "scale_up@fulfilment/ticket-printer"))  # fmt: skip
    question = "Tickets are not issued since 11:35, connections to the ledger time out. AWS or we?"
    return run(
        scene,
        "ledger-alone",
        "The ledger does not answer, second case",
        question,
        label,
        family="stores",
        refs=("fulfilment/ticket-printer",),
    )


def ledger_slots() -> Run:
    body = (f'psycopg.OperationalError: connection failed: connection to server at "{LEDGER}" (10.20.64.31), port 5432 failed: FATAL:  remaining'
            ' connection slots are reserved for roles with privileges of the "rds_superuser" role')  # fmt: skip
    scene = _ledger("s12", "2026-05-20T14:22:00Z", body)
    label = internal(LEDGER, "too_many_connections", ("raise_limit", "tune_database", "reduce_load"), "The managed instance answers and says that its"
                     " connection slots are used up: how many we open and how large it is is ours.", modes=("connection_exhaustion",),
                     components=("Amazon RDS", "fulfilment/ticket-printer"))  # fmt: skip
    question = "Tickets are not issued since about 14:22, the ledger turns us away. Do we call AWS?"
    return run(scene, "ledger-slots", "The ledger turns us away", question, label, family="stores", refs=("fulfilment/ticket-printer",),
               statuses={"amazon-rds": feed("Amazon RDS", scene.end)})  # fmt: skip
