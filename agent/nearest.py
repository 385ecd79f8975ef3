"""Which logs to read when there are too many: those near the symptom."""

from collections.abc import Sequence

from agent.incident import Incident
from agent.scene import Scene
from tools.snapshot import Snapshot
from tools.source import LogRef

SYSTEM_NAMESPACE = "kube-system"
_OF_THE_CLUSTER, _FAR = 4, 5
_REPLICAS = 3
"""Of one workload, this many pods are read before those of the next nearest are: replicas mostly say the same."""


def nearest(refs: Sequence[LogRef], incident: Incident, snapshot: Snapshot, most: int) -> list[LogRef]:
    """At most `most` of the logs, in the order given.

    Nearest is what was asked about, then what it is known to call and who calls it, then its namespace, then the
    cluster's own workloads. Others are read only where nothing is near.
    """
    scene = Scene(incident, snapshot)
    turns = _turns(snapshot)
    ranked = []
    for ref in refs:
        component = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        place = turns.get((ref.namespace, ref.pod), 0)
        ranked.append((_distance(scene, component, ref.namespace), place // _REPLICAS, place, ref))
    ranked.sort()
    if ranked[0][0] < _OF_THE_CLUSTER:
        ranked = [one for one in ranked if one[0] < _FAR]
    chosen = {one[-1] for one in ranked[:most]}
    return [ref for ref in refs if ref in chosen]


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


def _turns(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """Each pod's place among those of its workload, unready ones first."""
    return {
        (pod.metadata.namespace, pod.metadata.name): place
        for pods in snapshot.pods_by_component.values()
        for place, pod in enumerate(sorted(pods, key=lambda one: (one.ready, one.metadata.name)))
    }
