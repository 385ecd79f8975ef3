"""The evidence of a component by sort, whom its state touches, and what kind of thing it is."""

import re
from collections.abc import Callable, Iterator

from agent.detectors.store_kinds import kinds_in, kinds_of
from agent.scene import Scene
from tools.components import parts_of
from tools.objects.capacity import PersistentVolumeClaim
from tools.objects.network import NetworkPolicy
from tools.objects.workloads import Autoscaler

_BROKER = re.compile(r"rabbitmq|kafka|nats|amqp|activemq|pulsar|redpanda|mosquitto", re.IGNORECASE)
_RESOLVER = re.compile(r"/(?:coredns|kube-?dns|node-local-dns)", re.IGNORECASE)


def evidence_of(scene: Scene, component: str, of: str) -> list[str]:
    """The ids of a component's evidence of one sort."""
    return list(dict.fromkeys(_SORTS[of](scene, component)))


def touched(scene: Scene, component: str) -> Iterator[str]:
    """Components whose trouble a state of the component explains beside its own."""
    yield from behind(scene, component)
    yield from _on_node(scene, component)
    yield from _governed(scene, component)


def is_a(scene: Scene, component: str, kind: str) -> bool:
    """Whether a component is of a kind that the table's `only` names."""
    return _KINDS[kind](scene, component)


def behind(scene: Scene, component: str) -> Iterator[str]:
    """Workloads that a Service stands for: those it selects, or of its name where it selects nobody."""
    namespace, kind, name = parts_of(component)
    if kind != "service":
        return
    service = scene.snapshot.services.get((namespace, name))
    selected = scene.snapshot.selected_by(service) if service else []
    alike = (one for one in scene.snapshot.workloads if one.startswith(f"{namespace}/") and one.endswith(f"/{name}"))
    yield from selected or alike


def _on_node(scene: Scene, component: str) -> Iterator[str]:
    if component.startswith("-/node/"):
        name = component.rpartition("/")[2]
        on = {scene.snapshot.component_of(pod) for pod in scene.snapshot.pods if pod.spec.node_name == name}
        yield from sorted(on)


def _governed(scene: Scene, component: str) -> Iterator[str]:
    """Workloads whose pods a NetworkPolicy selects."""
    namespace, kind, name = parts_of(component)
    if kind != "networkpolicy":
        return
    for policy in scene.snapshot.within(namespace, "NetworkPolicy", NetworkPolicy):
        if policy.metadata.name == name:
            pods = (pod for pod in scene.snapshot.pods if pod.metadata.namespace == namespace)
            yield from sorted(
                {
                    scene.snapshot.component_of(pod)
                    for pod in pods
                    if policy.spec.pod_selector.matches(pod.metadata.labels)
                }
            )


def _autoscalers(scene: Scene, component: str) -> Iterator[str]:
    namespace, kind, name = parts_of(component)
    for one in scene.snapshot.within(namespace, "HorizontalPodAutoscaler", Autoscaler):
        aim = one.spec.scale_target_ref
        if (aim.kind.lower(), aim.name) == (kind, name):
            yield f"horizontalpodautoscaler/{namespace}/{one.metadata.name}"


def _claims(scene: Scene, component: str) -> Iterator[str]:
    """Volume claims that carry the component's name or are in its pods' templates."""
    namespace = component.partition("/")[0]
    template = scene.template(component)
    mounted = (volume.persistent_volume_claim for volume in template.volumes) if template else ()
    used = {one.claim_name for one in mounted if one}
    name = component.rpartition("/")[2]
    for one in scene.snapshot.within(namespace, "PersistentVolumeClaim", PersistentVolumeClaim):
        if one.metadata.name in used or f"-{name}-" in f"-{one.metadata.name}":
            yield f"persistentvolumeclaim/{namespace}/{one.metadata.name}"


def _feeds(scene: Scene, component: str) -> Iterator[str]:
    return (f"status/{one.provider}" for one in scene.snapshot.feeds if one.provider.lower() in _words(component))


def _words(component: str) -> set[str]:
    return set(component.lower().replace("/", ".").split("."))


_SORTS: dict[str, Callable[[Scene, str], Iterator[str]]] = {
    "object": lambda scene, one: iter([scene.object_id(one)] if one.count("/") == 2 else []),
    "pods": lambda _, one: iter([f"pods/{one}"]),
    "events": lambda _, one: iter([f"events/{one}"]),
    "changes": lambda _, one: iter([f"changes/{one}"]),
    "logs": lambda _, one: iter([f"logs/{one}"]),
    "callers": lambda scene, one: (
        f"logs/{edge.caller}" for name in (one, *behind(scene, one)) for edge in scene.graph.callers_of(name)
    ),
    "services": lambda scene, one: (
        f"service/{s.metadata.namespace}/{s.metadata.name}" for s in scene.snapshot.services_of(one)
    ),
    "behind": lambda scene, one: (f"pods/{name}" for name in behind(scene, one)),
    "hosted": lambda scene, one: (f"pods/{name}" for name in _on_node(scene, one)),
    "touched_calls": lambda scene, one: (
        f"logs/{name}"
        for near in _governed(scene, one)
        for name in (near, *(edge.caller for edge in scene.graph.callers_of(near)))
    ),
    "autoscaler": _autoscalers,
    "claims": _claims,
    "feed": _feeds,
}

_KINDS: dict[str, Callable[[Scene, str], bool]] = {
    "unseen": lambda scene, one: not scene.speaks(one),
    "store": lambda scene, one: bool(kinds_of(scene, one) if "/" in one else kinds_in(one)),
    "broker": lambda _, one: bool(_BROKER.search(one)),
    "resolver": lambda _, one: bool(_RESOLVER.search(one)),
}
