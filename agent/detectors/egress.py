"""The way out: several unrelated outside hosts fail at once, or one node or one caller alone cannot reach them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import FAILED, WORKED, Edge
from tools.traffic import Traffic

_NO_WAY = frozenset(
    {"refused", "timeout", "unreachable", "reset", "dns", "dns_server_down", "unavailable", "no_upstream"}
)
_WRITTEN_FOR_THEM = frozenset({"forbidden", "server_error", "unavailable"})
_AT_ONCE = timedelta(minutes=5)
_PROXY_NAME = re.compile(r"squid|egress|forward-?proxy|tinyproxy|(?:^|-)proxy(?:-|$)")
_SAYS_PROXY = re.compile(
    r"proxyconnect|proxyerror|cannot connect to proxy|tunnel connection failed|connect to proxy|via proxy"
)

Failing = list[tuple[Edge, Traffic]]


def detect(scene: Scene) -> Iterator[Finding]:
    """`egress_down` or `proxy_down` once for hosts that fail together, else for a node or caller that fails alone."""
    failing = [one for one in scene.failing if ours.is_outside_host(one[0]) and ours.share(one[1], _NO_WAY) >= 0.5]
    together = _together([*failing, *_telemetry(scene)]) if failing else []
    if not failing:
        failing = _together(_refused_by_several(scene))
        if len({ours.domain(edge.callee) for edge, _ in failing}) > 1:
            yield from _all_outside(scene, failing, [])
        return
    by_proxy = [one for one in failing if _SAYS_PROXY.search(ours.quoted(scene, one[1]))]
    if len({ours.domain(edge.callee) for edge, _ in together}) > 1 or by_proxy:
        yield from _all_outside(scene, together or failing, by_proxy)
        return
    for callee in dict.fromkeys(edge.callee for edge, _ in failing):
        yield from _one_side(scene, [one for one in failing if one[0].callee == callee])


def _telemetry(scene: Scene) -> Failing:
    """Outside hosts of telemetry that fail: no symptom by themselves, but they use the same way out."""
    return [
        (edge, counted)
        for edge, counted in ((scene.graph.by_pair[pair], counted) for pair, counted in scene.traffic.items())
        if ours.is_outside_host(edge) and scene.is_telemetry_edge(edge)
        if counted.failed >= 3 and not scene.is_noise(edge, counted) and ours.share(counted, _NO_WAY) >= 0.5
    ]


def _refused_by_several(scene: Scene) -> Failing:
    """Hosts whose answers a filtering proxy of ours may have written: unrelated operators don't forbid together."""
    return [
        one for one in scene.failing if ours.is_outside_host(one[0]) and ours.share(one[1], _WRITTEN_FOR_THEM) >= 0.5
    ]


def _together(failing: Failing) -> Failing:
    """The largest group whose failures began within minutes of each other."""
    telling = [one for one in failing if one[1].failed > 1 or one[1].rate >= 0.5]  # not one call among many
    dated = sorted(((at, one) for one in telling if (at := ours.onset(*one))), key=lambda pair: pair[0])
    best: Failing = []
    for start, _ in dated:
        group = [one for at, one in dated if start <= at <= start + _AT_ONCE]
        if len({ours.domain(edge.callee) for edge, _ in group}) > len({ours.domain(edge.callee) for edge, _ in best}):
            best = group
    return best


def _all_outside(scene: Scene, failing: Failing, by_proxy: Failing) -> Iterator[Finding]:
    domains = {ours.domain(edge.callee) for edge, _ in failing}
    callers = list(dict.fromkeys(edge.caller for edge, _ in failing))
    working = _still_working(scene, failing)
    proxy = _proxy(scene, callers)
    node = _only_node(scene, failing)
    strength = 0.9 if len(domains) > 2 else 0.82
    if working and node is None:
        # Somebody still gets out: then it is this caller, or chance.
        alone = len(callers) == 1 and all(caller != callers[0] for caller, _ in working)
        strength = 0.75 if alone else 0.45
        component = callers[0] if alone else _way_out(callers)
    else:
        component = node or _way_out(callers)
    condition = "egress_down"
    past_proxy = all(ours.told_proxy(scene, caller) != proxy for caller, _ in working)
    if (
        proxy is not None
        and node is None
        and (by_proxy or not working or (past_proxy and ours.told_proxy(scene, callers[0])))
    ):
        component, condition, strength = proxy, "proxy_down", 0.92 if by_proxy else 0.86
    yield _finding(scene, component, condition, failing, strength)


