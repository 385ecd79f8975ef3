"""The sweep: ask the sources a bounded set of questions near the incident, and keep what they could not answer."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from msgspec import Struct, structs

from agent.incident import Incident
from agent.nearest import nearest
from tools.evidence import Gap
from tools.logs import LogDigest, read_log
from tools.objects.decode import KINDS
from tools.objects.meta import Wire
from tools.parallel import in_order
from tools.signals import SIGNALS
from tools.snapshot import Snapshot
from tools.source import Answer, ClusterSource, LogRef, MetricSource, SearchedLine, SearchSource, Sources

T = TypeVar("T")
Searched = Answer[list[SearchedLine]]

_AT_ONCE = 8
_UNKNOWN = frozenset({"denied", "error", "truncated"})

_ONLY_IN = {"Lease": "kube-system"}
"""Every node has a lease, and those of the control plane are elsewhere."""

HISTORY = timedelta(hours=2)
"""How far before the window logs and samples are read: what is normal is only known from then."""


class Limits(Struct, frozen=True):
    """Bounds of one diagnosis.

    Attributes:
        requests: List calls to the cluster.
        logs: Containers whose logs are read.
        seconds: After which nobody is waited for any more; None for what answers from files.
    """

    requests: int = 40
    logs: int = 400
    seconds: float | None = None


LIVE = Limits(logs=40, seconds=30.0)
"""Bounds for systems that are asked over a network."""


def sweep(incident: Incident, sources: Sources, limits: Limits) -> Snapshot:
    """Read what the incident needs into a snapshot; a source that is not configured is a gap."""
    snapshot = Snapshot(sources.name, incident.window, sources.now)
    snapshot.gaps.extend(sources.gaps)
    deadline = time.monotonic() + limits.seconds if limits.seconds is not None else None
    # Begun before the cluster is read: one that hangs must not cost what another system has to say.
    searched = _asked(_searches(sources.search, incident, sources.now) if sources.search else [], deadline)
    if sources.cluster is None:
        snapshot.gaps.append(_absent("kubernetes", "objects"))
    else:
        _read_objects(snapshot, sources.cluster, limits, deadline)
        _read_logs(snapshot, sources.cluster, incident, limits, deadline)
    if sources.metrics is None:
        snapshot.gaps.append(_absent("prometheus", "metrics"))
    else:
        _read_samples(snapshot, sources.metrics)
    if sources.search is not None:
        _read_searched(snapshot, searched, limits, live=deadline is not None)
    if sources.status is not None:
        snapshot.feeds.extend(sources.status.feeds().value)
    return snapshot


def _absent(source: str, what: str) -> Gap:
    return Gap(
        id=f"gap/{source}/{what}", source=source, what=what, status="error", error="no such source is configured"
    )


def _asked(calls: Sequence[Callable[[], T]], deadline: float | None) -> Iterator[T | None]:
    """The calls' results in order; against a deadline they run at once, and None stands for what came too late."""
    if deadline is None:
        return (call() for call in calls)
    return in_order(calls, _AT_ONCE, deadline)


def _read_objects(snapshot: Snapshot, cluster: ClusterSource, limits: Limits, deadline: float | None) -> None:
    kinds = list(KINDS)[: limits.requests]
    answers = _asked([partial(cluster.objects, kind, _ONLY_IN.get(kind)) for kind in kinds], deadline)
    gaps = []
    for kind, answered in zip(kinds, answers, strict=True):
        answer = answered or Answer([], f"kubectl get {kind.lower()} -A -o json", "error", _late(limits))
        snapshot.queries[kind] = answer.query
        if answer.value:
            snapshot.objects[kind] = list(answer.value)
        if answer.status in _UNKNOWN:
            gaps.append(_kind_gap(kind, answer, live=deadline is not None or answer.live))
    alike = len(gaps) == len(kinds) and not snapshot.objects and len({(one.status, one.error) for one in gaps}) == 1
    if alike:
        gaps = [structs.replace(gaps[0], id="gap/kubernetes/objects", what="objects")]
    snapshot.gaps.extend(gaps)


def _kind_gap(kind: str, answer: Answer[Sequence[Wire]], *, live: bool) -> Gap:
    return Gap(
        id=f"gap/kubernetes/{kind.lower()}",
        source="kubernetes",
        what=kind,
        status=answer.status,
        error=answer.error,
        live=live,
        whole_in=answer.whole_in,
    )


def _read_logs(
    snapshot: Snapshot, cluster: ClusterSource, incident: Incident, limits: Limits, deadline: float | None
) -> None:
    window = incident.window.widened(HISTORY)
    known = _log_refs(snapshot, cluster, incident)
    refs = known if len(known) <= limits.logs else nearest(known, incident, snapshot, limits.logs)
    gaps: dict[tuple[str, str, str], Gap] = {}
    for ref, answered in zip(refs, _asked([partial(cluster.logs, ref, window) for ref in refs], deadline), strict=True):
        answer = answered or Answer("", "", "error", _late(limits))
        if answer.value:
            snapshot.logs[ref] = _until(read_log(answer.value), snapshot, ref, live=deadline is not None)
        if answer.status in _UNKNOWN:
            gap = structs.replace(_log_gap(snapshot, ref, answer), live=deadline is not None or answer.live)
            same = gaps.setdefault((gap.id, gap.status, gap.error), gap)
            if same.previous:
                gaps[gap.id, gap.status, gap.error] = gap
    snapshot.gaps.extend(gaps.values())
    if len(refs) < len(known):
        snapshot.notes.append(f"logs of {len(refs)} of {len(known)} containers were read")


