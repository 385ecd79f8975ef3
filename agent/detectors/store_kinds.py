"""Which kind of store a line speaks of, and which store of that kind a program means when no setting says so."""

import re
from collections.abc import Iterable

from agent.detectors.backends import stores
from agent.scene import Scene
from tools.evidence import RECENT

_WORDS = {
    "mysql": re.compile(r"mysql|mariadb|percona|vitess|tidb", re.IGNORECASE),
    "postgres": re.compile(r"postgres|psycopg|\bpgx?\b|npgsql|pgbouncer|timescale|cockroach|yugabyte", re.IGNORECASE),
    "sqlserver": re.compile(r"sqlserver|mssql|sqlclient|azure-sql", re.IGNORECASE),
    "oracle": re.compile(r"\bora-\d{5}\b|oracle", re.IGNORECASE),
    "mongo": re.compile(r"mongo|documentdb", re.IGNORECASE),
    "redis": re.compile(r"redis|valkey|keydb|dragonfly|jedis|lettuce", re.IGNORECASE),
    "cassandra": re.compile(r"cassandra|scylla", re.IGNORECASE),
    "clickhouse": re.compile(r"clickhouse", re.IGNORECASE),
    "search": re.compile(r"elasticsearch|opensearch", re.IGNORECASE),
}
_PORTS = {
    1433: "sqlserver",
    1521: "oracle",
    3306: "mysql",
    5432: "postgres",
    6379: "redis",
    6432: "postgres",
    8123: "clickhouse",
    9042: "cassandra",
    9200: "search",
    26257: "postgres",
    27017: "mongo",
    27018: "mongo",
}
_SQL = frozenset({"mysql", "postgres", "sqlserver", "oracle"})
_ANY_SQL = re.compile(
    r"jdbc|hikari|hibernate|sqlstate|sqlexception|sqlalchemy|activerecord|sequelize|typeorm|gorm|entityframework"
    r"|database/sql",
    re.IGNORECASE,
)


def kinds_in(text: str) -> frozenset[str]:
    """Kinds of store whose clients or servers write such text; words of any SQL client stand for every SQL store."""
    found = frozenset(kind for kind, words in _WORDS.items() if words.search(text))
    return found or (_SQL if _ANY_SQL.search(text) else frozenset())


def kinds_of(scene: Scene, store: str) -> frozenset[str]:
    """What a store is, by its images, its name and the ports that it opens."""
    template = scene.template(store)
    boxes = template.containers if template else ()
    images = " ".join(one.image for one in boxes)
    ports = frozenset(port.container_port for box in boxes for port in box.ports)
    return kinds_in(f"{images} {store.rpartition('/')[2]}") | {_PORTS[port] for port in ports & _PORTS.keys()}


def meant_stores(scene: Scene, component: str, text: str, among: Iterable[str] | None = None) -> list[str]:
    """Stores of the kind that a program's own words name, in its namespace, else those that nobody is known to call.

    Addresses in Secrets are never read.

    When there are several, those that started or changed lately come alone: trouble that is new is theirs.
    """
    kinds, namespace = kinds_in(text), component.partition("/")[0]
    known = stores(scene) if among is None else among
    fitting = [one for one in known if scene.exists(one) and kinds & kinds_of(scene, one)]
    near = [one for one in fitting if one.startswith(f"{namespace}/")]
    near = near or [one for one in fitting if not scene.graph.callers_of(one)]
    lately = [one for one in near if _started_lately(scene, one)]
    return lately if len(near) > 1 and len(lately) == 1 else near


def _started_lately(scene: Scene, store: str) -> bool:
    earliest = scene.window.start - RECENT
    started = any(earliest <= at <= scene.window.end for at in scene.starts_of(store))
    return started or bool(scene.recent_changes(store))
