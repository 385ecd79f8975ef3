"""How far a cause reaches: which symptoms it carries to, along which calls."""

from msgspec import Struct

from agent.failure_modes import has
from agent.finding import Finding
from agent.scene import Scene
from agent.weights import Weights
from tools.callgraph import Edge

MANY_DECLINED = 0.3
"""From this share of refusals on, an edge whose calls are all answered can still carry what was asked about."""
AT_ONCE = 15.0
SOON = 300.0
"""Seconds between a state and trouble that is taken for its effect; callers may be idle for a while."""


class Symptom(Struct, frozen=True):
    """Something that is suffered: on an edge, on a component, or only told by the asker."""

    where: str
    weight: float
    text: str
    edge: tuple[str, str] | None = None
    finding: Finding | None = None


def carries(scene: Scene, finding: Finding, symptom: Symptom, weights: Weights) -> float:
    """How well a cause explains a symptom, 0 to 1."""
    if symptom.edge is None:
        return _carries_to(scene, finding, symptom, weights)
    reach = {finding.component, *finding.touches}
    caller, callee = symptom.edge
    if finding.on_edge == symptom.edge or (finding.on_edge is None and callee in reach):
        return 1.0
    if caller in finding.touches or scene.goes_through(caller, callee, finding.component):
        return 1.0
    if caller == finding.component:
        return (
            1.0
            if has(finding.condition, "caller_side") and finding.on_edge is None
            else weights.caller_state * (finding.on_edge is None)
        )
    return max((hops(scene, callee, goal, weights) for goal in _goals(finding, reach)), default=0.0)


def _carries_to(scene: Scene, finding: Finding, symptom: Symptom, weights: Weights) -> float:
    """The share for a symptom that is on no edge."""
    reach = {finding.component, *finding.touches}
    if not symptom.where:
        return 1.0 if any(scene.is_near(one) for one in (*reach, *(finding.on_edge or ()))) else 0.0
    if symptom.finding is not None and reach & set(symptom.finding.touches):
        return 1.0
    if "/" not in symptom.where and _meets(scene, finding, symptom.where):
        return 1.0
    best = max((hops(scene, symptom.where, goal, weights) for goal in _goals(finding, reach)), default=0.0)
    if symptom.finding is None:
        return best
    if has(finding.condition, "total") and _coincides(finding, symptom.finding):
        best = max(best, weights.coincident)
    return best if scene.knows_callees(symptom.where) else max(best, weights.unlinked)


def _coincides(cause: Finding, effect: Finding) -> bool:
    """Whether trouble that names nobody began when a state began in which nothing can work."""
    if cause.since is None or effect.since is None:
        return False
    return -AT_ONCE <= (effect.since - cause.since).total_seconds() <= SOON


def _meets(scene: Scene, finding: Finding, host: str) -> bool:
    """Whether a cause on our side lies in the way of our calls to somebody outside."""
    if finding.on_edge is not None:
        return finding.on_edge[1] == host
    callers = {edge.caller for edge in scene.graph.callers_of(host)}
    if any(scene.goes_through(caller, host, finding.component) for caller in callers):
        return True
    return bool(callers & {finding.component, *finding.touches}) and has(finding.condition, "caller_side")


def _goals(finding: Finding, reach: set[str]) -> set[str]:
    return {finding.on_edge[0], *reach} if finding.on_edge else reach


def hops(scene: Scene, start: str, goal: str, weights: Weights) -> float:
    """The best product of hop factors from `start` along calls to `goal`; 1 when they are the same."""
    if start == goal:
        return 1.0
    best = {start: 1.0}
    queue = [start]
    while queue:
        here = queue.pop(0)
        for edge in scene.graph.calls_of(here):
            value = best[here] * _hop(scene, edge, weights)
            if value > best.get(edge.callee, 0.02):
                best[edge.callee] = value
                queue.append(edge.callee)
    return best.get(goal, 0.0)


def _hop(scene: Scene, edge: Edge, weights: Weights) -> float:
    counted = scene.traffic.get((edge.caller, edge.callee))
    if counted is None or not counted.total:
        return _unseen_hop(scene, edge, weights, declared=edge.declared and counted is None)
    if counted.failed and not scene.is_noise(edge, counted):
        return weights.failing
    if counted.declined >= MANY_DECLINED * max(1, counted.worked):
        return weights.declared
    return weights.worked


def _unseen_hop(scene: Scene, edge: Edge, weights: Weights, *, declared: bool) -> float:
    """The share for an edge on which no call of the window came to an end."""
    if declared:
        return weights.declared
    if edge.caller in scene.fails_unnamed:
        return weights.silent
    return weights.quiet if scene.speaks(edge.caller) else weights.unread
