"""Who stands behind a host name or an address: a component of the cluster, or somebody outside."""

import ipaddress
from functools import cached_property

from msgspec import Struct

from tools.objects.network import Service
from tools.snapshot import Snapshot

_PRIVATE = tuple(
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)
_CLUSTER_SUFFIXES = (".svc.cluster.local", ".svc", ".cluster.local")


class Party(Struct, frozen=True):
    """One end of a call.

    Attributes:
        component: Component id, or the host for somebody outside.
        names: What it was called by: `ns/service`, host, address.
        service: `(namespace, name)` of the Service that the call went to, if one.
        inside: Whether it is known to be in the cluster.
    """

    component: str
    names: tuple[str, ...] = ()
    service: tuple[str, str] | None = None
    inside: bool = True


class AddressBook:
    """Resolves what log lines and settings name."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read names and addresses off the snapshot, on first use."""
        self._snapshot = snapshot

    @cached_property
    def _cluster_ips(self) -> dict[str, Service]:
        return {one.spec.cluster_ip: one for one in self._snapshot.services.values() if one.spec.cluster_ip}

    @cached_property
    def _pod_ips(self) -> dict[str, str]:
        return {
            pod.status.pod_ip: self._snapshot.component_of(pod)
            for pod in self._snapshot.pods
            if pod.status.pod_ip and pod.status.pod_ip != pod.status.host_ip
        }

    @cached_property
    def _node_ips(self) -> dict[str, str]:
        from tools.objects.capacity import Node

        return {
            address.address: f"-/node/{node.metadata.name}"
            for node in self._snapshot.all("Node", Node)
            for address in node.status.addresses
        }

    @cached_property
    def _by_workload_name(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for component in self._snapshot.components:
            namespace, _, name = component.split("/", 2)
            found.setdefault((namespace, name), component)
        return found

    @cached_property
    def _services_unread(self) -> bool:
        return self._snapshot.gap_about("Service") is not None

    def resolve(self, host: str, namespace: str) -> Party | None:
        """The party behind `host` as seen from `namespace`; None for the caller itself or nobody in particular."""
        host = host.rstrip(".").lower()
        if host in {"localhost", "::1", "0.0.0.0"} or host.startswith("127."):  # noqa: S104 - a name, not a bind
            return None
        if _is_address(host):
            return self._address(host)
        return self._name(host, namespace)

    def _address(self, address: str) -> Party:
        service = self._cluster_ips.get(address)
        if service is not None:
            return self.behind(service, address)
        component = self._pod_ips.get(address) or self._node_ips.get(address)
        if component:
            return Party(component, (address,))
        # A private address that nothing carries any more was a pod's.
        return Party(address, (address,), inside=_is_private(address))

    def _name(self, host: str, namespace: str) -> Party:
        bare, qualified = host, False
        for suffix in _CLUSTER_SUFFIXES:
            if host.endswith(suffix):
                bare, qualified = host.removesuffix(suffix), True
                break
        parts = bare.split(".")
        if len(parts) == 1:
            return self._in_namespace(parts[0], namespace, host)
        service = self._snapshot.services.get((parts[-1], parts[-2]))
        if service is not None:
            return self.behind(service, host)
        if qualified:
            return Party(host, (host, f"{parts[-1]}/{parts[-2]}"))
        return Party(host, (host,), inside=False)

    def _in_namespace(self, name: str, namespace: str, host: str) -> Party:
        service = self._snapshot.services.get((namespace, name))
        if service is not None:
            return self.behind(service, host)
        pod = self._snapshot.pod_by_name.get((namespace, name))
        if pod is not None:
            return Party(self._snapshot.component_of(pod), (host,))
        if self._services_unread and (namespace, name) in self._by_workload_name:
            # Services were not read; most bear the name of the workload behind them.
            return Party(self._by_workload_name[namespace, name], (host, f"{namespace}/{name}"))
        return Party(host, (host, f"{namespace}/{name}"))

    def behind(self, service: Service, named: str) -> Party:
        """The component behind a Service: what its selector takes, else whatever carries its name."""
        namespace, name = service.metadata.namespace, service.metadata.name
        names = tuple(dict.fromkeys((f"{namespace}/{name}", named)))
        if service.spec.external_name:
            outside = service.spec.external_name.rstrip(".").lower()
            return Party(outside, (outside, *names), (namespace, name), inside=False)
        selected = self._snapshot.selected_by(service)
        component = next(iter(selected), None) or self._by_workload_name.get((namespace, name))
        return Party(component or f"{namespace}/service/{name}", names, (namespace, name))


def _is_private(address: str) -> bool:
    """Whether an address is of the ranges that clusters use; documentation ranges count as public ones."""
    found = ipaddress.ip_address(address)
    return any(found.version == network.version and found in network for network in _PRIVATE)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
