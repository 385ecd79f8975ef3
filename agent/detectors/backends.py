"""Which components are data stores or message brokers: by image, by port, by the scheme they are addressed with."""

import re
from collections.abc import Iterator

from agent.scene import Scene
from tools.callgraph import Edge
from tools.snapshot import Snapshot

_STORE_WORDS = (
    r"postgres|postgis|pgbouncer|pgpool|timescale|cockroach|yugabyte|mysql|mariadb|percona|vitess|mongo|redis|valkey|keydb"
    r"|dragonfly|memcached|cassandra|scylla|clickhouse|elasticsearch|opensearch|mssql|sqlserver|oracle-?(?:db|xe)|couchdb"
    r"|couchbase|influxdb|neo4j|dynamodb|documentdb|aurora|rds\."
)
_BROKER_WORDS = r"rabbitmq|kafka|redpanda|activemq|artemis|pulsar|mosquitto|nats|nsqd|servicebus"
_STORE = re.compile(rf"(?:^|[^a-z])(?:{_STORE_WORDS})|(?:^|[-.])db(?:$|[-.])", re.IGNORECASE)
_BROKER = re.compile(rf"(?:^|[^a-z])(?:{_BROKER_WORDS})", re.IGNORECASE)
_STORE_IMAGE = re.compile(
    rf"(?:^|[/_-])(?:{_STORE_WORDS})[^/]*$|/(?:mssql|database|oracle)/(?:server|enterprise|express|free)$",
    re.IGNORECASE,
)
_BROKER_IMAGE = re.compile(rf"(?:^|[/_-])(?:{_BROKER_WORDS})[^/]*$", re.IGNORECASE)
_EXPORTER = re.compile(r"exporter|operator|backup|client|ui\b|adminer|express", re.IGNORECASE)

STORE_PORTS = frozenset({1433, 1521, 3306, 5432, 5984, 6379, 6432, 7687, 8123, 9042, 9200, 11211, 26257, 27017, 27018})
BROKER_PORTS = frozenset({1883, 4222, 5671, 5672, 6650, 9092, 9093, 9094, 61616})
_STORE_SCHEMES = re.compile(
    r"^(?:jdbc:)?(?:postgres|mysql|mariadb|mongodb|redis|memcached|cassandra|clickhouse|sqlserver|oracle|neo4j|bolt|couchdb)",
    re.IGNORECASE,
)
_BROKER_SCHEMES = re.compile(r"^(?:amqp|kafka|nats|pulsar|mqtt|tcp\+activemq|stomp)", re.IGNORECASE)


def is_store(scene: Scene, component: str) -> bool:
    """Whether a component keeps records for others: a database, a cache, a search index."""
    return _is(scene, component, (_STORE_IMAGE, _STORE, _STORE_SCHEMES), STORE_PORTS) and not is_broker(
        scene, component
    )


def is_broker(scene: Scene, component: str) -> bool:
    """Whether a component passes messages on."""
    return _is(scene, component, (_BROKER_IMAGE, _BROKER, _BROKER_SCHEMES), BROKER_PORTS)


def stores(scene: Scene) -> list[str]:
    """Every store that is called or runs, sorted."""
    return [one for one in _parties(scene) if is_store(scene, one)]


def brokers(scene: Scene) -> list[str]:
    """Every broker that is called or runs, sorted."""
    return [one for one in _parties(scene) if is_broker(scene, one)]


def edges_to(scene: Scene, component: str, wanted: frozenset[str] | set[str]) -> list[Edge]:
    """Edges from a component to any of the wanted ones."""
    return [edge for edge in scene.graph.calls_of(component) if edge.callee in wanted]


def _parties(scene: Scene) -> list[str]:
    found = {*scene.snapshot.components, *(edge.callee for edge in scene.graph.edges)}
    return sorted(one for one in found if not scene.is_telemetry(one))


def _is(
    scene: Scene,
    component: str,
    words: tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]],
    ports: frozenset[int],
) -> bool:
    image, name, scheme = words
    template = scene.template(component)
    if template is not None and template.containers:
        images = [one.image.rpartition("@")[0] or one.image for one in template.containers]
        main = next((one for one in images if not _EXPORTER.search(one)), "")
        if image.search(main.partition(":")[0]):
            return True
        # A program with an image of its own name is no store only because it is called "orders-db-writer".
        return bool(ports & set(_own_ports(scene.snapshot, component)))
    if name.search(component.rpartition("/")[2]):
        return True
    return any(_addressed(edge, scheme, ports) for edge in scene.graph.callers_of(component))


def _addressed(edge: Edge, scheme: re.Pattern[str], ports: frozenset[int]) -> bool:
    for hit in edge.hits[-20:]:
        if hit.target and (hit.target.port in ports or (hit.target.scheme and scheme.match(hit.target.scheme))):
            return True
    return any(scheme.match(value) for _, _, value in edge.configured)


def _own_ports(snapshot: Snapshot, component: str) -> Iterator[int]:
    template = snapshot.template_of(component)
    for container in template.containers if template else ():
        yield from (port.container_port for port in container.ports)
