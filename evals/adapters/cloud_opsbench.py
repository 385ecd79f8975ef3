"""Cloud-OpsBench (arXiv 2603.00468): one case folder as incident and sources.

A case holds the answers that its tools gave: texts of `kubectl get` and `describe`, applied manifests, error
lines of logs, alerts, dependencies of services and the state of node daemons. Its question is one sentence
and a namespace. The label stands in the same file as the question; `labelled` alone reads it, and neither the
folder's name nor its place reaches what diagnoses. Secrets in manifests are not read.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from agent.boundary import Boundary
from agent.boundary_file import boundary_from
from agent.incident import Alert, Incident
from evals.adapters.cloud_opsbench_alerts import alerts_of
from evals.adapters.cloud_opsbench_logs import logs_of
from evals.adapters.cloud_opsbench_probes import METRIC, probes_of
from evals.adapters.cloud_opsbench_samples import samples_of
from tools.errors import InputError
from tools.kubectl_text import Bundle, kind_named, objects_from_describe, objects_from_table, objects_from_yaml
from tools.kubectl_text.bundle import DESCRIBED, MANIFEST, TABLE
from tools.kubectl_text.systemd import condition_of_unit
from tools.recorded import RecordedMetrics
from tools.run_folder import read_bytes
from tools.source import Series, Sources
from tools.text_cluster import TextCluster

METADATA, ANSWERS = "metadata.json", "tool_cache.json"
LOOKBACK = timedelta(minutes=30)
_MOST_BYTES = 64 * 2**20
_ZONE = re.compile(r"[A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-])(\d\d)(\d\d)\b")
_CALLED_BY = re.compile(r"^\[Upstream \(Called By\)\]: (.+)$", re.MULTILINE)

T = TypeVar("T")
Arguments = Mapping[str, object]


class Question(Struct, frozen=True):
    """What a case asks; the rest of its file is the answer."""

    namespace: str
    query: str


class Gold(Struct, frozen=True):
    """The answer of a case in the benchmark's words."""

    fault_object: str
    root_cause: str


class _Labelled(Struct, frozen=True):
    result: Gold


class Case(Struct, frozen=True):
    """What `diagnose` needs."""

    incident: Incident
    sources: Sources
    boundary: Boundary


def find_cases(folder: Path) -> list[Path]:
    """Every case below a folder, sorted.

    Raises:
        InputError: there is none.
    """
    found = sorted(path.parent for path in folder.rglob(METADATA) if (path.parent / ANSWERS).is_file())
    if not found:
        raise InputError(str(folder), None, f"expected folders with {METADATA} and {ANSWERS}")
    return found


def labelled(folder: Path) -> Gold:
    """The answer, for the scorer.

    Raises:
        InputError: the file is none of the benchmark's.
    """
    return _read(folder / METADATA, _Labelled).result


def question(folder: Path) -> Question:
    """What a case asks.

    Raises:
        InputError: the file is none of the benchmark's.
    """
    return _read(folder / METADATA, Question)


def load_case(folder: Path) -> Case:
    """What may be known of a case: its question and the recorded answers.

    Raises:
        InputError: a file is missing or none of the benchmark's.
    """
    return case_of(question(folder), _read(folder / ANSWERS, dict[str, object]))


def case_of(question: Question, answers: Mapping[str, object]) -> Case:
    """The case that a question and recorded answers make."""
    taken = _moment(answers)
    now = taken.astimezone(UTC)
    bundle, notes = _objects(answers, now)
    cluster = TextCluster.from_bundle(bundle)
    cluster.logs_by_ref.update(logs_of(list(_asked(answers, "GetErrorLogs")), cluster, now))
    alerts = tuple(_alerts(answers, question.namespace))
    incident = Incident(
        question=question.query,
        alerts=alerts,
        namespace=question.namespace,
        start=now - LOOKBACK,
        end=now,
        asked_at=now,
        origin="run",
    )
    sources = Sources(
        name="recorded kubectl texts",
        now=now,
        cluster=cluster,
        metrics=_metrics(answers, question.namespace, taken),
        notes=tuple(notes),
    )
    return Case(incident, sources, _boundary(answers, question.namespace, cluster))


