"""Names that do not resolve: the cluster's own DNS, or one name of somebody outside."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.detectors.own_dns import asks_elsewhere
from agent.detectors.resolvers import LOOKUP, SYSTEM, dns_services, dns_workloads
from agent.finding import Finding, Predicate
from agent.noise import asked_too_early
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.traffic import Traffic

_SERVER = frozenset({"dns_server_down"})
_SILENT = frozenset({"dns", "dns_server_down", "timeout", "unavailable", "unreachable"})
_CLUSTER_NAME = re.compile(r"\.svc(?:\.|\b)|\.cluster\.local")

Failing = list[tuple[Edge, Traffic]]


class Resolver(Struct, frozen=True):
    """The cluster's DNS: its component, its Service, and what shows that it is down."""

    component: str
    names: tuple[str, ...]
    down: tuple[Predicate, ...]
    since: datetime | None


def detect(scene: Scene) -> Iterator[Finding]:
    """`cluster_dns_down` once, and `dependency_dns_failure` for each outside name that alone fails."""
    lookups = [one for one in scene.failing if ours.share(one[1], LOOKUP) > 0]
    lookups = [
        one
        for one in lookups
        if not asked_too_early(scene.snapshot, *one) and not asks_elsewhere(scene, one[0].caller, [one])
    ]
    found = _cluster(scene, lookups)
    if found is not None:
        yield found
        return
    for callee in dict.fromkeys(edge.callee for edge, counted in lookups if ours.is_outside_host(edge)):
        several = [one for one in lookups if one[0].callee == callee]
        if all(counted.main_family == "dns" for _, counted in several):
            yield from _one_name(scene, callee, several)


def _cluster(scene: Scene, lookups: Failing) -> Finding | None:
    resolver = _resolver(scene)
    hit = [one for one in scene.failing if resolver.down and ours.share(one[1], _SILENT) >= 0.5] or lookups
    strength = _strength(scene, lookups, bool(resolver.down and hit))
    if strength is None:
        return None
    healed = all(counted.healed for _, counted in hit)
    firsts = [at for edge, counted in lookups or hit if (at := ours.onset(edge, counted))]
    first = min(firsts, default=None)
    since = min((at for at in (resolver.since, first) if at), default=None) if not healed else first
    touches = tuple(dict.fromkeys(edge.caller for edge, _ in hit))
    return Finding(
        component=resolver.component,
        condition="cluster_dns_down",
        role="cause",
        names=resolver.names,
        since=since,
        until=max((counted.last for _, counted in hit if counted.last), default=None) if healed else None,
        strength=strength,
        touches=touches,
        claims=(*resolver.down, *(claim for one in (lookups or hit)[:3] for claim in edge_claims(scene, *one))),
        says=f"names do not resolve for {len(touches)} caller(s)",
    )


def _strength(scene: Scene, lookups: Failing, down: bool) -> float | None:
    """How surely the resolver itself is to blame; None when the lookups point at something smaller.

    One caller is enough when its resolver does not answer: behind the first failed lookup everything goes quiet.
    """
    if down:
        return 0.97 if lookups else 0.9
    ours_too = [one for one in lookups if _is_cluster_name(scene, one[0])]
    server = [one for one in lookups if ours.share(one[1], _SERVER) >= 0.3]
    if not ours_too and not (server and len({edge.callee for edge, _ in server}) > 1):
        return None
    callers = {edge.caller for edge, _ in (*ours_too, *server)}
    if _others_resolve(scene, callers, lookups):
        return 0.4
    kinds = {edge.inside for edge, _ in lookups}
    if len(callers) > 1 or len(kinds) > 1:
        return 0.88
    return 0.75 if server else 0.6


def _is_cluster_name(scene: Scene, edge: Edge) -> bool:
    """Whether the name belongs to a Service that exists, so that only the resolver can have failed it."""
    return (
        edge.service in scene.snapshot.services
        if edge.service
        else bool(_CLUSTER_NAME.search(edge.callee) and scene.exists(edge.callee))
    )


def _others_resolve(scene: Scene, callers: set[str], lookups: Failing) -> bool:
    """Whether other callers open calls by name without trouble in the same time."""
    failing = {edge.caller for edge, _ in lookups}
    return any(
        counted.worked >= 3 and not counted.failed and caller not in failing | callers
        for (caller, _), counted in scene.traffic.items()
    )


def _resolver(scene: Scene) -> Resolver:
    components, services = dns_workloads(scene.snapshot), dns_services(scene.snapshot)
    names = tuple(f"{one.metadata.namespace}/{one.metadata.name}" for one in services)
    if not components:
        service = f"{SYSTEM}/service/{services[0].metadata.name}" if services else f"{SYSTEM}/service/kube-dns"
        return Resolver(service, names or ("kube-system/kube-dns",), (), None)
    component = next((one for one in components if one in scene.snapshot.workloads), components[0])
    return Resolver(component, names, *_why_down(scene, component, names))


def _why_down(scene: Scene, component: str, names: tuple[str, ...]) -> tuple[tuple[Predicate, ...], datetime | None]:
    pods = scene.snapshot.pods_by_component.get(component, [])
    workload = scene.snapshot.workloads.get(component)
    changed = [one.at for one in scene.recent_changes(component) if one.field == "replicas"]
    since = changed[-1] if changed else None
    if workload is not None and workload.available == 0:
        text = f"{component} has no available replica"
        return (Predicate(text, scene.object_id(component), "equals", "/replicas/available", 0),), since
    if pods and not any(pod.ready for pod in pods):
        return (Predicate(f"no pod of {component} is ready", f"pods/{component}", "equals", "/ready", 0),), since
    for name in names:
        namespace, _, service = name.partition("/")
        backends = scene.snapshot.endpoints.get((namespace, service))
        if backends is not None and not any(ready for _, ready in backends):
            place = scene.object_id(f"{namespace}/service/{service}")
            return (Predicate(f"Service {name} has no endpoint", place, "equals", "/endpoints/ready", 0),), since
    return (), None


def _one_name(scene: Scene, callee: str, several: Failing) -> Iterator[Finding]:
    """One name of somebody outside, while other outside names resolve for us."""
    others = [
        (edge, scene.traffic[edge.caller, edge.callee])
        for edge in scene.graph.edges
        if edge.in_use and ours.is_outside_host(edge) and ours.domain(edge.callee) != ours.domain(callee)
    ]
    resolve = [one for one in others if one[1].total and not set(one[1].families) & LOOKUP]
    if len(resolve) < len(others):
        return
    healed = all(counted.healed for _, counted in several)
    claims = [claim for one in (*several[:2], *resolve[:1]) for claim in _either(scene, *one)]
    yield Finding(
        component=callee,
        condition="dependency_dns_failure",
        role="cause",
        names=tuple(dict.fromkeys(name for edge, _ in several for name in edge.names)),
        since=min((at for one in several if (at := ours.onset(*one))), default=None),
        until=max((counted.last for _, counted in several if counted.last), default=None) if healed else None,
        strength=0.8 if resolve else 0.55,
        claims=tuple(claims),
        says=f"{callee} does not resolve, "
        + ("other outside names do" if resolve else "no other outside name is in evidence"),
    )


def _either(scene: Scene, edge: Edge, counted: Traffic) -> tuple[Predicate, ...]:
    """The failures of an edge, or that it worked."""
    if counted.failed:
        return edge_claims(scene, edge, counted)
    text = f"calls of {edge.caller} to {edge.callee} worked in the window"
    path = pointer("calls", edge.callee, "worked")
    return (Predicate(text, scene.logs_id(edge.caller), "count_at_least", path, 1),)