def _late(limits: Limits) -> str:
    return f"no answer within the {limits.seconds:g} s of this diagnosis"


def _log_refs(snapshot: Snapshot, cluster: ClusterSource, incident: Incident) -> list[LogRef]:
    """Containers that run, and those whose logs outlived them, near the incident first."""
    kept = [ref for namespace in _namespaces(snapshot, incident) for ref in cluster.log_refs(namespace)]
    running = [
        LogRef(pod.metadata.namespace, pod.metadata.name, status.name)
        for pod in snapshot.pods
        for status in pod.statuses
    ]
    namespace = incident.namespace
    return sorted(dict.fromkeys((*kept, *running)), key=lambda ref: (ref.namespace != namespace, ref))


def _log_gap(snapshot: Snapshot, ref: LogRef, answer: Answer[str]) -> Gap:
    component = snapshot.component_of_pod_name(ref.namespace, ref.pod)
    return Gap(
        id=f"gap/logs/{component}",
        source="kubernetes",
        what="logs",
        status=answer.status,
        error=answer.error,
        namespace=ref.namespace,
        pod=ref.pod,
        container=ref.container,
        previous=ref.previous,
    )


def _namespaces(snapshot: Snapshot, incident: Incident) -> list[str]:
    """The incident's namespace first, then the others by name."""
    found = {pod.metadata.namespace for pod in snapshot.pods} | {incident.namespace} - {""}
    return sorted(found, key=lambda one: (one != incident.namespace, one))


def _until(digest: LogDigest, snapshot: Snapshot, ref: LogRef, *, live: bool) -> LogDigest:
    """Leave out what is younger than the moment of asking, unless the whole log is: then the clock is off.

    A live log goes on while it is read, which is worth no note.
    """
    now = snapshot.now
    times = [at for at in digest.times if at is not None]
    later = sum(1 for at in times if at > now)
    if not later:
        return digest
    if later == len(times):
        snapshot.notes.append(
            f"all lines of {ref.namespace}/{ref.pod}/{ref.container} are stamped after {now:%H:%M:%SZ}"
        )
        return digest
    if not live:
        container = f"{ref.namespace}/{ref.pod}/{ref.container}"
        snapshot.notes.append(f"{later} lines of {container} are younger and were left out")
    digest.mentions = [one for one in digest.mentions if one.at is None or one.at <= now]
    return digest


def _read_samples(snapshot: Snapshot, metrics: MetricSource) -> None:
    window = snapshot.window.widened(HISTORY)
    window = type(window)(window.start, max(window.end, snapshot.now))
    answered = False
    for metric in dict.fromkeys(name for signal in SIGNALS for name in signal.metrics):
        answer = metrics.series(metric, {}, window)
        if answer.value:
            snapshot.samples[metric] = answer.value
        if answer.status in {"denied", "error"} and not answered:
            answered = True
            snapshot.gaps.append(
                Gap(
                    id="gap/prometheus/metrics",
                    source="prometheus",
                    what="metrics",
                    status=answer.status,
                    error=answer.error,
                )
            )


def _searches(search: SearchSource, incident: Incident, now: datetime) -> list[Callable[[], Searched]]:
    """What is asked of a search: events of every kind, and the logs of the incident's namespace."""
    window = incident.window.widened(HISTORY)
    window = type(window)(window.start, max(window.end, now))
    return [partial(search.events, window), partial(search.logs, incident.namespace, window)]


def _read_searched(snapshot: Snapshot, answers: Iterator[Searched | None], limits: Limits, *, live: bool) -> None:
    """Lines found by a search stand in for logs that the cluster itself did not give."""
    events, logs = (answer or Answer([], "", "error", _late(limits)) for answer in answers)
    snapshot.searched.extend(events.value)
    for what, answer in (("events", events), ("logs", logs)):
        if answer.status in _UNKNOWN:
            gap = Gap(id=f"gap/datadog/{what}", source="datadog", what=what, status=answer.status, error=answer.error)
            snapshot.gaps.append(structs.replace(gap, live=live or answer.live))
    by_log: dict[LogRef, list[SearchedLine]] = {}
    for line in logs.value:
        if line.pod:
            by_log.setdefault(LogRef(line.namespace, line.pod, line.container or line.service), []).append(line)
    known = {(ref.namespace, ref.pod, ref.container) for ref in snapshot.logs}
    for ref, lines in by_log.items():
        if (ref.namespace, ref.pod, ref.container) not in known:
            snapshot.logs[ref] = read_log([f"{_stamp(line.at)} {line.text}" for line in lines])


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
