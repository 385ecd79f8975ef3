"""Who answers for names: the cluster's own resolver, and workloads that are set to ask somebody else."""

import ipaddress
import re

from agent.scene import Scene
from tools.objects.network import Service
from tools.objects.pods import PodSpec
from tools.snapshot import Snapshot

SYSTEM = "kube-system"
LOOKUP = frozenset({"dns", "dns_server_down"})
"""Families of calls that failed at the name already."""
_DNS_WORKLOAD = re.compile(r"(?:^|-)(?:coredns|kube-dns)(?:-|$)")


def dns_services(snapshot: Snapshot) -> list[Service]:
    """The Services of the cluster's DNS."""
    return [
        one
        for (namespace, name), one in snapshot.services.items()
        if namespace == SYSTEM and (name in {"kube-dns", "coredns"} or one.spec.cluster_ip.endswith(".0.10"))
    ]


def dns_workloads(snapshot: Snapshot) -> list[str]:
    """The components that serve the cluster's names."""
    return [
        one
        for one in snapshot.components
        if one.startswith(f"{SYSTEM}/")
        and (snapshot.labels_of(one).get("k8s-app") == "kube-dns" or _DNS_WORKLOAD.search(one.rpartition("/")[2]))
    ]


def strangers(scene: Scene, component: str) -> list[str]:
    """Nameservers that a component is set to ask instead of the cluster's; empty where it asks the cluster's too."""
    spec = scene.template(component)
    asked = spec.dns_config.nameservers if spec and spec.dns_config else []
    known = {one.spec.cluster_ip for one in dns_services(scene.snapshot)}
    if spec is None or not asked or spec.dns_policy not in {"None", "Default"}:
        return []
    return [] if any(one in known or _is_local(one) for one in asked) else asked


def of_the_node(spec: PodSpec) -> bool:
    """Whether a pod resolves names as its node does, which knows none of the cluster's."""
    named = spec.dns_config is not None and bool(spec.dns_config.nameservers)
    return (spec.dns_policy == "Default" or (spec.host_network and spec.dns_policy == "ClusterFirst")) and not named


def _is_local(address: str) -> bool:
    """Whether an address is one of the node's own cache of the cluster's DNS."""
    try:
        return ipaddress.ip_address(address).is_link_local
    except ValueError:
        return False
