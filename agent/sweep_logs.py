"""The logs of a sweep: those near the symptom, as many as there is room for, and what of them could not be read."""

from functools import partial

from agent.clock import Clock
from agent.incident import Incident
from agent.nearest import Choice, choose
from tools.evidence import HISTORY, Gap
from tools.gaps import log_gap
from tools.logs import LogDigest, read_log
from tools.snapshot import Snapshot
from tools.source import Answer, ClusterSource, LogRef


def log_refs(snapshot: Snapshot, cluster: ClusterSource, incident: Incident) -> list[LogRef]:
    """Containers that run, and those whose logs outlived them, near the incident first."""
    kept = [ref for namespace in _namespaces(snapshot, incident) for ref in cluster.log_refs(namespace)]
    running = [
        LogRef(pod.metadata.namespace, pod.metadata.name, status.name)
        for pod in snapshot.pods
        for status in pod.statuses
        if status.has_begun
    ]
    namespace = incident.namespace
    return sorted(dict.fromkeys((*kept, *running)), key=lambda ref: (ref.namespace != namespace, ref))


def read_logs(
    snapshot: Snapshot, cluster: ClusterSource, known: list[LogRef], incident: Incident, most: int, clock: Clock
) -> None:
    """Read at most `most` of the known logs into the snapshot, the nearest where there is no room for all."""
    window = incident.window.widened(HISTORY)
    room = cluster.room()
    most = most if room is None else min(most, room)
    choice = Choice(known, []) if len(known) <= most else choose(known, incident, snapshot, most)
    refs = choice.refs
    gaps: dict[tuple[str, str, str], Gap] = {}
    for ref, answered in zip(refs, clock.asked([partial(cluster.logs, ref, window) for ref in refs]), strict=True):
        answer = answered or Answer("", "", "error", clock.late())
        if answer.value:
            snapshot.logs[ref] = _until(read_log(answer.value), snapshot, ref, live=clock.live)
        if not answer.known:
            gap = log_gap(snapshot, ref, answer, live=clock.live or answer.live)
            same = gaps.setdefault((gap.id, gap.status, gap.error), gap)
            if same.previous:
                gaps[gap.id, gap.status, gap.error] = gap
    snapshot.gaps.extend(gaps.values())
    if len(refs) < len(known):
        said = f"logs of {len(refs)} of {len(known)} containers were read"
        snapshot.notes.append(said)
        unheard: Answer[str] = Answer("", "", "truncated", f"{said}, and none of this one")
        snapshot.gaps.extend(log_gap(snapshot, ref, unheard, live=clock.live) for ref in choice.silent)


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
