"""Services that lead nowhere: a selector that takes no pod, a port nobody listens on, a protocol nobody speaks."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.detectors.service_names import meant_workload
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.changes import Change
from tools.objects.containers import Container
from tools.objects.network import Service, ServicePort
from tools.traffic import Traffic

_NOBODY = frozenset({"refused", "timeout", "unreachable", "unavailable", "no_upstream", "reset", "pool_exhausted"})
_CLOSED_PORT = frozenset({"refused", "unavailable", "no_upstream", "unreachable"})
_OTHER_PROTOCOL = (
    "wrong version number",
    "first record does not look like a tls",
    "gave http response to https",
    "plain http request was sent to https",
    "malformed http response",
    "http2: frame too large",
    "parse error: expected http/",
    "hpe_invalid_constant",
    "unrecognized ssl message",
    "host and port requires tls",
    "received http/0.9 when not allowed",
)
_KEPT = 0.9
"""A wrong Service fails all calls; a lower share of one family means something else as well."""


def detect(scene: Scene) -> Iterator[Finding]:
    """At most one finding per failing edge that goes through a Service that was read."""
    for edge, counted in scene.failing:
        service = scene.snapshot.services.get(edge.service) if edge.service else None
        if service is not None and not service.spec.external_name:
            found = (
                _selector(scene, service, edge, counted)
                or _port(scene, service, edge, counted)
                or _protocol(scene, service, edge, counted)
                or _repaired(scene, service, edge, counted)
            )
            if found is not None:
                yield found


def component_of(service: Service) -> str:
    """The Service's component id."""
    return f"{service.metadata.namespace}/service/{service.metadata.name}"


