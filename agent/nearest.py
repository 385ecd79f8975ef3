"""Which logs to read when there are too many: those near the symptom."""

from collections.abc import Sequence

from msgspec import Struct

from agent.incident import Incident
from agent.scene import Scene
from tools.snapshot import Snapshot
from tools.source import LogRef

SYSTEM_NAMESPACE = "kube-system"
_ON_THE_PATH, _NEAR, _OF_THE_CLUSTER, _FAR = 1, 3, 4, 5
_REPLICAS = 3
"""Of one workload, this many pods are read before those of the next nearest are: replicas mostly say the same."""


class Choice(Struct, frozen=True):
    """Logs to read.

    Attributes:
        refs: In the order given.
        silent: One log of each component that matters to the question and of which none is read.
    """

    refs: list[LogRef]
    silent: list[LogRef]


def nearest(refs: Sequence[LogRef], incident: Incident, snapshot: Snapshot, most: int) -> list[LogRef]:
    """The refs of `choose`."""
    return choose(refs, incident, snapshot, most).refs


def choose(refs: Sequence[LogRef], incident: Incident, snapshot: Snapshot, most: int) -> Choice:
    """At most `most` of the logs.

    Nearest is what was asked about, then what it is known to call and who calls it, then its namespace, then the
    cluster's own workloads. Others are read only where nothing is near. What a pod that is ready by now said before its
    restart comes after what the others say.
    """
    scene = Scene(incident, snapshot)
    turns = _turns(snapshot)
    ranked = []
    for ref in refs:
        component = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        place, ready = turns.get((ref.namespace, ref.pod), (0, False))
        past = ref.previous and ready
        ranked.append((_distance(scene, component, ref.namespace), place // _REPLICAS, past, place, ref))
    ranked.sort()
    if ranked[0][0] < _OF_THE_CLUSTER:
        ranked = [one for one in ranked if one[0] < _FAR]
    chosen = {one[-1] for one in ranked[:most]}
    heard = {snapshot.component_of_pod_name(ref.namespace, ref.pod) for ref in chosen}
    silent: dict[str, LogRef] = {}
    for distance, *_, ref in ranked[most:]:
        component = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        if distance <= (_ON_THE_PATH if scene.asked else _NEAR) and component not in heard:
            silent.setdefault(component, ref)
    return Choice([ref for ref in refs if ref in chosen], list(silent.values()))


def _distance(scene: Scene, component: str, namespace: str) -> int:
    if component in scene.asked:
        return 0
    if component in scene.path_of_asked:
        return 1
    if namespace == scene.incident.namespace:
        return 2
    if scene.neighbourhood is not None and component in scene.neighbourhood:
        return 3
    return _OF_THE_CLUSTER if namespace == SYSTEM_NAMESPACE else _FAR


def _turns(snapshot: Snapshot) -> dict[tuple[str, str], tuple[int, bool]]:
    """Each pod's place among those of its workload, unready ones first; and whether it is ready."""
    return {
        (pod.metadata.namespace, pod.metadata.name): (place, pod.ready)
        for pods in snapshot.pods_by_component.values()
        for place, pod in enumerate(sorted(pods, key=lambda one: (one.ready, one.metadata.name)))
    }
