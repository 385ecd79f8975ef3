"""Whether network policies let a call through, as the API defines it: selectors, ports and addresses."""

import ipaddress
from typing import Literal

from msgspec import Struct

from tools.objects.meta import LabelSelector
from tools.objects.network import NetworkPolicy, PolicyPeer, PolicyPort

Way = Literal["ingress", "egress"]
Answer = Literal["allowed", "maybe", "denied"]


class Party(Struct, frozen=True):
    """One end of a connection as policies see it.

    Attributes:
        namespace: None for somebody outside the cluster.
        addresses: Pod addresses, or the one called outside; empty when unknown.
        port: Where the connection arrives, after the Service's translation; None when unknown.
        port_names: The names that the pod gives to its ports.
    """

    namespace: str | None = None
    labels: dict[str, str] = {}
    namespace_labels: dict[str, str] = {}
    addresses: tuple[str, ...] = ()
    port: int | None = None
    port_names: dict[str, int] = {}
    protocol: str = "TCP"


def governs(policy: NetworkPolicy, way: Way, party: Party) -> bool:
    """Whether the policy restricts this direction of the party's traffic."""
    if policy.metadata.namespace != party.namespace or not policy.spec.pod_selector.matches(party.labels):
        return False
    types = [one.lower() for one in policy.spec.policy_types]
    if types:
        return way in types
    # Without types a policy is for ingress, and for egress when it has such rules.
    return way == "ingress" or bool(policy.spec.egress)


def allows(policy: NetworkPolicy, way: Way, peer: Party, at: Party) -> Answer:
    """What one policy says to a connection with `peer` that arrives at `at` (the same as `peer` for egress)."""
    rules = policy.spec.ingress if way == "ingress" else policy.spec.egress
    answers = [_both(_peers(rule.peers, policy.metadata.namespace, peer), _ports(rule.ports, at)) for rule in rules]
    return _best(answers)


def verdict(policies: list[NetworkPolicy], way: Way, peer: Party, at: Party) -> Answer:
    """Policies add up: one that allows is enough; none at all allows."""
    return _best([allows(one, way, peer, at) for one in policies]) if policies else "allowed"


def _best(answers: list[Answer]) -> Answer:
    if "allowed" in answers:
        return "allowed"
    return "maybe" if "maybe" in answers else "denied"


def _both(first: Answer, second: Answer) -> Answer:
    if "denied" in (first, second):
        return "denied"
    return "maybe" if "maybe" in (first, second) else "allowed"


def _peers(peers: list[PolicyPeer], namespace: str, party: Party) -> Answer:
    return _best([_peer(one, namespace, party) for one in peers]) if peers else "allowed"


def _peer(peer: PolicyPeer, namespace: str, party: Party) -> Answer:
    if peer.ip_block is not None:
        return _block(peer.ip_block.cidr, peer.ip_block.without, party.addresses)
    if party.namespace is None:
        return "denied"
    if peer.namespace_selector is None:
        there = party.namespace == namespace
    else:
        there = peer.namespace_selector.matches(party.namespace_labels)
    selected = (peer.pod_selector or LabelSelector()).matches(party.labels)
    return "allowed" if there and selected else "denied"


def _block(cidr: str, without: list[str], addresses: tuple[str, ...]) -> Answer:
    if not addresses:
        return "allowed" if cidr.endswith("/0") else "maybe"
    inside = [_within(one, cidr) and not any(_within(one, hole) for hole in without) for one in addresses]
    if all(inside):
        return "allowed"
    return "maybe" if any(inside) else "denied"


def _within(address: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def _ports(ports: list[PolicyPort], at: Party) -> Answer:
    return _best([_port(one, at) for one in ports]) if ports else "allowed"


def _port(port: PolicyPort, at: Party) -> Answer:
    if (port.protocol or "TCP") != at.protocol:
        return "denied"
    if port.port is None:
        return "allowed"
    if at.port is None:
        return "maybe"
    wanted = at.port_names.get(port.port) if isinstance(port.port, str) else port.port
    if wanted is None:
        return "denied"
    return "allowed" if wanted <= at.port <= max(wanted, port.end_port or wanted) else "denied"
