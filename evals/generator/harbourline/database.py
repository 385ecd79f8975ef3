"""PostgreSQL in the cluster: what stops it, and who has to mend it."""

from datetime import datetime

from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_metrics import grid, sampled, steps
from evals.generator.kit_run import Run

DB = "data/pg-reservations"

REFUSED = (
    "Connection to reservations-db.data.svc.cluster.local:5432 refused. Check that the hostname and "
    "port are correct and that the"
    " postmaster is accepting TCP/IP connections."
)

KEEP = ("contact_vendor", "restart@booking/reservations", "scale_up@booking/reservations")


def runs() -> list[Run]:
    """Every run of this module."""
    return [_gone(), _too_many(), _disk(), _read_only(), _password(), _migration()]


def postgres(scene: Scene, at: datetime, level: str, message: str, *more: str) -> None:
    """Lines of the server's own log."""
    stamp = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC [{4000 + at.second * 7 + at.minute}]"
    lines = [f"{stamp} {level}:  {message}", *(f"{stamp} {text}" for text in more)]
    scene.say(scene.fleet.pods(DB)[0], at, *lines)


def _gone() -> Run:
    scene = Scene("s1", "2026-05-04T10:20:00Z", "booking", "data")
    scene.traffic(-880, -5)
    scale(scene.fleet, DB, 0, scene.time(-4))
    scene.traffic(0, 715, Break("reservations>db", "text", body=REFUSED, took=5.0))
    label = internal(
        DB,
        "scaled_to_zero",
        ("scale_up",),
        "The PostgreSQL StatefulSet was set to 0 replicas by hand; bookings are refused since then.",
        components=("data/reservations-db",),
        modes=("database_unavailable",),
        must_not=KEEP,
    )
    question = "No booking goes through since twenty past ten, search is fine. Why?"
    return run(
        scene, "pg-gone", "No booking goes through", question, label, family="stores", refs=(DB, "booking/reservations")
    )


def _too_many() -> Run:
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
    label = internal(
        DB,
        "too_many_connections",
        ("raise_limit", "tune_database", "reduce_load"),
        "PostgreSQL refuses new sessions: 100 of max_connections=100 are taken.",
        components=("booking/reservations", "data/reservations-db"),
        modes=("connection_exhaustion",),
        must_not=("contact_vendor", "scale_up@booking/reservations"),
    )
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


def _disk() -> Run:
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
    label = internal(
        DB,
        "disk_full",
        ("free_storage", "add_capacity"),
        "PostgreSQL's volume ran full, inserts fail with 'No space left on device'.",
        components=("data/reservations-db", "data/data-pg-reservations-0"),
        modes=("storage_limit",),
        must_not=KEEP,
    )
    question = "Bookings fail with 500 since 3:40 at night, nobody touched anything. What is it?"
    return run(scene, "pg-disk", "Bookings fail at night", question, label, family="stores", refs=(DB,))


def _read_only() -> Run:
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
    label = internal(
        DB,
        "database_read_only",
        ("tune_database", "fix_config"),
        "PostgreSQL takes reads but no writes: it was switched to read-only transactions just before.",
        components=("data/reservations-db",),
        modes=("bad_config",),
        must_not=KEEP,
    )
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


def _password() -> Run:
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
    label = internal(
        "booking/reservations",
        "invalid_credentials",
        ("rotate_credentials", "rollback", "fix_config"),
        "PostgreSQL rejects the password since reservations runs with a new Secret.",
        components=(DB,),
        modes=("bad_rollout",),
        must_not=("contact_vendor", f"restart@{DB}", "scale_up@booking/reservations"),
    )
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


def _migration() -> Run:
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
    label = internal(
        "booking/reservations",
        "schema_mismatch",
        ("run_migration", "rollback"),
        "The new reservations release reads a column that the database does not have: its migration did not run.",
        components=(DB,),
        modes=("bad_rollout",),
        must_not=("contact_vendor", f"restart@{DB}"),
    )
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
