"""What the detectors of the object side ask of pods alike: which ones count, and how they ended."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from agent.finding import Finding, Predicate, Role
from agent.scene import Scene, pointer
from tools.objects.containers import Container
from tools.objects.events import Event
from tools.objects.meta import condition
from tools.objects.pods import ContainerStatus, Pod, Terminated
from tools.plain_text import plain
from tools.signals import BY_NAME
from tools.views_metrics import series_of

TOGETHER = timedelta(minutes=3)
"""Ends this close to each other on most pods are one restart of the cluster, not one crash each."""
SETTLED = timedelta(minutes=5)
"""A container that has run this long since its last death counts as healed."""
QUOTED = 300
"""Characters of an event's message that the event view keeps."""


class Troubled(Struct, frozen=True):
    """One container of one pod, with where its evidence is."""

    component: str
    pod: Pod
    status: ContainerStatus

    @property
    def spec(self) -> Container | None:
        """What was asked for."""
        return self.pod.spec.container(self.status.name)

    def claim(self, text: str, step: str, value: object, op: str = "equals") -> Predicate:
        """A claim about this container's status."""
        path = pointer("pods", self.pod.metadata.name, "containers", self.status.name) + step
        return Predicate(text, f"pods/{self.component}", op, path, value)  # type: ignore[arg-type]

    def ended(self, text: str, end: Terminated) -> Predicate:
        """A claim that the container ended: by its exit code, where that is known, else by its restarts."""
        if end.exit_code is None:
            return self.claim(text, "/restarts", max(1, self.status.restart_count), "count_at_least")
        return self.claim(text, "/ended/exitCode", end.exit_code)


def containers(scene: Scene) -> Iterator[Troubled]:
    """Every container that is meant to run on; those of Jobs only when they are asked about."""
    for component, pods in scene.snapshot.pods_by_component.items():
        if is_job(component) and component not in scene.asked:
            continue
        for pod in pods:
            if pod.metadata.deletion_timestamp is None and pod.status.phase != "Succeeded":
                for status in pod.statuses:
                    yield Troubled(component, pod, status)


def is_job(component: str) -> bool:
    """Whether pods of the component are meant to end."""
    return component.split("/")[1] in {"job", "cronjob"}


def role_of(scene: Scene, component: str) -> Role:
    """What only observes, or is linked to nothing and lives elsewhere, explains nobody's trouble."""
    return "background" if scene.is_telemetry(component) or _elsewhere(scene, component) else "cause"


def _elsewhere(scene: Scene, component: str) -> bool:
    """Whether a component is in another namespace than the incident's, not asked about, and calls and serves nobody."""
    namespace, asked = component.partition("/")[0], scene.incident.namespace
    if not asked or namespace == asked or namespace.startswith("kube-") or component in scene.asked:
        return False
    return not scene.graph.calls_of(component) and not scene.graph.callers_of(component)


def names_of(scene: Scene, component: str) -> tuple[str, ...]:
    """The Services in front of a component."""
    return tuple(f"{s.metadata.namespace}/{s.metadata.name}" for s in scene.snapshot.services_of(component))


def matters(scene: Scene, since: datetime | None, until: datetime | None) -> bool:
    """Whether a state held at some time of the window."""
    return not (since and since > scene.window.end) and not (until and until < scene.window.start)


def ready_since(pod: Pod) -> datetime | None:
    """Since when a ready pod is ready; None when it is not."""
    found = condition(pod.status.conditions, "Ready")
    return found.last_transition_time if found and found.status == "True" else None


def unready_since(pod: Pod) -> datetime | None:
    """Since when an unready pod is not ready; None when it is."""
    found = condition(pod.status.conditions, "Ready")
    return found.last_transition_time if found and found.status != "True" else None


def waits(status: ContainerStatus, *reasons: str) -> bool:
    """Whether the container waits for one of the reasons."""
    return status.waiting_reason in reasons


def looping(status: ContainerStatus) -> bool:
    """Whether the container keeps ending and being started again, as of now."""
    ended = status.state.terminated
    return waits(status, "CrashLoopBackOff") or (ended is not None and ended.reason != "Completed")


def death(scene: Scene, one: Troubled) -> Terminated | None:
    """How the container ended, if that lies in the window or still keeps it down; None for old or shared restarts."""
    ended = one.status.last_end
    if ended is None or (ended.finished_at and ended.finished_at > scene.window.end and not looping(one.status)):
        return None
    if not looping(one.status) and not scene.window.holds(ended.finished_at):
        return None
    return None if together(scene, ended) else ended


