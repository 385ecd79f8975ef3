"""Workloads that resolve names by settings of their own, and cannot: everybody else asks the cluster's DNS."""

from collections.abc import Iterator

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.detectors.resolvers import LOOKUP, of_the_node, strangers
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import Edge
from tools.traffic import Traffic

Failing = list[tuple[Edge, Traffic]]


def detect(scene: Scene) -> Iterator[Finding]:
    """`dns_misconfigured` once for each caller whose lookups fail and whose settings lead elsewhere."""
    by_caller: dict[str, Failing] = {}
    for edge, counted in scene.failing:
        if ours.share(counted, LOOKUP) > 0:
            by_caller.setdefault(edge.caller, []).append((edge, counted))
    for caller, lookups in by_caller.items():
        if asks_elsewhere(scene, caller, lookups):
            yield _finding(scene, caller, lookups)


def asks_elsewhere(scene: Scene, caller: str, lookups: Failing) -> bool:
    """Whether the caller's own settings explain why its lookups fail."""
    if strangers(scene, caller):
        return True
    spec = scene.template(caller)
    return spec is not None and of_the_node(spec) and all(edge.inside for edge, _ in lookups)


def _finding(scene: Scene, caller: str, lookups: Failing) -> Finding:
    servers = strangers(scene, caller)
    changed = [one for one in scene.recent_changes(caller) if one.field.startswith("dns ")]
    healed = all(counted.healed for _, counted in lookups)
    firsts = [at for one in lookups if (at := ours.onset(*one))]
    whom = ", ".join(servers) if servers else "what its node asks"
    return Finding(
        component=caller,
        condition="dns_misconfigured",
        role="cause",
        since=changed[-1].at if changed and not healed else min(firsts, default=None),
        until=max((counted.last for _, counted in lookups if counted.last), default=None) if healed else None,
        strength=0.95,
        claims=(
            *_setting(scene, caller, servers),
            *(claim for one in lookups[:3] for claim in edge_claims(scene, *one)),
        ),
        says=f"{caller} resolves names by {whom} instead of the cluster's DNS, and its lookups fail",
    )


def _setting(scene: Scene, caller: str, servers: list[str]) -> Iterator[Predicate]:
    """What the workload's own template says; a bare pod's is in no evidence."""
    if caller not in scene.snapshot.workloads:
        return
    spec, place = scene.template(caller), scene.object_id(caller)
    if spec is not None:
        yield Predicate("its pods do not use the cluster's DNS", place, "equals", "/dns/policy", spec.dns_policy)
    for number, server in enumerate(servers[:2]):
        yield Predicate("they ask this nameserver", place, "equals", f"/dns/nameservers/{number}", server)
