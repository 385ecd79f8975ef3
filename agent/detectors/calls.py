"""Failing calls: the symptom on the edge, and the callee as its explanation when nothing better is seen."""

from collections.abc import Iterator
from datetime import datetime

from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.plain_text import plain
from tools.traffic import Traffic

# What a callee whose inside we cannot see is to be called when its calls fail like this.
MODE_OF_FAMILY = {
    "refused": "dependency_unavailable",
    "unreachable": "dependency_unavailable",
    "unavailable": "dependency_unavailable",
    "no_upstream": "dependency_unavailable",
    "timeout": "dependency_timeout",
    "reset": "dependency_resets",
    "dns": "dependency_dns_failure",
    "tls_expired": "dependency_tls_failure",
    "tls_untrusted": "dependency_tls_failure",
    "tls_other": "dependency_tls_failure",
    "tls_not_yet_valid": "dependency_tls_failure",
    "server_error": "dependency_errors",
    "failed": "dependency_errors",
    "rate_limited": "dependency_rate_limited",
    "schema": "dependency_schema_change",
    "client_error": "dependency_schema_change",
    "unauthorized": "dependency_auth_rejected",
    "forbidden": "dependency_auth_rejected",
}
_NEEDS_MORE = frozenset({"rate_limited", "client_error", "unauthorized", "forbidden", "schema"})
"""Families that accuse the caller as much as the callee; their own detectors weigh what changed."""


_ANSWERS = frozenset({"server_error", "unavailable"})


def detect(scene: Scene) -> Iterator[Finding]:
    """A symptom for every failing edge, and one cause for every callee behind them."""
    callees: dict[str, list[tuple[Edge, Traffic]]] = {}
    for edge, counted in scene.failing:
        yield symptom(scene, edge, counted)
        callees.setdefault(edge.callee, []).append((edge, counted))
    for callee, several in callees.items():
        yield from _callee_failing(scene, callee, several)


def symptom(scene: Scene, edge: Edge, counted: Traffic) -> Finding:
    """The failing edge, stated on its caller."""
    return Finding(
        component=edge.caller,
        condition="calls_fail",
        role="symptom",
        detail=counted.main_family,
        since=counted.first,
        until=counted.last if counted.healed else None,
        strength=counted.rate,
        on_edge=(edge.caller, edge.callee),
        claims=edge_claims(scene, edge, counted),
        says=f"{counted.failed} of {counted.total} calls to {edge.callee} fail ({counted.main_family})",
    )


def edge_claims(scene: Scene, edge: Edge, counted: Traffic) -> tuple[Predicate, ...]:
    """How many calls failed, how, and one line to quote."""
    witness, place = _witness(scene, edge, counted)
    logs = scene.logs_id(witness)
    claims = [
        Predicate(
            f"{counted.failed} of {counted.total} calls from {edge.caller} to {edge.callee} failed in the window",
            logs,
            "count_at_least",
            place + "/failed",
            counted.failed,
        ),
    ]
    if counted.sample is not None:
        line = scene.snapshot.logs[counted.sample.ref].lines[counted.sample.line]
        claims.append(
            Predicate(
                f"{witness} says so itself ({counted.main_family})",
                logs,
                "matches_quote",
                place + "/quote",
                plain(line, 400).rstrip("…"),
            )
        )
    return tuple(claims)


def _witness(scene: Scene, edge: Edge, counted: Traffic) -> tuple[str, str]:
    """Whose log tells of the calls, and where in its value: the caller's own, else that of who quotes the caller."""
    sample = counted.sample
    witness = scene.snapshot.component_of_pod_name(sample.ref.namespace, sample.ref.pod) if sample else edge.caller
    if witness == edge.caller:
        return witness, pointer("calls", edge.callee)
    return witness, pointer("retold", f"{edge.caller} -> {edge.callee}")


def first_failure(several: list[tuple[Edge, Traffic]]) -> datetime | None:
    """The first failure of several edges."""
    return min((counted.first for _, counted in several if counted.first), default=None)


def _callee_failing(scene: Scene, callee: str, several: list[tuple[Edge, Traffic]]) -> Iterator[Finding]:
    families: dict[str, int] = {}
    for _, counted in several:
        for family, count in counted.families.items():
            families[family] = families.get(family, 0) + count
    main = max(families, key=lambda name: families[name])
    mode = MODE_OF_FAMILY.get(main)
    if main == "unavailable" and any("503" in counted.statuses for _, counted in several):
        # Somebody answered: that is an error, not silence.
        mode = "dependency_errors"
    if mode is None or main in _NEEDS_MORE:
        return
    healed = all(counted.healed for _, counted in several)
    names = tuple(dict.fromkeys(name for edge, _ in several for name in edge.names))
    yield Finding(
        component=callee,
        condition=mode,
        role="cause",
        names=names,
        detail=None,
        since=first_failure(several),
        until=max((c.last for _, c in several if c.last), default=None) if healed else None,
        strength=_strength(several, main),
        claims=tuple(claim for edge, counted in several[:3] for claim in edge_claims(scene, edge, counted)),
        says=f"{len(several)} caller(s) see {main}",
    )


def _strength(several: list[tuple[Edge, Traffic]], main: str) -> float:
    """How surely the callee itself is to blame.

    Less when we could look inside and saw nothing, or when only one caller with mere timeouts complains.
    """
    outside = any(not edge.inside for edge, _ in several)
    answered = any("callee" in counted.producers or counted.statuses for _, counted in several)
    strength = 0.55 if outside else 0.5 if answered and main in _ANSWERS else 0.45
    if main == "timeout" and len(several) == 1:
        strength -= 0.08
    if len(several) > 1:
        strength += 0.05
    if any("no_upstream" in counted.families for _, counted in several) and main != "no_upstream":
        # A proxy of ours says of the same calls that it had nobody to send them to.
        strength -= 0.25
    if any("proxy" in counted.producers and "callee" not in counted.producers for _, counted in several):
        strength -= 0.15
    return strength
