"""Daemons of nodes and of the control plane that are down: told by node conditions, their pods, or what they leave."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.nodes import node_evidence, touched
from agent.detectors.pod_state import matters, unready_since
from agent.detectors.reached import Reached, reached
from agent.detectors.unplaced import Unplaced, unplaced
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.objects.capacity import Lease, Node
from tools.objects.meta import condition
from tools.objects.pods import Pod

_TOLD = {
    "KubeletUnhealthy": "kubelet",
    "ContainerRuntimeUnhealthy": "containerd",
    "ContainerdUnhealthy": "containerd",
    "KubeProxyUnhealthy": "kube_proxy",
    "KubeSchedulerUnhealthy": "scheduler",
}
"""Conditions that node-problem-detector's health checker sets; True means trouble."""
_PODS = {"kube-proxy": "kube_proxy", "kube-scheduler": "scheduler"}
_SYSTEM, _SCHEDULER = "kube-system", "kube-scheduler"
STALE = timedelta(minutes=1)
"""A scheduler renews its lease every few seconds."""
FEW = 3
"""Fewer Services that a node does not reach may each have a reason of their own."""


class Down(Struct, frozen=True):
    """A daemon that is down on a node, and what shows it."""

    node: str
    detail: str
    claims: tuple[Predicate, ...]
    since: datetime | None
    until: datetime | None
    strength: float
    says: str


def detect(scene: Scene) -> Iterator[Finding]:
    """`node_component_down`, one per node and daemon, by the surest of what shows it."""
    silent = list(unplaced(scene))
    found: dict[tuple[str, str], Down] = {}
    for one in (*_by_condition(scene), *_by_pod(scene), *_by_reach(scene), *_by_silence(scene, silent)):
        known = found.get((one.node, one.detail))
        scheduler = one.detail == "scheduler" and any(detail == "scheduler" for _, detail in found)
        if matters(scene, one.since, one.until) and not scheduler and (known is None or one.strength > known.strength):
            found[one.node, one.detail] = one
    for one in found.values():
        yield _finding(scene, one, silent)


def _by_condition(scene: Scene) -> Iterator[Down]:
    for node in scene.snapshot.all("Node", Node):
        for state in node.status.conditions:
            detail = _TOLD.get(state.type)
            if detail is not None and state.status == "True":
                path = pointer("conditions", state.type, "status")
                name = node.metadata.name
                claim = Predicate(f"{state.type} holds on {name}", node_evidence(node), "equals", path, "True")
                says = f"node {name}: {state.message or state.reason}"
                yield Down(name, detail, (claim,), state.last_transition_time, None, 0.9, says)


def _by_pod(scene: Scene) -> Iterator[Down]:
    """Daemons that run as pods: kube-proxy of a DaemonSet, the scheduler of a static pod."""
    for component, pods in scene.snapshot.pods_by_component.items():
        if component.startswith(f"{_SYSTEM}/"):
            for pod in pods:
                detail = next((detail for name, detail in _PODS.items() if pod.metadata.name.startswith(name)), None)
                if detail is not None and pod.spec.node_name and not pod.ready:
                    yield _pod_down(component, pod, detail)


def _pod_down(component: str, pod: Pod, detail: str) -> Down:
    name = pod.metadata.name
    path = pointer("pods", name, "ready")
    claim = Predicate(f"{name} is not ready", f"pods/{component}", "equals", path, value=False)
    says = f"{name} on node {pod.spec.node_name} is not ready"
    return Down(pod.spec.node_name, detail, (claim,), unready_since(pod), None, 0.85, says)


def _by_reach(scene: Scene) -> Iterator[Down]:
    """A node from which no Service answers, while from other nodes all of them do."""
    tests = [one for one in reached(scene) if one.node]
    works = {(one.component, one.port) for one in tests if one.open}
    for name in sorted({one.node for one in tests}):
        mine = [one for one in tests if one.node == name and (one.component, one.port) in works]
        if len(mine) >= FEW and not any(one.open for one in mine) and _is_ready(scene, name):
            says = f"from node {name} none of {len(mine)} Services can be reached, from other nodes all of them"
            yield Down(name, "kube_proxy", tuple(one.claim for one in mine[:FEW]), _first(mine), None, 0.7, says)


def _first(several: list[Reached]) -> datetime | None:
    return min((one.since for one in several if one.since), default=None)


def _is_ready(scene: Scene, name: str) -> bool:
    """Whether nothing says that a node is not ready."""
    states = (
        condition(node.status.conditions, "Ready")
        for node in scene.snapshot.all("Node", Node)
        if node.metadata.name == name
    )
    return all(state is None or state.status == "True" for state in states)


def _by_silence(scene: Scene, silent: list[Unplaced]) -> Iterator[Down]:
    """Pods that nobody tries to place, surer where the scheduler's lease is not renewed."""
    lease = next(
        (
            one
            for one in scene.snapshot.all("Lease", Lease)
            if (one.metadata.namespace, one.metadata.name) == (_SYSTEM, _SCHEDULER)
        ),
        None,
    )
    renewed = lease.spec.renew_time if lease else None
    if not silent or (renewed is not None and scene.now - renewed < STALE):
        return
    claims = [one.claim for one in silent[:3]]
    if renewed is not None:
        evidence = f"lease/{_SYSTEM}/{_SCHEDULER}"
        claims.append(Predicate("the scheduler's lease is stale", evidence, "equals", "/spec/renewTime", renewed))
    since = renewed or min((one.since for one in silent if one.since), default=None)
    says = f"{len(silent)} pod(s) wait without a word of the scheduler" + (", its lease is stale" if renewed else "")
    yield Down(_seat(scene), "scheduler", tuple(claims), since, None, 0.9 if renewed else 0.6, says)


def _seat(scene: Scene) -> str:
    """The only node of the control plane, where the scheduler must be; empty where it is out of sight."""
    nodes = scene.snapshot.all("Node", Node)
    chiefs = [node.metadata.name for node in nodes if node.of_control_plane]
    return chiefs[0] if len(chiefs) == 1 else ""


def _sufferers(scene: Scene, one: Down) -> tuple[str, ...]:
    """Whom it touches: without their kubelet or runtime, pods that run go on as long as their node counts as ready."""
    here = touched(scene, one.node)
    if one.detail == "kube_proxy" or not _is_ready(scene, one.node):
        return here
    pods = scene.snapshot.pods_by_component
    return tuple(name for name in here if any(not pod.ready for pod in pods.get(name, ()) if _on(pod, one.node)))


def _on(pod: Pod, node: str) -> bool:
    return pod.spec.node_name == node


def _finding(scene: Scene, one: Down, silent: list[Unplaced]) -> Finding:
    waiting = tuple(dict.fromkeys(pod.component for pod in silent))
    touches = waiting if one.detail == "scheduler" else _sufferers(scene, one)
    return Finding(
        component=f"-/node/{one.node}".lower() if one.node else f"{_SYSTEM}/lease/{_SCHEDULER}",
        condition="node_component_down",
        role="cause" if touches else "background",
        names=(f"{_SYSTEM}/{_SCHEDULER}",) if one.detail == "scheduler" else (),
        detail=one.detail,
        since=one.since,
        until=one.until,
        strength=one.strength,
        touches=touches,
        claims=one.claims,
        says=one.says,
    )
