"""Network policies that forbid a call that fails."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.detectors.policy_rules import Answer, Party, Way, governs, verdict
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.changes import Change
from tools.objects.capacity import Namespace
from tools.objects.network import NetworkPolicy, Service
from tools.objects.workloads import Workload
from tools.traffic import Traffic

_DROPPED = frozenset(
    {"timeout", "unreachable", "refused", "reset", "unavailable", "dns", "dns_server_down", "pool_exhausted"}
)
_LOOKUP = frozenset({"dns", "dns_server_down", "timeout"})
_DNS_LABELS = {"k8s-app": "kube-dns"}
_DEFAULT_PORTS = {
    "https": 443,
    "http": 80,
    "postgres": 5432,
    "mysql": 3306,
    "redis": 6379,
    "amqp": 5672,
    "mongodb": 27017,
}


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding for each failing edge that policies forbid, on the policy that came last."""
    policies = scene.snapshot.all("NetworkPolicy", NetworkPolicy)
    if not policies:
        return
    for edge, counted in scene.failing:
        if ours.share(counted, _DROPPED) >= 0.5 and scene.exists(edge.caller):
            yield from _blocked(scene, list(policies), edge, counted)


def _blocked(scene: Scene, policies: list[NetworkPolicy], edge: Edge, counted: Traffic) -> Iterator[Finding]:
    caller, callee = _inside_party(scene, edge.caller), callee_party(scene, edge)
    ways: list[tuple[Way, Party, Party, Party]] = [("egress", caller, callee, callee)]
    if callee.namespace is not None:
        ways.append(("ingress", callee, caller, callee))
    if ours.share(counted, _LOOKUP) >= 0.5:
        resolver = _dns_party(scene)
        ways.append(("egress", caller, resolver, resolver))
    for way, subject, peer, arrives in ways:
        if _host_network(scene, edge.caller) or (way == "ingress" and _host_network(scene, edge.callee)):
            continue
        selecting = [one for one in policies if governs(one, way, subject)]
        answer = verdict(selecting, way, peer, arrives)
        if answer == "allowed" and not counted.healed:
            continue
        policy, change = _latest(scene, selecting, edge, counted)
        if policy is not None and _plausible(scene, policy, change, answer, (edge, counted)):
            yield _finding(scene, (policy, way, change), answer, edge, counted)
            return


def _inside_party(scene: Scene, component: str) -> Party:
    namespace = component.partition("/")[0]
    pods = scene.snapshot.pods_by_component.get(component, [])
    return Party(
        namespace=namespace,
        labels=scene.snapshot.labels_of(component),
        namespace_labels=_namespace_labels(scene, namespace),
        addresses=tuple(pod.status.pod_ip for pod in pods if pod.status.pod_ip),
    )


def _namespace_labels(scene: Scene, namespace: str) -> dict[str, str]:
    """A namespace's labels with the one that every server adds by itself."""
    found = next(
        (one.metadata.labels for one in scene.snapshot.all("Namespace", Namespace) if one.metadata.name == namespace),
        {},
    )
    return {"kubernetes.io/metadata.name": namespace, **found}


def callee_party(scene: Scene, edge: Edge) -> Party:
    """The callee with the port where its calls arrive, in the pod or outside."""
    targets = [hit.target for hit in edge.hits if hit.target]
    port = next((one.port for one in targets if one.port), None)
    if not scene.exists(edge.callee):
        scheme = next((one.scheme for one in targets if one.scheme), None)
        address = (edge.callee,) if edge.callee.replace(".", "").isdecimal() else ()
        return Party(addresses=address, port=port or _DEFAULT_PORTS.get(scheme or ""))
    known = _inside_party(scene, edge.callee)
    template = scene.template(edge.callee)
    names = (
        {one.name: one.container_port for box in template.containers for one in box.ports if one.name}
        if template
        else {}
    )
    service = scene.snapshot.services.get(edge.service) if edge.service else None
    return Party(
        namespace=known.namespace,
        labels=known.labels,
        namespace_labels=known.namespace_labels,
        addresses=known.addresses,
        port=_pod_port(service, port, names),
        port_names=names,
    )


