"""Redis, Kafka and the managed ledger database."""

from evals.generator.harbourline.facts import LEDGER
from evals.generator.harbourline.finish import alert, external, feed, internal, run, unsure
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import later
from evals.generator.kit_changes import scale
from evals.generator.kit_metrics import grid, sampled, steps
from evals.generator.kit_run import Run

UNREACHABLE = (
    f'psycopg.OperationalError: connection failed: connection to server at "{LEDGER}" (10.20.64.31), '
    "port 5432 failed: Connection timed out\n"
    "\tIs the server running on that host and accepting TCP/IP connections?"
)


def runs() -> list[Run]:
    """Every run of this module."""
    return [_cache_full(), _consumers_gone(), _lag(), _ledger_incident(), _ledger_alone(), _ledger_slots()]


def _cache_full() -> Run:
    scene = Scene("s7", "2026-05-12T17:00:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    times = grid(scene.start, scene.end, 240)
    labels = {"namespace": "data", "pod": "redis-cache-0"}
    scene.metrics.add("redis_memory_max_bytes", labels, steps(times, (None, 268_435_456)))
    used = sampled(times, lambda at: min(268_430_000.0, 268_430_000 - (scene.at - at).total_seconds() * 31_000))
    scene.metrics.add("redis_memory_used_bytes", labels, used)
    body = "OOM command not allowed when used memory > 'maxmemory'."
    scene.traffic(0, 715, Break("timetable>cache", "text", body=body), step=34)
    label = internal(
        "data/redis-cache",
        "storage_limit",
        ("raise_limit", "free_storage"),
        "The cache reached maxmemory with noeviction and rejects writes, so searches fail.",
        components=("data/cache",),
        modes=("memory_pressure",),
        must_not=("contact_vendor", "rollback@booking/timetable-server", "restart@booking/timetable-server"),
    )
    asked = alert(
        scene.time(200),
        "ServiceErrorBudgetBurn",
        "timetable-server answers more than 20 % of requests with 5xx",
        namespace="booking",
        service="timetable-server",
    )
    return run(
        scene,
        "cache-full",
        "Searches fail in the evening",
        asked,
        label,
        family="stores",
        refs=("booking/timetable-server", "data/redis-cache"),
    )


def _consumers_gone() -> Run:
    scene = Scene("s8", "2026-05-13T09:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -5, step=40)
    scale(scene.fleet, "fulfilment/messenger", 0, scene.time(-4))
    times = grid(scene.start, scene.end, 180)
    for group, before, growth in (("messenger", 2.0, 0.9), ("ticket-printer", 1.0, 0.0)):
        labels = {"consumergroup": group, "topic": "bookings", "partition": "0"}
        waiting = [(at, max(2.0, (at - scene.at).total_seconds() * growth)) for at in times]
        scene.metrics.add("kafka_consumergroup_lag", labels, waiting)
        members = steps(times, (None, before), (scene.at, 0.0 if growth else before))
        scene.metrics.add("kafka_consumergroup_members", {"consumergroup": group}, members)
    broker = scene.fleet.pods("data/kafka")[0]
    line = (
        "INFO [GroupCoordinator id=0 topic=__consumer_offsets partition=17] Group messenger with "
        "generation 42 is now empty."
    )
    scene.say(
        broker,
        scene.time(2),
        f"{scene.time(2):%Y-%m-%d %H:%M:%S},114 {line} (org.apache.kafka.coordinator.group.GroupMetadataManager)",
    )
    for seconds in range(10, 700, 90):
        scene.count += 1
        scene.issue(scene.time(seconds))
    label = internal(
        "fulfilment/messenger",
        "consumer_absent",
        ("scale_up", "restore_consumer"),
        "The consumer group has no members and its lag grows"
        " since its Deployment was set to 0; the other group on the topic keeps up.",
        modes=("scaled_to_zero", "queue_backlog"),
        must_not=("contact_vendor", "restart@data/kafka"),
    )
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


def _lag() -> Run:
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
    label = internal(
        "fulfilment/ticket-printer",
        "queue_backlog",
        ("scale_up", "add_capacity"),
        "Bookings arrive five times faster since eight, while the single"
        " consumer works without error at its limit of 0.8 a second.",
        modes=("overload", "too_few_replicas"),
        components=("data/kafka",),
        must_not=("contact_vendor", "restart@data/kafka"),
    )
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


def _ledger_incident() -> Run:
    scene = _ledger("s10", "2026-05-18T16:05:00Z", UNREACHABLE)
    incident = (
        "Connectivity issues affecting RDS instances in a single Availability Zone (eu-west-1)",
        "major",
        later(scene.at, -90),
        None,
    )
    label = external(
        LEDGER,
        "dependency_unavailable",
        "The managed database is unreachable from 16:05 on, nothing of ours changed, and AWS reports a"
        " connectivity incident of RDS in that region.",
        components=("Amazon RDS",),
        modes=("database_unavailable", "dependency_timeout"),
        must_not=("restart@fulfilment/ticket-printer",),
    )
    question = "Tickets are not issued since five past four, the ledger does not answer. Is it AWS?"
    return run(
        scene,
        "ledger-incident",
        "The ledger does not answer, first case",
        question,
        label,
        family="stores",
        statuses={"amazon-rds": feed("Amazon RDS", scene.end, incident)},
        refs=("fulfilment/ticket-printer",),
    )


def _ledger_alone() -> Run:
    scene = _ledger("s11", "2026-05-19T11:35:00Z", UNREACHABLE)
    label = unsure(
        "The managed database times out for its one caller; no provider incident and no change of ours "
        "is in evidence: AWS, our instance, its"
        " security group or our route could each be it.",
        must_not=("restart@fulfilment/ticket-printer", "scale_up@fulfilment/ticket-printer"),
    )
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


def _ledger_slots() -> Run:
    body = (
        f'psycopg.OperationalError: connection failed: connection to server at "{LEDGER}" (10.20.64.31), '
        "port 5432 failed: FATAL:  remaining"
        ' connection slots are reserved for roles with privileges of the "rds_superuser" role'
    )
    scene = _ledger("s12", "2026-05-20T14:22:00Z", body)
    label = internal(
        LEDGER,
        "too_many_connections",
        ("raise_limit", "tune_database", "reduce_load"),
        "The managed instance answers and says that its"
        " connection slots are used up: how many we open and how large it is is ours.",
        modes=("connection_exhaustion",),
        components=("Amazon RDS", "fulfilment/ticket-printer"),
    )
    question = "Tickets are not issued since about 14:22, the ledger turns us away. Do we call AWS?"
    return run(
        scene,
        "ledger-slots",
        "The ledger turns us away",
        question,
        label,
        family="stores",
        refs=("fulfilment/ticket-printer",),
        statuses={"amazon-rds": feed("Amazon RDS", scene.end)},
    )
