"""The sweep: ask the sources a bounded set of questions near the incident, and keep what they could not answer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from msgspec import Struct, structs

from agent.clock import Clock
from agent.incident import Incident
from agent.nearest import SYSTEM_NAMESPACE, nearest
from agent.sweep_logs import log_refs, read_logs
from agent.sweep_metrics import Near, Scope, ask_samples, ask_sizes, is_too_much, keep_samples, scope_of
from agent.sweep_search import ask_searched, keep_searched
from tools.evidence import HISTORY, Gap, Window
from tools.gaps import list_gap
from tools.objects.decode import KINDS
from tools.pointed import POINTED
from tools.snapshot import Snapshot
from tools.source import Answer, ClusterSource, LogRef, Sources

_OBJECTS_SHARE = 2 / 3
"""Of the time; the rest is for what is asked near the symptom, even where a cluster never answers."""

_REFS_SHARE = 0.75
"""A little more: whoever has the list of pods tells at once which logs there are."""

_ONLY_IN = {"Lease": "kube-system"}
"""Every node has a lease, and those of the control plane are elsewhere."""

AFTERMATH = timedelta(minutes=15)
"""How far after the window, for whether it has healed; of an incident long ago, not everything up to now."""


class Limits(Struct, frozen=True):
    """Bounds of one diagnosis.

    Attributes:
        requests: Lists and logs of a live cluster, pages and further attempts included.
        logs: Containers whose logs are read, if there is room for so many.
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
        _read_objects(snapshot, sources.cluster, clock)
    # A source may wait there for a list of pods that never comes.
    known = [partial(log_refs, snapshot, sources.cluster, incident)] if sources.cluster is not None else []
    refs = next(clock.asked(known, _REFS_SHARE), None) or []
    scope = _scope(snapshot, next(sizes, None), refs, incident, limits)
    samples = ask_samples(sources.metrics, scope, window, clock) if sources.metrics is not None else None
    if sources.cluster is not None:
        read_logs(snapshot, sources.cluster, refs, incident, limits.logs, clock)
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


def _read_objects(snapshot: Snapshot, cluster: ClusterSource, clock: Clock) -> None:
    base = [kind for kind in KINDS if kind not in POINTED]
    gaps = _read_kinds(snapshot, cluster, base, clock)
    if len(gaps) == len(base) and not snapshot.objects and len({(one.status, one.error) for one in gaps}) == 1:
        snapshot.gaps.append(structs.replace(gaps[0], id="gap/kubernetes/objects", what="objects"))
        return
    snapshot.gaps.extend(gaps)
    pointed = [kind for kind, told in POINTED.items() if told(snapshot)]
    snapshot.gaps.extend(_read_kinds(snapshot, cluster, pointed, clock))


def _read_kinds(snapshot: Snapshot, cluster: ClusterSource, kinds: Sequence[str], clock: Clock) -> list[Gap]:
    """Read lists, and return what could not be read."""
    answers = clock.asked([partial(cluster.objects, kind, _ONLY_IN.get(kind)) for kind in kinds], _OBJECTS_SHARE)
    gaps = []
    for kind, answered in zip(kinds, answers, strict=True):
        answer = answered or Answer([], f"kubectl get {kind.lower()} -A -o json", "error", clock.late(_OBJECTS_SHARE))
        snapshot.queries[kind] = answer.query
        snapshot.notes.extend(answer.warnings)
        if answer.value:
            snapshot.objects[kind] = list(answer.value)
        if not answer.known:
            gaps.append(list_gap(kind, answer, live=clock.live or answer.live))
    return gaps
