"""Whose a cause is: the boundary's answer for what a finding names."""

from msgspec import Struct

from agent.boundary import Boundary, ComponentFacts, Ownership, Side
from agent.failure_modes import has
from agent.finding import Finding
from agent.provider_scope import is_about
from agent.providers import ThirdParty
from agent.scene import Scene

_PLUMBING = frozenset(
    {"service", "networkpolicy", "configmap", "ingress", "namespace", "node", "resourcequota", "cluster"}
)
"""Objects of the cluster itself: whoever runs the namespace owns them, even where a third party's stand-in runs."""


class Owner(Struct, frozen=True):
    """A side and its name; `provider` where a third party is known."""

    side: Side
    name: str
    because: str
    provider: ThirdParty | None = None
    telemetry: bool = False


def owner_of(scene: Scene, boundary: Boundary, finding: Finding) -> Owner:
    """The owner of a finding's component."""
    said = boundary.owner(_facts(scene, finding))
    if said.managed:
        return _managed(scene, boundary, finding, said)
    return Owner(said.side, said.owner, said.because, said.provider, said.role == "telemetry")


def _facts(scene: Scene, finding: Finding) -> ComponentFacts:
    """A Service that stands for a callee whose pods are gone is that callee, not a piece of plumbing."""
    namespace, _, rest = finding.component.partition("/")
    kind, _, name = rest.partition("/")
    if kind == "service" and finding.condition.startswith("dependency_"):
        hosts = tuple(one for one in finding.names if "/" not in one)
        return ComponentFacts(id=finding.component, namespace=namespace, name=name, hosts=hosts)
    return facts_of(scene, finding.component, finding.names)


def facts_of(scene: Scene, component: str, names: tuple[str, ...] = ()) -> ComponentFacts:
    """What the evidence says of a component, as far as the boundary asks."""
    if "/" not in component:
        inside = [name for name in names if name.count("/") == 1]
        if inside and ("." not in component or component.endswith((".svc", ".cluster.local"))):
            # A bare name that nothing of the cluster was read for is still a Service's name in its caller's namespace.
            return ComponentFacts(
                id=component, names=tuple(inside), namespace=inside[0].partition("/")[0], name=component
            )
        return ComponentFacts(id=component, hosts=(component, *(n for n in names if "/" not in n)), external=True)
    if component.count("/") == 1:
        # Declared in the boundary file, and nothing of it was read.
        namespace, _, name = component.partition("/")
        return ComponentFacts(id=component, names=(component,), namespace=namespace, name=name)
    namespace, kind, name = component.split("/", 2)
    if kind in _PLUMBING:
        return ComponentFacts(id=component, namespace=namespace)
    workload = scene.snapshot.workloads.get(component)
    template = scene.snapshot.template_of(component)
    services = (f"{s.metadata.namespace}/{s.metadata.name}" for s in scene.snapshot.services_of(component))
    # A finding's names may tell of its callee as well; a workload's own Services are certain.
    known = () if workload or template else tuple(one for one in names if one.startswith(f"{namespace}/"))
    return ComponentFacts(
        id=component,
        names=tuple(dict.fromkeys((*known, *services))),
        namespace=namespace,
        name=name,
        images=tuple(one.image for one in template.containers) if template else (),
        annotations=workload.metadata.annotations if workload else {},
    )


def _managed(scene: Scene, boundary: Boundary, finding: Finding, said: Ownership) -> Owner:
    """A managed store is shared: its use is ours, its being there is theirs once they or we say so."""
    if has(finding.condition, "ours_in_managed"):
        return Owner("owned", "us", f"{said.because}; {finding.condition} of a managed store is ours", said.provider)
    if said.declared or _reported(scene, boundary, finding, said):
        return Owner("third_party", said.owner, said.because, said.provider)
    return Owner("unknown", said.owner, f"{said.because}; managed, and no provider incident is known", said.provider)


def _reported(scene: Scene, boundary: Boundary, finding: Finding, said: Ownership) -> bool:
    names = (finding.component, *finding.names)
    for feed in scene.snapshot.feeds:
        during = (one for one in feed.incidents if one.resolved_at is None or one.resolved_at >= scene.window.start)
        if any(is_about(one, feed.provider, names) for one in during):
            provider = boundary.provider(feed.provider)
            if provider is not None and said.provider is not None and provider.name == said.provider.name:
                return True
    return False
