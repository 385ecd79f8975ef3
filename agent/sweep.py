"""The sweep: ask the sources a bounded set of questions near the incident, and keep what they could not answer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from msgspec import Struct, structs

from agent.clock import Clock
from agent.incident import Incident
from agent.nearest import SYSTEM_NAMESPACE, nearest
from agent.sweep_metrics import Near, Scope, ask_samples, ask_sizes, is_too_much, keep_samples, scope_of
from agent.sweep_search import ask_searched, keep_searched
from tools.evidence import Gap, Window
from tools.logs import LogDigest, read_log
from tools.objects.decode import KINDS
from tools.objects.meta import Wire
from tools.snapshot import Snapshot
from tools.source import Answer, ClusterSource, LogRef, Sources

_OBJECTS_SHARE = 2 / 3
"""Of the time; the rest is for what is asked near the symptom, even where a cluster never answers."""

_UNKNOWN = frozenset({"denied", "error", "truncated"})

_ONLY_IN = {"Lease": "kube-system"}
"""Every node has a lease, and those of the control plane are elsewhere."""

HISTORY = timedelta(hours=2)
"""How far before the window logs and samples are read: what is normal is only known from then."""

AFTERMATH = timedelta(minutes=15)
"""How far after the window, for whether it has healed; of an incident long ago, not everything up to now."""


class Limits(Struct, frozen=True):
    """Bounds of one diagnosis.

    Attributes:
        requests: List calls to the cluster.
        logs: Containers whose logs are read.
        samples: Of metrics, about so many where a store tells how many it has.
        seconds: After which nobody is waited for any more; None for what answers from files.
    """

    requests: int = 40
    logs: int = 400
    samples: int = 500_000
    seconds: float | None = None


LIVE = Limits(logs=40, seconds=30.0)
"""Bounds for systems that are asked over a network."""


def sweep(incident: Incident, sources: Sources, limits: Limits) -> Snapshot:
    """Read what the incident needs into a snapshot; a source that is not configured is a gap.

    Systems are asked at once: one that hangs takes nobody else's time.
    """
    snapshot = Snapshot(sources.name, incident.window, sources.now)
    snapshot.gaps.extend(sources.gaps)
    clock = Clock(limits.seconds)
    window = incident.window.widened(HISTORY)
    window = Window(window.start, max(window.end, min(sources.now, window.end + AFTERMATH)))
    # Begun before the cluster is read: one that hangs must not cost what another system has to say.
    sizes = ask_sizes(sources.sizes, window, clock, _OBJECTS_SHARE)
    searched = ask_searched(sources.search, incident, window, clock)
    feeds = clock.asked([sources.status.feeds] if sources.status is not None else [])
    if sources.cluster is None:
        snapshot.gaps.append(_absent("kubernetes", "objects"))
    else:
        _read_objects(snapshot, sources.cluster, limits, clock)
    refs = _log_refs(snapshot, sources.cluster, incident) if sources.cluster is not None else []
    scope = _scope(snapshot, next(sizes, None), refs, incident, limits)
    samples = ask_samples(sources.metrics, scope, window, clock) if sources.metrics is not None else None
    if sources.cluster is not None:
        _read_logs(snapshot, sources.cluster, refs, incident, limits, clock)
    if samples is None:
        snapshot.gaps.append(_absent("prometheus", "metrics"))
    else:
        keep_samples(snapshot, samples, clock)
    keep_searched(snapshot, searched, clock)
    for answer in feeds:
        snapshot.feeds.extend(answer.value if answer else [])
    return snapshot


def _absent(source: str, what: str) -> Gap:
    return Gap(
        id=f"gap/{source}/{what}", source=source, what=what, status="error", error="no such source is configured"
    )


def _scope(
    snapshot: Snapshot, sizes: Answer[dict[str, int]] | None, refs: list[LogRef], incident: Incident, limits: Limits
) -> Scope:
    """Which samples are read: all, where they are not too many."""
    if sizes is None or not is_too_much(sizes, limits.samples):
        return Scope()
    chosen = nearest(refs, incident, snapshot, limits.logs) if refs else []
    chosen.sort(key=lambda ref: ref.namespace != incident.namespace)
    spaces = dict.fromkeys([incident.namespace, *(ref.namespace for ref in chosen), SYSTEM_NAMESPACE])
    near = Near([one for one in spaces if one], list(dict.fromkeys(ref.pod for ref in chosen)))
    scope = scope_of(sizes.value, near, limits.samples)
    snapshot.notes.append(scope.note)
    return scope


def _read_objects(snapshot: Snapshot, cluster: ClusterSource, limits: Limits, clock: Clock) -> None:
    kinds = list(KINDS)[: limits.requests]
    answers = clock.asked([partial(cluster.objects, kind, _ONLY_IN.get(kind)) for kind in kinds], _OBJECTS_SHARE)
    gaps = []
    for kind, answered in zip(kinds, answers, strict=True):
        answer = answered or Answer([], f"kubectl get {kind.lower()} -A -o json", "error", clock.late(_OBJECTS_SHARE))
        snapshot.queries[kind] = answer.query
        if answer.value:
            snapshot.objects[kind] = list(answer.value)
        if answer.status in _UNKNOWN:
            gaps.append(_kind_gap(kind, answer, live=clock.live or answer.live))
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
    snapshot: Snapshot, cluster: ClusterSource, known: list[LogRef], incident: Incident, limits: Limits, clock: Clock
) -> None:
    window = incident.window.widened(HISTORY)
    refs = known if len(known) <= limits.logs else nearest(known, incident, snapshot, limits.logs)
    gaps: dict[tuple[str, str, str], Gap] = {}
    for ref, answered in zip(refs, clock.asked([partial(cluster.logs, ref, window) for ref in refs]), strict=True):
        answer = answered or Answer("", "", "error", clock.late())
        if answer.value:
            snapshot.logs[ref] = _until(read_log(answer.value), snapshot, ref, live=clock.live)
        if answer.status in _UNKNOWN:
            gap = structs.replace(_log_gap(snapshot, ref, answer), live=clock.live or answer.live)
            same = gaps.setdefault((gap.id, gap.status, gap.error), gap)
            if same.previous:
                gaps[gap.id, gap.status, gap.error] = gap
    snapshot.gaps.extend(gaps.values())
    if len(refs) < len(known):
        snapshot.notes.append(f"logs of {len(refs)} of {len(known)} containers were read")


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
