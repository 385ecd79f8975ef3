"""Our own proxies, meshes and gateways: when one of them, and not what lies behind it, fails a call."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import structs

from agent.detectors import ours
from agent.detectors.calls import MODE_OF_FAMILY, edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.objects.pods import Pod
from tools.traffic import Traffic

_PROXY_IMAGE = re.compile(
    r"(?:^|/)(?:nginx|openresty|envoy|haproxy|traefik|kong|squid|caddy|apisix|contour|ambassador|emissary|varnish|proxyv2"
    r"|tinyproxy|oauth2-proxy|[\w-]*ingress[\w-]*|(?:api-|cloud-|envoy-)?gateway)(?:[:@/]|$)"
)
_SIDECARS = frozenset(
    {"istio-proxy", "linkerd-proxy", "kuma-sidecar", "envoy-sidecar", "consul-dataplane", "cloud-sql-proxy"}
)
_NO_ROUTE = re.compile(
    r"no route|cluster_not_found|route_not_found|no_route|\bnr\b|no matching|no cluster match|unknown host in request"
)
_LOOPBACK = re.compile(r"://(?:127\.0\.0\.1|localhost|\[::1\])[:/]")
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}$")
_PROPAGATES = timedelta(minutes=2)
"""How long endpoints take at most to reach every proxy."""
_GONE = frozenset({"refused", "timeout", "unreachable", "reset", "unavailable"})
_ON_THE_WAY = frozenset({"refused", "timeout", "unreachable", "reset", "dns", "tls_expired", "tls_other"})


def detect(scene: Scene) -> Iterator[Finding]:
    """Findings on proxies that are down, on sidecars, on missing routes, and on the upstream that a proxy names."""
    for edge, counted in scene.failing:
        found = (
            _sidecar(scene, edge, counted)
            or _left_behind(scene, edge, counted)
            or _down(scene, edge, counted)
            or _told(scene, edge, counted)
            or _refusing(scene, edge, counted)
            or _no_route(scene, edge, counted)
            or _messenger(scene, edge, counted)
            or _stale(scene, edge, counted)
        )
        if found is not None:
            yield found


def is_proxy(scene: Scene, component: str) -> bool:
    """Whether a workload only passes calls on, by the image of its only own container."""
    template = scene.template(component)
    images = [box.image.lower() for box in template.containers if box.name not in _SIDECARS] if template else []
    return len(images) == 1 and bool(_PROXY_IMAGE.search(images[0]))


def _sidecar(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """The caller's own mesh proxy is not ready, so that no call leaves the pod."""
    if ours.share(counted, _GONE | {"no_upstream"}) < 0.5 or counted.healed:
        return None
    for pod in scene.snapshot.pods_by_component.get(edge.caller, ()):
        for status in pod.status.container_statuses:
            if not status.ready and (status.name in _SIDECARS or _goes_through(scene, edge, status.image)):
                path = pointer("pods", pod.metadata.name, "containers", status.name, "ready")
                claim = Predicate(
                    f"{status.name} of {pod.metadata.name} is not ready",
                    f"pods/{edge.caller}",
                    "equals",
                    path,
                    value=False,
                )
                return _finding(scene, edge, counted, (edge.caller, "proxy_down", 0.87), (claim,))
    return None


def _goes_through(scene: Scene, edge: Edge, image: str) -> bool:
    """Whether an image is a proxy's, and the caller is told to go out through its own pod."""
    template = scene.template(edge.caller)
    settings = [one for box in template.containers for one in box.env] if template else []
    local = any(one.name.lower().endswith("_proxy") and _LOOPBACK.search(one.value or "") for one in settings)
    return local and bool(_PROXY_IMAGE.search(image.lower()))


