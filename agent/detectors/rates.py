"""Too many requests: whether our own rate rose before the callee began to count."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors import feeds, ours
from agent.detectors.calls import edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge, Hit
from tools.evidence import Window
from tools.reductions import reduce
from tools.signals import BY_NAME
from tools.traffic import Traffic
from tools.views_metrics import metric_id, series_of

_LIMITED = frozenset({"rate_limited"})
_JUST_BEFORE = timedelta(minutes=2)
_AFTER = timedelta(minutes=5)
_FEWEST, _ENOUGH = 4, 12
"""Calls on each side below which a rate says nothing, and beyond which more of them say no more."""
ROSE, FLAT = 1.5, 1.35
_REPEATED = re.compile(r"\battempts?\W{1,3}(?:[2-9]|\d\d)\b|\bretr(?:y|ies)\W{1,3}\d")


class Rates(Struct, frozen=True):
    """Calls a minute before and around the first refusal, and the signal that says so, if one does."""

    before: float
    during: float
    claims: tuple[Predicate, ...] = ()

    @property
    def growth(self) -> float:
        """How many times the earlier rate the later one is."""
        return self.during / self.before if self.before else 0.0


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding per limited callee when the rates are known, two equal readings when they are not."""
    limited = [one for one in scene.failing if ours.share(one[1], _LIMITED) >= 0.5]
    for callee in dict.fromkeys(edge.callee for edge, _ in limited):
        yield from _limited(scene, callee, [one for one in limited if one[0].callee == callee])


def _limited(scene: Scene, callee: str, several: list[tuple[Edge, Traffic]]) -> Iterator[Finding]:
    edge, counted = several[0]
    incident = feeds.incident_for(scene, edge, counted)
    first = min((at for one in several if (at := ours.onset(*one))), default=None)
    rates = _rates(scene, callee, first) if first else None
    busiest = max(several, key=lambda one: _growth_of(scene, one[0], first))
    if rates is not None and rates.growth >= ROSE:
        yield _mine(scene, busiest, 0.87, rates)
    elif rates is not None and rates.growth <= FLAT:
        yield from (_theirs(scene, one, 0.82, rates) for one in several)
    elif incident is None:
        yield _mine(scene, busiest, 0.5, rates)
        yield from (_theirs(scene, one, 0.5, rates) for one in several)


def _growth_of(scene: Scene, edge: Edge, first: datetime | None) -> float:
    rates = _edge_rates([edge], scene, first) if first else None
    return rates.growth if rates else 0.0


def _rates(scene: Scene, callee: str, first: datetime) -> Rates | None:
    """What all callers together asked of the callee, by their logs, else by a request counter of the callers."""
    edges = [edge for edge in scene.graph.callers_of(callee) if edge.in_use]
    return _edge_rates(edges, scene, first) or _counted_rates(scene, edges, first)


def _edge_rates(edges: list[Edge], scene: Scene, first: datetime) -> Rates | None:
    times = sorted(hit.at for edge in edges for hit in _asked(edge, scene) if hit.at)
    start = first - _JUST_BEFORE
    earlier = [at for at in times if at < start]
    around = [at for at in times if start <= at <= scene.window.end]
    if len(around) < _FEWEST or not earlier:
        return None
    # Sparse traffic is watched longer, so that one call more or less does not decide.
    enough = around[_ENOUGH - 1] if len(around) >= _ENOUGH else scene.window.end
    end = min(max(first + _AFTER, enough), scene.window.end)
    before = len(earlier) / _minutes(earlier[0], start)
    during = sum(1 for at in around if at <= end) / _minutes(start, end)
    if len(earlier) < _FEWEST and (during < ROSE * before or (start - earlier[0]) < 2 * _AFTER):
        return None
    return Rates(before, during)


def _minutes(start: datetime, end: datetime) -> float:
    return max(1.0, (end - start).total_seconds() / 60)


def _asked(edge: Edge, scene: Scene) -> list[Hit]:
    """Calls by their start where starts are logged, else by their end; repetitions after a refusal do not count."""
    starts = [hit for hit in edge.hits if hit.family == "attempt"]
    ends = [hit for hit in edge.hits if hit.family != "attempt"]
    chosen = starts if len(starts) >= len(ends) else ends
    return [hit for hit in chosen if not _REPEATED.search(scene.snapshot.logs[hit.ref].lines[hit.line].lower())]


def _counted_rates(scene: Scene, edges: list[Edge], first: datetime) -> Rates | None:
    """The rate of requests that the caller itself answers, where its logs say too little."""
    signal = BY_NAME["http_requests"]
    for edge in edges:
        namespace, _, name = edge.caller.split("/", 2)
        for labels in ({"namespace": namespace, "service": name}, {"namespace": namespace, "job": name}):
            found = [one for one in series_of(scene.snapshot, signal) if labels.items() <= one.labels.items()]
            start = min((one.points[0][0] for one in found if one.points), default=first.timestamp())
            begin = datetime.fromtimestamp(start, first.tzinfo)
            spans = (Window(begin, first - _JUST_BEFORE), Window(first - _JUST_BEFORE, min(first + _AFTER, scene.now)))
            grown = [sum(reduce(one, signal.function, span) or 0.0 for one in found) for span in spans]
            minutes = [(span.end - span.start).total_seconds() / 60 for span in spans]
            if min(grown) >= _FEWEST and min(minutes) >= 2:
                place = metric_id(signal.name, labels)
                claim = Predicate(f"requests of {edge.caller} are counted", place, "count_at_least", "/samples", 2)
                return Rates(grown[0] / minutes[0], grown[1] / minutes[1], (claim,))
    return None


def _mine(scene: Scene, one: tuple[Edge, Traffic], strength: float, rates: Rates | None) -> Finding:
    return _finding(scene, one, (one[0].caller, "own_rate_above_quota", strength), rates)


def _theirs(scene: Scene, one: tuple[Edge, Traffic], strength: float, rates: Rates | None) -> Finding:
    return _finding(scene, one, (one[0].callee, "dependency_rate_limited", strength), rates)


def _finding(scene: Scene, one: tuple[Edge, Traffic], what: tuple[str, str, float], rates: Rates | None) -> Finding:
    (edge, counted), (component, condition, strength) = one, what
    calls = pointer("calls", edge.callee, "families", "rate_limited")
    count = counted.families.get("rate_limited", 0)
    claim = Predicate(f"{count} calls were answered 429", scene.logs_id(edge.caller), "count_at_least", calls, count)
    compared = f"{rates.before:.1f} calls a minute before, {rates.during:.1f} around the first 429" if rates else ""
    return Finding(
        component=component,
        condition=condition,
        role="cause",
        names=edge.names if component == edge.callee else (),
        since=ours.onset(edge, counted),
        until=ours.ended(counted),
        strength=strength,
        on_edge=(edge.caller, edge.callee),
        claims=(claim, *(rates.claims if rates else ()), *edge_claims(scene, edge, counted)),
        says=compared or f"our own request rate to {edge.callee} before the first 429 would decide",
    )
