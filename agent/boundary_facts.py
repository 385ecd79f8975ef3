"""What of a component the boundary asks for, in the normal forms that patterns compare with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.boundary_patterns import address, normal_host, normal_image

PRIVATE_SUFFIXES = (
    ".internal",
    ".local",  # cluster.local too
    ".corp",
    ".lan",
    ".home",
    ".intranet",
    ".svc",
    ".localhost",
    ".localdomain",
    ".home.arpa",
    ".consul",
)
"""Endings of names that no public resolver answers."""

_INJECTED = frozenset({"istio/proxyv2", "linkerd/proxy", "linkerd-io/proxy", "envoyproxy/envoy", "kuma/kuma-dp"})
"""Repositories of mesh proxies that a webhook puts before a pod's own containers."""


@dataclass(frozen=True, slots=True)
class ComponentFacts:
    """What the evidence says of a component, as far as the boundary asks.

    Attributes:
        id: `namespace/kind/name`, `-/node/NAME`, or a host outside the cluster.
        names: Other names: `namespace/service`, hosts.
        images: In the order of the pod's containers; the first that is no injected mesh proxy
            says what the workload is.
        hosts: Host names under which callers reach it.
        external: Runs outside the cluster.
    """

    id: str
    names: tuple[str, ...] = ()
    namespace: str = ""
    name: str = ""
    images: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    external: bool = False

    @property
    def place(self) -> str:
        """Who is named as owner of what is ours, where no team is."""
        if self.external:
            return "us"
        return self.namespace.lower() if self.namespace not in {"", "-"} else "cluster"


def workload_names(facts: ComponentFacts) -> tuple[str, ...]:
    """`namespace/name` and `namespace/kind/name`, of the component and of its Services."""
    own = (f"{facts.namespace}/{facts.name}",) if facts.namespace and facts.name else ()
    return tuple(name.lower() for name in (*own, facts.id, *facts.names) if "/" in name)


def host_names(facts: ComponentFacts) -> tuple[str, ...]:
    """All hosts; what runs in the cluster has the cluster's DNS names of its Services as well."""
    hosts = list(facts.hosts)
    if facts.external:
        hosts += [facts.id, *(name for name in facts.names if "/" not in name)]
    else:
        for name in workload_names(facts):
            namespace, _, service = name.partition("/")
            if "/" not in service:
                hosts += [f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local"]
    return tuple(dict.fromkeys(normal_host(host) for host in hosts))


def main_image(facts: ComponentFacts) -> tuple[str, ...]:
    """The workload's own image with and without its registry; empty where there is none."""
    for image in facts.images:
        full, repository = normal_image(image)
        if repository not in _INJECTED:
            return (full, repository)
    return ()


def namespaces(facts: ComponentFacts) -> tuple[str, ...]:
    """The namespace, where the component runs in one."""
    outside = facts.external or facts.namespace in {"", "-"}
    return () if outside else (facts.namespace.lower(),)


def is_public_name(host: str) -> bool:
    """Whether a normal host is a name that a public resolver could answer."""
    return address(host) is None and "." in host and not host.endswith(PRIVATE_SUFFIXES)


def why_unknown(hosts: tuple[str, ...]) -> str:
    """Why nothing can be said of a component outside with these hosts."""
    host = hosts[0] if hosts else ""
    found = address(host)
    if found is None:
        return f"'{host}' is a private or single-label name, declare it as owned or third_party"
    kind = "an address without a name" if found.is_global else "a private address"
    return f"'{host}' is {kind}, declare it as owned or third_party"
