"""How components are named: `namespace/kind/name` of the top controller, lower-case."""

import re
from collections.abc import Collection

from tools.objects.meta import Meta

# Generated endings leave out vowels and what looks like them (apimachinery's rand.SafeEncodeString).
_MADE_BY_DEPLOYMENT = re.compile(r"^(.+)-[bcdfghjklmnpqrstvwxz0-9]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")


def component_id(kind: str, meta: Meta) -> str:
    """`namespace/kind/name`, lower-case; `-` stands for the namespace of a cluster-wide object."""
    return f"{meta.namespace or '-'}/{kind.lower()}/{meta.name}".lower()


def parts_of(component: str) -> tuple[str, str, str]:
    """Namespace, kind and name; a host, or what is known by its name alone, is only the last."""
    namespace, kind, name = component.split("/", 2) if component.count("/") == 2 else ("", "", component)
    return namespace, kind, name


def by_pod_name(namespace: str, name: str, workloads: Collection[str]) -> str:
    """The component of a pod that is gone, by how controllers name their pods; `kind/name` is one already."""
    if "/" in name:
        return f"{namespace}/{name}"
    base, _, _ = name.rpartition("-")
    stems = (("deployment", base.rpartition("-")[0]), ("statefulset", base), ("daemonset", base), ("job", base))
    for kind, stem in stems:
        if f"{namespace}/{kind}/{stem}" in workloads:
            return f"{namespace}/{kind}/{stem}"
    unread = _MADE_BY_DEPLOYMENT.match(name) if not workloads else None
    return f"{namespace}/deployment/{unread[1]}" if unread else f"{namespace}/pod/{name}"