def _read(path: Path, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(read_bytes(path, _MOST_BYTES), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(str(path), None, f"expected a Cloud-OpsBench file ({error})") from None


def _moment(answers: Mapping[str, object]) -> datetime:
    """When the answers were taken; the file has no zone, but the times inside of the answers have."""
    taken = datetime.fromisoformat(str(answers.get("collection_timestamp", "1971-01-01")))
    if taken.tzinfo is None:
        texts = (one for one in answers.values() if isinstance(one, str))
        found = next((match for text in texts if (match := _ZONE.search(text))), None)
        shift = timedelta(hours=int(found[2]), minutes=int(found[3])) if found else timedelta()
        taken = taken.replace(tzinfo=timezone(-shift if found and found[1] == "-" else shift))
    return taken


def _asked(answers: Mapping[str, object], tool: str) -> Iterator[tuple[Arguments, object]]:
    """Recorded questions of one tool: arguments and answer."""
    for key, answer in answers.items():
        name, colon, text = key.partition(":")
        if name == tool and colon:
            try:
                yield msgspec.json.decode(text, type=dict[str, object]), answer
            except msgspec.DecodeError:
                continue


def _objects(answers: Mapping[str, object], now: datetime) -> tuple[Bundle, list[str]]:
    bundle, notes = Bundle(), []
    for asked, answer in _asked(answers, "GetResources"):
        kind = kind_named(str(asked.get("resource_type")))
        if kind and not asked.get("name") and isinstance(answer, str) and not answer.startswith("Error"):
            bundle.asked(kind)
            bundle.add(objects_from_table(kind, answer, str(asked.get("namespace") or ""), now), TABLE)
    for asked, answer in _asked(answers, "DescribeResource"):
        kind = kind_named(str(asked.get("resource_type")))
        if kind and isinstance(answer, str):
            bundle.add(objects_from_describe(kind, answer, now), DESCRIBED)
    for asked, answer in _asked(answers, "GetAppYAML"):
        if isinstance(answer, str):
            try:
                bundle.add(objects_from_yaml(answer, f"manifest of {asked.get('app_name')}"), MANIFEST)
            except InputError as error:
                notes.append(str(error))
    bundle.add(_daemons(answers, now), DESCRIBED + 1)
    return bundle, notes


def _daemons(answers: Mapping[str, object], now: datetime) -> Iterator[dict[str, object]]:
    """Nodes with what `systemctl` said of their daemons."""
    for asked, answer in _asked(answers, "CheckNodeServiceStatus"):
        condition = condition_of_unit(str(asked.get("service_name")), str(answer), now)
        if condition is not None and asked.get("node_name"):
            yield {"kind": "Node", "metadata": {"name": asked["node_name"]}, "status": {"conditions": [condition]}}


def _alerts(answers: Mapping[str, object], namespace: str) -> Iterator[Alert]:
    for _, answer in _asked(answers, "GetAlerts"):
        yield from alerts_of(answer, namespace)


def _metrics(answers: Mapping[str, object], namespace: str, taken: datetime) -> RecordedMetrics | None:
    """The numbers that alerts cite and tests of connections; without any there is no metric store."""
    found: dict[str, list[Series]] = {}
    tests = list(probes_of(_asked(answers, "CheckServiceConnectivity"), taken))
    if tests:
        found[METRIC] = tests
    for _, answer in _asked(answers, "GetAlerts"):
        for metric, several in samples_of(answer, namespace, taken - LOOKBACK, taken).items():
            found.setdefault(metric, []).extend(several)
    return RecordedMetrics(found) if found else None


def _boundary(answers: Mapping[str, object], namespace: str, cluster: TextCluster) -> Boundary:
    """The declared calls between services; who owns what is left to the defaults."""
    known = cluster.names(namespace)
    edges: list[dict[str, str]] = []
    for asked, answer in _asked(answers, "GetServiceDependencies"):
        callers = _CALLED_BY.search(answer) if isinstance(answer, str) else None
        callee = str(asked.get("service_name"))
        named = {one.strip() for one in callers[1].split(",")} if callers and callee in known else set()
        edges.extend({"from": f"{namespace}/{one}", "to": f"{namespace}/{callee}"} for one in sorted(named & known))
    return boundary_from({"version": 1, "edges": edges}, "dependencies") if edges else Boundary.default()