def _still_working(scene: Scene, failing: Failing) -> list[tuple[str, str]]:
    """Pairs that reached an outside host while the others failed."""
    first = min((counted.first for _, counted in failing if counted.first), default=None)
    last = max((counted.last for _, counted in failing if counted.last), default=None)
    found = []
    pairs = {(edge.caller, edge.callee) for edge, _ in failing}
    for (caller, callee), counted in scene.traffic.items():
        if (caller, callee) in pairs:
            continue
        edge = scene.graph.by_pair[caller, callee]
        if ours.is_outside_host(edge) and not counted.healed:
            answered = [
                hit for hit in edge.hits if hit.family not in _NO_WAY | {"attempt"} and _between(hit.at, first, last)
            ]
            if answered and counted.rate < 0.5:
                found.append((caller, callee))
    return found


def _between(at: datetime | None, first: datetime | None, last: datetime | None) -> bool:
    return at is not None and first is not None and last is not None and first <= at <= last


def _way_out(callers: list[str]) -> str:
    namespaces = {caller.split("/")[0] for caller in callers}
    return f"-/namespace/{namespaces.pop()}" if len(namespaces) == 1 else "-/cluster/egress"


def _proxy(scene: Scene, callers: list[str]) -> str | None:
    """The component that callers are told to go out through, or the one workload that is named so."""
    for caller in callers:
        told = ours.told_proxy(scene, caller)
        if told is not None:
            return told
    named = [
        one
        for one in scene.snapshot.workloads
        if _PROXY_NAME.search(one.rpartition("/")[2])
        and ("egress" in one or any(ours.is_outside_host(edge) for edge in scene.graph.calls_of(one)))
    ]
    return named[0] if len(named) == 1 else None


def _one_side(scene: Scene, failing: Failing) -> Iterator[Finding]:
    """One host that fails from one node or one caller, and answers the others at the same time."""
    callee = failing[0][0].callee
    node = _only_node(scene, failing)
    if node is not None:
        yield _finding(scene, node, "egress_down", failing, 0.82)
        return
    working = [caller for caller, reached in _still_working(scene, failing) if reached == callee]
    callers = list(dict.fromkeys(edge.caller for edge, _ in failing))
    if working and len(callers) == 1 and failing[0][1].rate >= 0.8:
        yield _finding(scene, callers[0], "egress_down", failing, 0.65)


def _only_node(scene: Scene, failing: Failing) -> str | None:
    """The node whose pods fail while pods elsewhere reach the same hosts in the same time."""
    first = min((counted.first for _, counted in failing if counted.first), default=None)
    last = max((counted.last for _, counted in failing if counted.last), default=None)
    hosts = {edge.callee for edge, _ in failing}
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for edge in scene.graph.edges:
        for hit in edge.hits if edge.callee in hosts else ():
            pod = scene.snapshot.pod_by_name.get((hit.ref.namespace, hit.ref.pod))
            if pod is not None and pod.spec.node_name and _between(hit.at, first, last):
                tally[pod.spec.node_name][0] += hit.family in FAILED
                tally[pod.spec.node_name][1] += hit.family in WORKED
    bad = [name for name, (failed, _) in tally.items() if failed]
    good = [name for name, (failed, worked) in tally.items() if worked and not failed]
    if len(bad) == 1 and good and tally[bad[0]][0] > 4 * tally[bad[0]][1] and _several_pods(failing):
        return f"-/node/{bad[0]}"
    return None


def _several_pods(failing: Failing) -> bool:
    """Whether more than one workload or host is hit; with a single pair the caller is as likely as its node."""
    pods = {hit.ref.pod for edge, _ in failing for hit in edge.hits}
    return len(pods) > 1


def _finding(scene: Scene, component: str, condition: str, failing: Failing, strength: float) -> Finding:
    healed = all(counted.healed for _, counted in failing)
    callers = tuple(dict.fromkeys(edge.caller for edge, _ in failing))
    hosts = list(dict.fromkeys(edge.callee for edge, _ in failing))
    firsts = [at for one in failing if (at := ours.onset(*one))]
    return Finding(
        component=component,
        condition=condition,
        role="cause",
        since=min(firsts, default=None),
        until=max((counted.last for _, counted in failing if counted.last), default=None) if healed else None,
        strength=strength,
        touches=callers,
        on_edge=(callers[0], hosts[0]) if len(callers) == len(hosts) == 1 else None,
        claims=_claims(scene, failing),
        says=f"{len(hosts)} outside host(s) fail for {len(callers)} caller(s): {', '.join(hosts[:4])}",
    )


def _claims(scene: Scene, failing: Failing) -> tuple[Predicate, ...]:
    return tuple(claim for one in failing[:4] for claim in edge_claims(scene, *one))
