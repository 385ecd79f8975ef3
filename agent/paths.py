"""The causal path: from whom the trouble was seen at, along calls that failed, to the cause."""

import heapq
from itertools import pairwise

from agent.failure_modes import has
from agent.finding import Finding
from agent.reach import Symptom
from agent.scene import Scene
from tools.callgraph import Edge
from tools.components import parts_of

Pair = tuple[str, str]

_FAILING, _UNSEEN, _WORKED = 1, 3, 9
"""What a hop costs: a call that failed tells of the fault, one that only worked tells against this way."""

_IN_BETWEEN = frozenset({"service", "networkpolicy", "ingress"})
"""Objects that stand between a caller and its callee: the path leaves the calls before the callee."""

"""Conditions that break the calls of those whom they touch, wherever these calls go."""

_CALLED = frozenset({"deployment", "statefulset", "daemonset", "pod", "job", "cronjob"})


def path_of(scene: Scene, finding: Finding, explained: list[Symptom]) -> tuple[str, ...]:
    """From the most upstream explained caller to the cause, each component once.

    Neighbours are calls of the graph. Only the last hop may lead to something that nobody calls: a node, a policy, a
    Service, cluster DNS.
    """
    anchor = _anchor(scene, finding, explained)
    starts = {symptom.edge[0] if symptom.edge else symptom.where for symptom in explained}
    best = max(_ways(scene, anchor, {*starts, *scene.asked}), key=lambda way: _rated(scene, way), default=(anchor,))
    best = _without(best, finding.component)
    if not best:
        return (finding.component,)
    joined = (best[-1], finding.component) in scene.graph.by_pair
    return (*best, finding.component) if joined or not is_called(scene, finding.component) else (finding.component,)


def is_called(scene: Scene, component: str) -> bool:
    """Whether a component is somebody whom others call, rather than an object that calls depend on."""
    _, kind, _ = parts_of(component)
    return (not kind or kind in _CALLED) and bool(scene.graph.callers_of(component))


def _without(path: tuple[str, ...], component: str) -> tuple[str, ...]:
    """The path up to the component, which is put at its end."""
    return path[: path.index(component)] if component in path else path


def _anchor(scene: Scene, finding: Finding, explained: list[Symptom]) -> str:
    """The last component of the path that calls lead to: the cause itself, or whoever fails because of it."""
    if finding.on_edge and finding.component not in finding.on_edge and not is_called(scene, finding.component):
        return finding.on_edge[0]
    if is_called(scene, finding.component) or finding.on_edge:
        return finding.component
    near = {finding.component, *finding.touches}
    hop = failing_hop(scene, finding, explained)
    if hop:
        caller, callee = max(hop, key=lambda pair: (scene.traffic[pair].failed, pair))
        behind = callee in near and not _is_of_callers(finding) and not _is_in_between(finding.component)
        return callee if behind else caller
    suffering = [one.where for one in explained if one.finding and one.where in near]
    return min(suffering, default=finding.component)


def failing_hop(scene: Scene, finding: Finding, explained: list[Symptom]) -> list[Pair]:
    """The explained calls that fail nearest to the cause, so that a request which fails at several hops counts once.

    Those to the cause, else those to what it touches, else the ones of the edge that fails most.
    """
    edges = {one.edge for one in explained if one.edge in scene.traffic}
    failing = sorted(pair for pair in edges if pair and scene.traffic[pair].failed)
    if finding.on_edge in failing and finding.on_edge[1] != finding.component:
        return [finding.on_edge]
    at_cause = [pair for pair in failing if pair[1] == finding.component]
    if at_cause or not failing:
        return at_cause
    reach = {finding.component, *finding.touches}
    if _is_of_callers(finding):
        own = [pair for pair in failing if pair[0] in reach]
        outside = [pair for pair in own if pair[1] not in reach]
        return [max(outside or own or failing, key=lambda pair: scene.traffic[pair].failed)]
    touched = [pair for pair in failing if pair[1] in reach]
    callers = {caller for caller, _ in touched}
    touched = [pair for pair in touched if pair[1] not in callers] or touched[:1]
    return touched or [max(failing, key=lambda pair: scene.traffic[pair].failed)]


def _is_of_callers(finding: Finding) -> bool:
    return has(finding.condition, "caller_side") or has(finding.condition, "all_callers")


def _is_in_between(component: str) -> bool:
    return parts_of(component)[1] in _IN_BETWEEN


def _ways(scene: Scene, goal: str, starts: set[str]) -> list[tuple[str, ...]]:
    """From every start that leads there, the way to `goal` on which calls fail most plainly."""
    towards: dict[str, str] = {}
    costs = {goal: 0}
    queue = [(0, goal)]
    while queue:
        cost, here = heapq.heappop(queue)
        for edge in scene.graph.callers_of(here) if cost == costs[here] else ():
            total = cost + _cost(scene, edge)
            if total < costs.get(edge.caller, 1 << 30):
                costs[edge.caller], towards[edge.caller] = total, here
                heapq.heappush(queue, (total, edge.caller))
    return [_unwound(towards, start) for start in sorted(starts) if start in costs]


def _unwound(towards: dict[str, str], start: str) -> tuple[str, ...]:
    steps = [start]
    while steps[-1] in towards:
        steps.append(towards[steps[-1]])
    return tuple(steps)


def _cost(scene: Scene, edge: Edge) -> int:
    counted = scene.traffic.get((edge.caller, edge.callee))
    if counted is None:
        return _UNSEEN
    if counted.failed and not scene.is_noise(edge, counted):
        return _FAILING
    # Who tells of failed calls without a name may mean these.
    return _WORKED if counted.worked and edge.caller not in scene.fails_unnamed else _UNSEEN


def _rated(scene: Scene, way: tuple[str, ...]) -> tuple[int, bool, int, int, int]:
    """More failing hops are better, then any hop at all, then fewer that only worked, unless asked about.

    At last the longer way, and the one with more failures.
    """
    pairs = list(pairwise(way))
    costs = [_cost(scene, scene.graph.by_pair[pair]) for pair in pairs]
    failed = sum(scene.traffic[pair].failed for pair in pairs if pair in scene.traffic)
    worked = 0 if way[0] in scene.asked else costs.count(_WORKED)
    return costs.count(_FAILING), bool(pairs), -worked, len(way), failed
