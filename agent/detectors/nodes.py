"""Nodes that are not ready or short of memory or disk, and what runs on them."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.pod_state import matters
from agent.detectors.scheduling import NODE_SIDE, reason, waits
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.objects.capacity import Node
from tools.objects.events import Event
from tools.objects.meta import Condition, condition
from tools.plain_text import plain

_PRESSURES = {"MemoryPressure": "memory_pressure", "DiskPressure": "disk_full"}
_TOLD = {
    "NodeNotReady": "node_not_ready",
    "NodeHasInsufficientMemory": "memory_pressure",
    "NodeHasDiskPressure": "disk_full",
}
_KINDS = {mode: kind for kind, mode in _PRESSURES.items()} | {"node_not_ready": "Ready"}
_RUNTIME = ("container runtime is down", "containerd.sock", "PLEG is not healthy", "container runtime status check")


class Told(Struct, frozen=True):
    """What is known of one state of a node."""

    mode: str
    claims: tuple[Predicate, ...]
    since: datetime | None
    until: datetime | None
    says: str
    detail: str | None = None


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding per node and condition, held now or in the window."""
    for node in scene.snapshot.all("Node", Node):
        found = list(_now(scene, node))
        yield from found
        yield from _past(scene, node, {one.condition for one in found})


def _now(scene: Scene, node: Node) -> Iterator[Finding]:
    ready = condition(node.status.conditions, "Ready")
    if ready is not None and ready.status != "True":
        runtime = any(text in ready.message for text in _RUNTIME)
        mode = "node_component_down" if runtime else "node_not_ready"
        yield from _held(scene, node, ready, mode, "containerd" if runtime else None)
    for kind, mode in _PRESSURES.items():
        pressed = condition(node.status.conditions, kind)
        if pressed is not None and pressed.status == "True":
            yield from _held(scene, node, pressed, mode, None)


def _held(scene: Scene, node: Node, state: Condition, mode: str, detail: str | None) -> Iterator[Finding]:
    since = state.last_transition_time
    if not matters(scene, since, None):
        return
    path = pointer("conditions", state.type, "status")
    claim = Predicate(f"{state.type} is {state.status}", node_evidence(node), "equals", path, state.status)
    says = f"node {node.metadata.name}: {state.type} is {state.status} ({state.reason}: {plain(state.message, 160)})"
    yield _finding(scene, node, Told(mode, (claim,), since, None, says, detail))


def _past(scene: Scene, node: Node, known: set[str]) -> Iterator[Finding]:
    """What an event of the window tells and the node's state no longer does."""
    told: dict[str, Event] = {}
    for event in scene.snapshot.events_about_node(node.metadata.name):
        mode = _TOLD.get(event.reason)
        if mode and mode not in known and scene.window.holds(event.last):
            told.setdefault(mode, event)
    for mode, event in told.items():
        kind = _KINDS[mode]
        state = condition(node.status.conditions, kind)
        back = state.last_transition_time if state else None
        if back is None or event.first is None or back < event.first or known & {"node_component_down", mode}:
            continue
        claim = Predicate(
            f"{kind} changed back", node_evidence(node), "equals", pointer("conditions", kind, "since"), back
        )
        told_by = Told(mode, (claim,), event.first, back, f"node {node.metadata.name}: {plain(event.text, 160)}")
        yield _finding(scene, node, told_by)


def node_evidence(node: Node) -> str:
    """The evidence id of a node."""
    return f"node/-/{node.metadata.name}".lower()


def _finding(scene: Scene, node: Node, told: Told) -> Finding:
    touches = touched(scene, node.metadata.name)
    return Finding(
        component=f"-/node/{node.metadata.name}".lower(),
        condition=told.mode,
        role="cause" if touches else "background",
        detail=told.detail,
        since=told.since,
        until=told.until,
        strength=0.85,
        touches=touches,
        claims=told.claims,
        says=told.says,
    )


def touched(scene: Scene, node: str) -> tuple[str, ...]:
    """Components with pods on the node, and those whose pods wait because nodes are sick."""
    here = [
        component
        for component, pods in scene.snapshot.pods_by_component.items()
        if any(pod.spec.node_name == node for pod in pods) and component.split("/")[1] != "daemonset"
    ]
    waiting = [wait.component for wait in waits(scene) if reason(scene, wait) in NODE_SIDE]
    return tuple(sorted({*here, *waiting}))