def _pod_port(service: Service | None, port: int | None, names: dict[str, int]) -> int | None:
    if service is None:
        return port
    ports = service.spec.ports
    used = next((one for one in ports if one.port == port), ports[0] if len(ports) == 1 else None)
    if used is None:
        return None
    return names.get(used.target) if isinstance(used.target, str) else used.target


def _dns_party(scene: Scene) -> Party:
    labels = _DNS_LABELS
    for component in scene.snapshot.components:
        if component.startswith("kube-system/") and scene.snapshot.labels_of(component).get("k8s-app") == "kube-dns":
            labels = scene.snapshot.labels_of(component)
    namespace = "kube-system"
    return Party(namespace, labels, _namespace_labels(scene, namespace), (), 53, {"dns": 53, "dns-tcp": 53}, "UDP")


def _host_network(scene: Scene, component: str) -> bool:
    template = scene.template(component)
    return bool(template and template.host_network)


def _latest(
    scene: Scene, policies: list[NetworkPolicy], edge: Edge, counted: Traffic
) -> tuple[NetworkPolicy | None, Change | None]:
    """The policy whose creation or edit fits the failures best, else the one that was written last."""
    dated = [(one, scene.recent_changes(component_of(one))) for one in policies]
    for policy, changes in dated:
        for change in reversed(changes):
            fits = ours.ended_by(change.at, counted) if counted.healed else ours.brought_by(change.at, edge, counted)
            if fits:
                return policy, change
    if not policies or counted.healed:
        return None, None
    return max(policies, key=lambda one: (_written(scene, one) or scene.window.start, one.metadata.name)), None


def _written(scene: Scene, policy: NetworkPolicy) -> datetime | None:
    return max((one.at for one in scene.changes_of(component_of(policy)) if one.at), default=None)


def _plausible(
    scene: Scene, policy: NetworkPolicy, change: Change | None, answer: Answer, on: tuple[Edge, Traffic]
) -> bool:
    """Whether the times fit: a policy that stood there while calls worked forbids nothing in practice."""
    _, counted = on
    if change is not None:
        return True
    written, worked = _written(scene, policy), counted.last_worked
    return (
        answer == "denied"
        and counted.rate >= 0.5
        and not (worked and (written is None or worked > written + ours.SETTLING))
    )


def component_of(policy: NetworkPolicy) -> str:
    """The policy's component id."""
    return f"{policy.metadata.namespace}/networkpolicy/{policy.metadata.name}".lower()


def _finding(
    scene: Scene, found: tuple[NetworkPolicy, Way, Change | None], answer: Answer, edge: Edge, counted: Traffic
) -> Finding:
    policy, way, change = found
    component = component_of(policy)
    strength = {"denied": 0.93 if change else 0.8, "maybe": 0.7, "allowed": 0.65}[answer]
    types = list(policy.spec.policy_types)
    held = Predicate(
        f"the policy restricts {way}", scene.object_id(component), "equals", pointer("spec", "policyTypes"), types
    )
    return Finding(
        component=component,
        condition="network_policy_blocks",
        role="cause",
        names=tuple(dict.fromkeys((_short(scene, edge.caller), _short(scene, edge.callee), *edge.names))),
        since=(change.at if change and not counted.healed else None) or ours.onset(edge, counted),
        until=ours.ended(counted),
        strength=strength,
        touches=(edge.caller,),
        on_edge=(edge.caller, edge.callee),
        claims=(
            *((held,) if types else ()),
            *(ours.change_claims(scene, change) if change else ()),
            *edge_claims(scene, edge, counted),
        ),
        says=f"{component} forbids the {way} of {edge.caller} to {edge.callee}",
    )


def _short(scene: Scene, component: str) -> str:
    parts = component.split("/", 2)
    known = isinstance(scene.snapshot.workloads.get(component), Workload) or len(parts) == 3
    return f"{parts[0]}/{parts[2]}" if known else component
