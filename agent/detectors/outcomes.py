"""What a verdict of "nothing broken" calls itself: a business refusal, broken telemetry, wanted change, health."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.detectors.health import healthy
from agent.detectors.heard import Heard, heard, heard_claims
from agent.detectors.planned import planned
from agent.detectors.recovery import recovered
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import FAILED, Edge
from tools.traffic import Traffic

_ABOUT_TELEMETRY = re.compile(
    r"\b(?:monitor(?:ing|ed)?|telemetry|observability|scrap\w+|metrics?|dashboards?|datadog|prometheus|grafana|"
    r"alertmanager|opentelemetry|otel|traces?|tracing|exporter|agent|"
    r"(?:no|missing|show\w*|where are the) [\w ]{0,20}logs)\b",
    re.IGNORECASE,
)


def detect(scene: Scene) -> Iterator[Finding]:
    """Background findings; the verdict takes the most telling one when nothing is broken."""
    unnamed = {
        key: one for key, one in heard(scene, FAILED).items() if not one.chronic and not scene.is_telemetry(key[0])
    }
    quiet = not scene.failing and not unnamed
    if quiet:
        yield from _declined(scene)
    well = list(healthy(scene))
    if not scene.failing:
        yield from _telemetry(scene, nothing_else=not well)
        yield from planned(scene)
    yield from recovered(scene)
    yield from well


def _declined(scene: Scene) -> Iterator[Finding]:
    """Refusals that the rules demand: the answer came, and nothing behind it fails."""
    said = sorted(heard(scene, {"declined"}).values(), key=lambda one: (one.first or scene.now, one.component))
    edges = [
        (
            scene.graph.by_pair[pair],
            sum(1 for hit in scene.graph.by_pair[pair].hits if _declines(scene, hit.family, hit.at)),
        )
        for pair in scene.traffic
    ]
    named = [(edge, count) for edge, count in edges if count]
    if not said and not named:
        return
    claims = [claim for edge, count in named for claim in _edge_decline(scene, edge, count)]
    claims += [claim for one in said for claim in heard_claims(scene, one, f"{one.component} tells of a refusal")]
    count = sum(count for _, count in named) or max((one.count for one in said), default=0)
    yield Finding(
        component=named[0][0].callee if named else said[0].component,
        condition="business_decline",
        role="background",
        since=said[0].first if said else None,
        strength=0.8,
        claims=tuple(claims[:6]),
        says=f"{count} requests were answered with a refusal, and nothing behind them fails",
    )


def _declines(scene: Scene, family: str, at: datetime | None) -> bool:
    return family == "declined" and (at is None or scene.window.holds(at))


def _edge_decline(scene: Scene, edge: Edge, count: int) -> tuple[Predicate, ...]:
    logs = scene.logs_id(edge.caller)
    return (
        Predicate(f"{edge.callee} answered", logs, "count_at_least", pointer("calls", edge.callee, "worked"), count),
        Predicate(f"no call to {edge.callee} failed", logs, "equals", pointer("calls", edge.callee, "failed"), 0),
    )


def _telemetry(scene: Scene, *, nothing_else: bool) -> Iterator[Finding]:
    """Only the observation fails. It is always a little broken somewhere, so it counts when asked about or alone."""
    asked = _ABOUT_TELEMETRY.search(scene.incident.text) is not None
    for pair, counted in scene.traffic.items():
        edge = scene.graph.by_pair[pair]
        if counted.failed and scene.is_telemetry_edge(edge) and (asked or nothing_else):
            yield _telemetry_edge(scene, edge, counted)
    for (component, family), said in heard(scene, FAILED).items():
        if scene.is_telemetry(component) and (asked or nothing_else):
            yield _telemetry_words(scene, component, family, said)
    for component, workload in scene.snapshot.workloads.items():
        if scene.is_telemetry(component) and workload.ready < workload.desired and asked:
            place = scene.object_id(component)
            text = f"{component} has {workload.ready} of {workload.desired} ready"
            claim = Predicate(text, place, "count_at_most", "/replicas/ready", workload.ready)
            yield Finding(
                component=component,
                condition="telemetry_outage",
                role="background",
                strength=0.7,
                claims=(claim,),
                says=text,
            )


def _telemetry_edge(scene: Scene, edge: Edge, counted: Traffic) -> Finding:
    text = f"{counted.failed} calls of {edge.caller} to {edge.callee} fail ({counted.main_family})"
    place = pointer("calls", edge.callee, "failed")
    return Finding(
        component=edge.caller if scene.is_telemetry(edge.caller) else edge.callee,
        condition="telemetry_outage",
        role="background",
        detail=None,
        since=counted.first,
        strength=0.8,
        touches=(edge.callee,),
        claims=(Predicate(text, scene.logs_id(edge.caller), "count_at_least", place, counted.failed),),
        says=f"only telemetry fails: {text}",
    )


def _telemetry_words(scene: Scene, component: str, family: str, said: Heard) -> Finding:
    text = f"{said.count} calls of {component} fail ({family})"
    return Finding(
        component=component,
        condition="telemetry_outage",
        role="background",
        since=said.first,
        strength=0.7,
        claims=heard_claims(scene, said, text),
        says=f"only telemetry fails: {text}",
    )