def _left_behind(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy that goes on calling addresses which no pod has any more, since pods were replaced by ready ones."""
    if not is_proxy(scene, edge.caller) or not _ADDRESS.match(edge.callee) or counted.healed or not edge.inside:
        return None
    first, last = ours.onset(edge, counted), counted.last
    if first is None or last is None or last - first < _PROPAGATES or ours.share(counted, _GONE) < 0.5:
        return None
    heirs = [
        component
        for component, pods in scene.snapshot.pods_by_component.items()
        if scene.snapshot.services_of(component) and pods and all(_replaced(pod, first) for pod in pods)
    ]
    if not heirs:
        return None
    text = f"{heirs[0]} has ready pods, none of them at {edge.callee}"
    claim = Predicate(text, f"pods/{heirs[0]}", "count_at_least", "/ready", 1)
    found = _finding(scene, edge, counted, (edge.caller, "proxy_down", 0.85), (claim,))
    return structs.replace(found, touches=(*found.touches, *heirs))


def _replaced(pod: Pod, first: datetime) -> bool:
    """Whether a ready pod began just before calls to another address first failed."""
    began = pod.status.start_time
    return pod.ready and began is not None and first - _PROPAGATES <= began <= first


def _down(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy whose pods run but do not take calls. One at zero or crashing is told by that state."""
    pods = scene.snapshot.pods_by_component.get(edge.callee, [])
    if not pods or any(pod.ready for pod in pods) or counted.healed or not is_proxy(scene, edge.callee):
        return None
    if ours.share(counted, _GONE) < 0.5:
        return None
    claim = Predicate(f"no pod of {edge.callee} is ready", f"pods/{edge.callee}", "equals", "/ready", 0)
    return _finding(scene, edge, counted, (edge.callee, "proxy_down", 0.88), (claim,))


def _told(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """The proxy that the caller's settings or its own words send it through does not take the call."""
    through = ours.told_proxy(scene, edge.caller) == edge.callee or "proxyconnect" in ours.quoted(scene, counted)
    if not through or ours.share(counted, _GONE) < 0.5:
        return None
    return _finding(scene, edge, counted, (edge.callee, "proxy_down", 0.86), ())


def _refusing(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy that answers in the callee's place, and signs its answer."""
    proxy = ours.written_by_proxy(scene, edge, counted)
    if proxy is None or edge.callee == proxy:
        return None
    return _finding(scene, edge, counted, (proxy, "proxy_down", 0.88), ())


def _by_proxy(counted: Traffic) -> bool:
    return counted.producers.get("proxy", 0) > counted.failed / 2 or counted.main_family == "no_upstream"


def _no_route(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy that knows no way to the callee: its routes are ours to mend."""
    if not _by_proxy(counted) or not _NO_ROUTE.search(ours.quoted(scene, counted)):
        return None
    return _finding(scene, edge, counted, (edge.caller, "wrong_address", 0.78), _latest_change(scene, edge, counted))


def _latest_change(scene: Scene, edge: Edge, counted: Traffic) -> tuple[Predicate, ...]:
    found = ours.suspects(scene, edge.caller, edge, counted)
    return ours.change_claims(scene, found[0].change) if found else ()


def _messenger(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy that reached out for somebody outside and says how that failed: the callee stays to blame."""
    family = counted.main_family
    if edge.inside or not _by_proxy(counted) or family not in _ON_THE_WAY:
        return None
    return _finding(scene, edge, counted, (edge.callee, MODE_OF_FAMILY[family], 0.68), ())


def _stale(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A proxy without an upstream although the Service has ready backends, which others reach."""
    if not _by_proxy(counted) or counted.main_family != "no_upstream" or not edge.inside:
        return None
    pods: list[Pod] = scene.snapshot.pods_by_component.get(edge.callee, [])
    backends = scene.snapshot.endpoints.get(edge.service) if edge.service else None
    ready = any(ok for _, ok in backends) if backends is not None else False
    if not ready or not pods or not all(pod.ready for pod in pods) or not _older(pods, counted.first):
        return None
    reached = any(
        callee == edge.callee and caller != edge.caller and other.worked > 0 and not other.failed
        for (caller, callee), other in scene.traffic.items()
    )
    place = scene.object_id(f"{edge.service[0]}/service/{edge.service[1]}") if edge.service else ""
    claim = Predicate(f"{edge.callee} has ready backends", place, "count_at_least", "/endpoints/ready", 1)
    return _finding(scene, edge, counted, (edge.caller, "proxy_down", 0.75 if reached else 0.5), (claim,))


def _older(pods: list[Pod], first: datetime | None) -> bool:
    """Whether all pods were there before the first failure, so that no upstream was missing for a restart."""
    starts = [pod.status.start_time for pod in pods]
    return all(first is None or at is None or at < first for at in starts)


def _finding(
    scene: Scene, edge: Edge, counted: Traffic, what: tuple[str, str, float], claims: tuple[Predicate, ...]
) -> Finding:
    component, condition, strength = what
    return Finding(
        component=component,
        condition=condition,
        role="cause",
        names=edge.names if component == edge.callee else (),
        since=ours.onset(edge, counted),
        until=ours.ended(counted),
        strength=strength,
        touches=(edge.caller,),
        on_edge=(edge.caller, edge.callee),
        claims=(*claims, *edge_claims(scene, edge, counted)),
        says=f"{counted.main_family} between {edge.caller} and {edge.callee}, said by the proxy in between",
    )