def edited(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Change | None:
    """The edit of the Service, or its creation, that can have brought the failures."""
    changes = scene.recent_changes(component_of(service))
    return next((one for one in reversed(changes) if ours.brought_by(one.at, edge, counted)), None)


def _selector(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Finding | None:
    if not service.spec.selector or counted.healed or ours.share(counted, _NOBODY) == 0:
        return None
    meant = meant_workload(scene, service)
    selected = scene.snapshot.selected_by(service)
    change = edited(scene, service, edge, counted)
    if meant is None and change is not None and change.field == "selector" and not selected:
        return _orphaned(scene, service, edge, counted)
    if meant is None or meant in selected:
        return None
    backends = scene.snapshot.endpoints.get((service.metadata.namespace, service.metadata.name), [])
    ready = sum(1 for _, ok in backends if ok)
    # With other pods behind it, only the edit tells that they are the wrong ones.
    if (selected or ready) and change is None:
        return None
    claims = (
        Predicate(
            f"the selector does not take {meant}",
            scene.object_id(component_of(service)),
            "equals",
            "/selects",
            selected,
        ),
        Predicate(f"{meant} has ready pods", f"pods/{meant}", "count_at_least", "/ready", 1),
    )
    strength = 0.95 if change is not None or not counted.worked else 0.85
    return _finding(scene, "selector_mismatch", (service, edge, counted), strength, claims, (change, meant))


def _orphaned(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Finding:
    """An edited selector that takes nobody, though nothing tells whom it took before."""
    claim = Predicate(
        "the selector takes no workload", scene.object_id(component_of(service)), "equals", "/selects", []
    )
    change = edited(scene, service, edge, counted)
    return _finding(scene, "selector_mismatch", (service, edge, counted), 0.9, (claim,), (change, edge.callee))


def _port(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Finding | None:
    workload = next(iter(scene.snapshot.selected_by(service)), None)
    port = _used_port(service, edge)
    # A name that no container port bears leads nowhere at all, however callers notice.
    closed = _NOBODY if port is not None and isinstance(port.target, str) else _CLOSED_PORT
    if counted.healed or ours.share(counted, closed) < _KEPT:
        return None
    if workload is None or port is None or not _all_ready(scene, workload):
        return None
    if not _undeclared(scene, workload, port.target):
        return None
    change = edited(scene, service, edge, counted) or _moved_port(scene, workload, edge, counted)
    if change is None and (counted.worked or counted.worked_before or counted.last_worked):
        return None
    at = service.spec.ports.index(port)
    claims = (
        Predicate(
            f"traffic is sent to port {port.target}",
            scene.object_id(component_of(service)),
            "equals",
            pointer("ports", str(at), "target"),
            port.target,
        ),
        Predicate(f"{workload} has ready pods", f"pods/{workload}", "count_at_least", "/ready", 1),
    )
    strength = 0.92 if change is not None else 0.8
    return _finding(scene, "target_port_mismatch", (service, edge, counted), strength, claims, (change, workload))


def _used_port(service: Service, edge: Edge) -> ServicePort | None:
    """The Service's port that the calls went to; the only one when calls do not tell."""
    numbers = {hit.target.port for hit in edge.hits if hit.target and hit.target.port}
    for port in service.spec.ports:
        if port.port in numbers:
            return port
    return service.spec.ports[0] if len(service.spec.ports) == 1 else None


def _all_ready(scene: Scene, workload: str) -> bool:
    pods = scene.snapshot.pods_by_component.get(workload, [])
    return bool(pods) and all(pod.ready for pod in pods)


def _undeclared(scene: Scene, workload: str, target: int | str) -> bool:
    """Whether a port is neither declared nor probed. Declared ports are informational: this alone proves nothing."""
    template = scene.template(workload)
    known: set[int | str] = set()
    for container in template.containers if template else ():
        known |= {port.container_port for port in container.ports} | {
            port.name for port in container.ports if port.name
        }
        known |= _probed(container)
    return bool(known) and target not in known


def _probed(container: Container) -> set[int | str]:
    probes = (container.liveness_probe, container.readiness_probe, container.startup_probe)
    actions = [
        action for probe in probes if probe for action in (probe.http_get, probe.tcp_socket, probe.grpc) if action
    ]
    return {action.port for action in actions}


def _moved_port(scene: Scene, workload: str, edge: Edge, counted: Traffic) -> Change | None:
    """A rollout that made the pods listen elsewhere than the Service knows."""
    for change in reversed(scene.recent_changes(workload)):
        moved = change.field in {"ports", "args", "command"} or (
            change.field.startswith("env ") and "PORT" in change.field.upper()
        )
        if moved and ours.brought_by(change.at, edge, counted):
            return change
    return None


def _protocol(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Finding | None:
    if counted.healed:
        return None
    port = _used_port(service, edge)
    change = edited(scene, service, edge, counted)
    place = scene.object_id(component_of(service))
    if port is not None and port.protocol != "TCP" and ours.share(counted, _NOBODY) >= _KEPT:
        at = str(service.spec.ports.index(port))
        claims = (
            Predicate(
                f"the port speaks {port.protocol} only",
                place,
                "equals",
                pointer("ports", at, "protocol"),
                port.protocol,
            ),
        )
        return _finding(scene, "protocol_mismatch", (service, edge, counted), 0.92, claims, (change, edge.callee))
    if change is not None and any(words in ours.quoted(scene, counted) for words in _OTHER_PROTOCOL):
        return _finding(scene, "protocol_mismatch", (service, edge, counted), 0.8, (), (change, edge.callee))
    return None


def _repaired(scene: Scene, service: Service, edge: Edge, counted: Traffic) -> Finding | None:
    """An edit of the selector or the ports at the moment when all calls began to work again."""
    if not counted.healed or ours.share(counted, _NOBODY) < _KEPT:
        return None
    for change in reversed(scene.recent_changes(component_of(service))):
        if change.at is None or counted.first is None or change.at < counted.first:
            continue  # what was there before the trouble did not end it
        condition = {"selector": "selector_mismatch", "ports": "target_port_mismatch"}.get(change.field)
        if condition == "target_port_mismatch" and ours.share(counted, _CLOSED_PORT) < _KEPT:
            condition = None
        if condition and ours.ended_by(change.at, counted):
            return _finding(scene, condition, (service, edge, counted), 0.7, (), (change, edge.callee))
    return None


def _finding(
    scene: Scene,
    condition: str,
    on: tuple[Service, Edge, Traffic],
    strength: float,
    claims: tuple[Predicate, ...],
    behind: tuple[Change | None, str],
) -> Finding:
    (service, edge, counted), (change, workload) = on, behind
    namespace, name = service.metadata.namespace, service.metadata.name
    return Finding(
        component=component_of(service),
        condition=condition,
        role="cause",
        names=tuple(dict.fromkeys((f"{namespace}/{name}", _short(workload), *edge.names))),
        since=_since(change, edge, counted),
        until=ours.ended(counted),
        strength=strength,
        touches=tuple(dict.fromkeys((workload, edge.callee))),
        on_edge=(edge.caller, edge.callee),
        claims=(*claims, *(ours.change_claims(scene, change) if change else ()), *edge_claims(scene, edge, counted)),
        says=f"Service {namespace}/{name} does not lead to {workload}",
    )


def _since(change: Change | None, edge: Edge, counted: Traffic) -> datetime | None:
    first = ours.onset(edge, counted)
    return (
        change.at
        if change and change.at and first and change.at <= first + ours.SLACK and not counted.healed
        else first
    )


def _short(component: str) -> str:
    """A component as `namespace/name`; a host stays as it is."""
    parts = component.split("/", 2)
    return f"{parts[0]}/{parts[2]}" if len(parts) == 3 else component
