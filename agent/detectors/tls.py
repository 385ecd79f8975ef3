"""Handshakes that fail: over one certificate, over our trust store, or over our clock."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import Edge
from tools.traffic import Traffic

_CERTIFICATE = frozenset({"tls_expired", "tls_untrusted", "tls_not_yet_valid"})

_PEER_ALERT = re.compile(
    r"(?:remote error: tls: |alert )(expired|bad|revoked|unknown|unsupported)?[ _]?certificate"
    r"[ _]?(?:expired|required|revoked)?"
)

Failing = list[tuple[Edge, Traffic]]


def detect(scene: Scene) -> Iterator[Finding]:
    """Findings on the callee for one certificate, on the caller or its node for several unrelated ones."""
    yield from _rejected(scene)
    failing = [one for one in scene.failing if ours.share(one[1], _CERTIFICATE) >= 0.5]
    if not failing:
        return
    clock = [one for one in failing if one[1].main_family in {"tls_expired", "tls_not_yet_valid"}]
    told = _clock(scene, clock)
    yield from told
    covered = {(edge.caller, edge.callee) for edge, _ in clock} if told else set()
    for callee in dict.fromkeys(edge.callee for edge, _ in failing):
        several = [one for one in failing if one[0].callee == callee and (one[0].caller, callee) not in covered]
        if several:
            yield from _one_callee(scene, several, failing)


def _rejected(scene: Scene) -> Iterator[Finding]:
    """Handshakes that the peer broke off over our own certificate: the alert names whose it is."""
    for edge, counted in scene.failing:
        alert = _PEER_ALERT.search(ours.quoted(scene, counted))
        if alert is not None:
            condition = "certificate_expired" if alert[1] == "expired" else "invalid_credentials"
            yield _finding(scene, edge.caller, condition, [(edge, counted)], 0.85)


def _clock(scene: Scene, clock: Failing) -> list[Finding]:
    """Certificates of unrelated callees that seem to end at once, or not to have begun: our clock is off."""
    early = [one for one in clock if one[1].main_family == "tls_not_yet_valid"]
    callees = {ours.domain(edge.callee) for edge, _ in clock}
    callers = {edge.caller for edge, _ in clock}
    if len(callees) < 2 and not (early and len(callers) == 1) and not _own_skew(scene, callers):
        return []
    if not clock or _certificates_accepted(scene, callers, clock):
        return []
    strength = 0.9 if len(callees) > 1 or _own_skew(scene, callers) else 0.8
    node = _shared_node(scene, callers)
    if node is not None and len(callers) > 1:
        return [_finding(scene, node, "clock_skew", clock, strength)]
    return [
        _finding(scene, caller, "clock_skew", [one for one in clock if one[0].caller == caller], strength)
        for caller in sorted(callers)
    ]


def _own_skew(scene: Scene, callers: set[str]) -> bool:
    """Whether a caller's own log speaks of clocks that disagree."""
    return any(
        one.family == "clock_skew" and (one.at is None or scene.window.holds(one.at))
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) in callers
        for one in digest.mentions
    )


def _certificates_accepted(scene: Scene, callers: set[str], clock: Failing) -> bool:
    """Whether the same callers still talk TLS to another outside host, so that their clock cannot be wrong."""
    hosts = {edge.callee for edge, _ in clock}
    return any(
        edge.caller in callers
        and edge.callee not in hosts
        and ours.is_outside_host(edge)
        and any(hit.target and hit.target.scheme == "https" for hit in edge.hits)
        and scene.traffic[edge.caller, edge.callee].worked > 0
        for edge in scene.graph.edges
        if edge.in_use
    )


def _shared_node(scene: Scene, callers: set[str]) -> str | None:
    nodes = {
        pod.spec.node_name
        for caller in callers
        for pod in scene.snapshot.pods_by_component.get(caller, ())
        if pod.spec.node_name
    }
    return f"-/node/{nodes.pop()}" if len(nodes) == 1 else None


def _one_callee(scene: Scene, several: Failing, failing: Failing) -> Iterator[Finding]:
    """One callee's certificate, or a trust store of ours that lacks its issuer."""
    edge, counted = several[0]
    family = counted.main_family
    if family != "tls_untrusted" and len(several) == 1 and _others_accept(scene, edge):
        yield _finding(scene, edge.caller, "clock_skew", several, 0.78)
    elif family == "tls_untrusted":
        yield from _untrusted(scene, several, failing)
    elif edge.inside:
        yield _finding(scene, edge.callee, "certificate_expired", several, 0.87)
    elif family == "tls_expired":
        yield _finding(scene, edge.callee, "dependency_tls_failure", several, 0.87)
    else:
        yield _finding(scene, edge.callee, "dependency_tls_failure", several, 0.7)


def _others_accept(scene: Scene, edge: Edge) -> bool:
    """Whether another caller reaches the same callee without trouble in the window."""
    return any(
        callee == edge.callee and caller != edge.caller and counted.worked > 0 and not counted.failed
        for (caller, callee), counted in scene.traffic.items()
    )


def _untrusted(scene: Scene, several: Failing, failing: Failing) -> Iterator[Finding]:
    for edge, counted in several:
        same = [one for one in failing if one[0].caller == edge.caller and one[1].main_family == "tls_untrusted"]
        domains = {ours.domain(one.callee) for one, _ in same}
        suspects = ours.suspects(scene, edge.caller, edge, counted)
        if len(domains) > 1 or suspects or _others_accept(scene, edge):
            claims = ours.change_claims(scene, suspects[0].change) if suspects else ()
            yield _finding(scene, edge.caller, "ca_bundle_missing", [(edge, counted)], 0.88, claims)
            continue
        accepted = _certificates_accepted(scene, {edge.caller}, same)
        strength = 0.8 if accepted or len(several) > 1 else 0.55
        yield _finding(scene, edge.callee, "dependency_tls_failure", [(edge, counted)], strength)
        if strength < 0.6:
            yield _finding(scene, edge.caller, "ca_bundle_missing", [(edge, counted)], 0.45)


def _finding(
    scene: Scene,
    component: str,
    condition: str,
    failing: Failing,
    strength: float,
    claims: tuple[Predicate, ...] = (),
) -> Finding:
    about_callee = component == failing[0][0].callee
    healed = all(counted.healed for _, counted in failing)
    firsts: list[datetime] = [at for one in failing if (at := ours.onset(*one))]
    edge = failing[0][0]
    return Finding(
        component=component,
        condition=condition,
        role="cause",
        names=tuple(dict.fromkeys(name for one, _ in failing for name in one.names)) if about_callee else (),
        since=min(firsts, default=None),
        until=max((counted.last for _, counted in failing if counted.last), default=None) if healed else None,
        strength=strength,
        touches=tuple(dict.fromkeys(one.caller for one, _ in failing)),
        on_edge=(edge.caller, edge.callee) if len(failing) == 1 else None,
        claims=(*claims, *(claim for one in failing[:3] for claim in edge_claims(scene, *one))),
        says=f"{failing[0][1].main_family} between {edge.caller} and {len(failing)} callee(s)"
        if not about_callee
        else f"{len(failing)} caller(s) reject its certificate",
    )