def together(scene: Scene, ended: Terminated) -> bool:
    """Whether most pods ended at that time: the cluster or its machine was restarted."""
    if ended.finished_at is None:
        return ended.reason == "Unknown"
    ends = scene.snapshot.last_ends
    near = bisect_right(ends, ended.finished_at + TOGETHER) - bisect_left(ends, ended.finished_at - TOGETHER)
    shared = near >= 4 and near * 2 > len(scene.snapshot.pods)
    return shared or (near >= 3 and (ended.reason == "Unknown" or ended.exit_code == 255))


def healed_at(scene: Scene, one: Troubled, ended: Terminated | None) -> datetime | None:
    """When the pod became well again for good, None while it is not or not yet surely."""
    at = ready_since(one.pod)
    if at is None or looping(one.status) or one.status.waiting_reason:
        return None
    died = ended.finished_at if ended is not None else None
    if died is not None and (scene.now - died < SETTLED or at < died):
        return None
    return at


def first_death(scene: Scene, one: Troubled, ended: Terminated) -> datetime | None:
    """When the deaths began: by the first back-off or the counter of restarts, else the last end that is known.

    None where more deaths came before it in the window and nothing tells when: a container's status only
    remembers its last one.
    """
    backs = [event.first for event in events_of_pod(scene, one.pod, "BackOff") if event.first]
    counted = _first_counted(scene, one)
    times = [at for at in (*backs, counted, ended.finished_at) if at is not None]
    earlier = one.status.restart_count >= 2 and scene.window.holds(ended.started_at)
    return None if earlier and not backs and counted is None else min(times, default=None)


def deaths_of(scene: Scene, component: str) -> list[datetime | None]:
    """When each dying container began to die; None for those of which only the last death is on record."""
    mine = [one for one in containers(scene) if one.component == component]
    ends = [(one, death(scene, one)) for one in mine]
    return [first_death(scene, one, ended) for one, ended in ends if ended is not None]


def _first_counted(scene: Scene, one: Troubled) -> datetime | None:
    """The last sample before the counter of restarts rose for the first time in the window."""
    meta = one.pod.metadata
    wanted = {"namespace": meta.namespace, "pod": meta.name, "container": one.status.name}
    start, end = scene.window.start.timestamp(), scene.window.end.timestamp()
    rises = [
        before
        for series in series_of(scene.snapshot, BY_NAME["restarts"])
        if all(series.labels.get(key) == value for key, value in wanted.items())
        for (before, low), (after, high) in pairwise(series.points)
        if high > low and start <= after <= end
    ]
    return datetime.fromtimestamp(min(rises), UTC) if rises else None


def events_of_pod(scene: Scene, pod: Pod, *reasons: str) -> list[Event]:
    """Events about one pod, oldest first, of some reasons or all."""
    found = scene.snapshot.events_about(pod.metadata.namespace, "Pod", pod.metadata.name)
    return [event for event in found if not reasons or event.reason in reasons]


def event_claim(component: str, event: Event, text: str) -> Predicate:
    """The claim that an event of the component says what it says."""
    path = pointer("by_reason", event.reason, "messages")
    return Predicate(text, f"events/{component}", "contains", path, plain(event.text, QUOTED))


def merged(findings: list[Finding]) -> Finding:
    """One finding of several about the same condition of the same component: the longest time, the surest claims."""
    first = max(findings, key=lambda one: one.strength)
    since = [one.since for one in findings if one.since]
    until = [one.until for one in findings]
    claims = tuple(dict.fromkeys(claim for one in findings for claim in one.claims))
    return Finding(
        component=first.component,
        condition=first.condition,
        role=first.role,
        claims=claims[:6],
        names=first.names,
        detail=first.detail,
        since=min(since, default=None),
        until=None if None in until else max((at for at in until if at), default=None),
        strength=first.strength,
        touches=first.touches,
        on_edge=first.on_edge,
        says=first.says,
    )


def merge_all(findings: Iterator[Finding]) -> Iterator[Finding]:
    """One finding per component, condition and detail."""
    groups: dict[tuple[str, str, str | None], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.component, one.condition, one.detail), []).append(one)
    for several in groups.values():
        yield merged(several)
