"""Pods that have no node and of which no scheduler has said a word."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.pod_state import events_of_pod, is_job, matters
from agent.finding import Predicate
from agent.scene import Scene, pointer
from tools.objects.meta import condition
from tools.objects.pods import Pod

AT_ONCE = timedelta(seconds=30)
"""A scheduler that runs takes up a new pod within moments."""
_DEFAULT = frozenset({"", "default-scheduler"})


class Unplaced(Struct, frozen=True):
    """One such pod."""

    component: str
    since: datetime | None
    claim: Predicate


def unplaced(scene: Scene) -> Iterator[Unplaced]:
    """Pods that wait in silence; gated ones, and those of another scheduler, are not the scheduler's to place."""
    for component, pods in scene.snapshot.pods_by_component.items():
        for pod in pods if not is_job(component) else ():
            since = pod.metadata.creation_timestamp
            if _waits_unseen(scene, pod) and matters(scene, since, None):
                path = pointer("pods", pod.metadata.name, "node")
                text = f"{pod.metadata.name} has no node, and no event tells why"
                yield Unplaced(component, since, Predicate(text, f"pods/{component}", "equals", path, ""))


def _waits_unseen(scene: Scene, pod: Pod) -> bool:
    if pod.spec.node_name or pod.status.phase not in {"Pending", ""} or pod.spec.scheduler_name not in _DEFAULT:
        return False
    said = condition(pod.status.conditions, "PodScheduled")
    if (said is not None and (said.reason or said.message)) or events_of_pod(scene, pod):
        return False
    made = pod.metadata.creation_timestamp
    return made is not None and scene.now - made >= AT_ONCE and scene.snapshot.gap_about("Event") is None
