"""How long every component takes to answer by its own metrics, in the window against before."""

from itertools import groupby

from msgspec import Struct, structs

from agent.detectors.levels import Level, Points, by_component, growth, id_of, identity, risen
from agent.finding import Predicate
from agent.scene import Scene
from tools.source import Series

TIMES = 2.0
LEAST = 0.02
"""Seconds on top of the usual below which nobody waits longer."""
MEAN = "mean"
_EXPLAINS = 0.2
"""From this share of what the usual request takes longer, its callees explain it: one request makes several calls."""
_EXPLAINS_TAIL = 0.3
"""From this share of a caller's slowest requests on, those of one callee explain it."""


class Slow(Struct, frozen=True):
    """A component that answers later than it used to.

    Attributes:
        levels: Seconds by quantile (`0.5`, `0.9`, ...) or `mean`; those that rose.
    """

    component: str
    levels: dict[str, Level]

    @property
    def worst(self) -> Level:
        """The quantile that rose most."""
        return max(self.levels.values(), key=lambda one: one.added)

    @property
    def typical(self) -> Level:
        """The lowest quantile that rose: how the usual request fares."""
        return self.levels[min(self.levels)]

    @property
    def is_typical(self) -> bool:
        """Whether the usual request is slow, and not only some."""
        lowest = min(self.levels)
        return lowest == MEAN or float(lowest) <= 0.5


def latencies(scene: Scene) -> dict[str, Slow]:
    """Components whose answers take longer, by component."""
    found: dict[str, dict[str, Level]] = {}
    for component, quantile, level in (*_quantiles(scene), *_means(scene)):
        levels = found.setdefault(component, {})
        if quantile not in levels or level.added > levels[quantile].added:
            levels[quantile] = level
    return {one: Slow(one, levels) for one, levels in found.items() if not scene.is_telemetry(one)}


def _quantiles(scene: Scene) -> list[tuple[str, str, Level]]:
    found = []
    for component, series in by_component(scene, "latency_quantile"):
        quantile = series.labels.get("quantile", "")
        level = risen(series.points, scene.window, times=TIMES, least=LEAST) if quantile else None
        if level is not None:
            text = f"{component}: quantile {quantile} took up to {_top(scene, series):.3f} s"
            place = id_of("latency_quantile", series)
            claim = Predicate(text, place, "count_at_least", "/max", _top(scene, series))
            found.append((component, quantile, structs.replace(level, claims=(claim,))))
    return found


def _top(scene: Scene, series: Series) -> float:
    start, end = scene.window.start.timestamp(), scene.window.end.timestamp()
    return max(value for at, value in series.points if start <= at <= end)


def _means(scene: Scene) -> list[tuple[str, str, Level]]:
    """Seconds per request, where only their sum and count are kept."""
    counts = {
        _key(component, "requests_timed", one): growth(one) for component, one in _summed(scene, "requests_timed")
    }
    found = []
    for component, series in _summed(scene, "request_seconds"):
        asked = dict(counts.get(_key(component, "request_seconds", series), ()))
        means = [(at, spent / asked[at]) for at, spent in growth(series) if asked.get(at)]
        level = risen(means, scene.window, times=TIMES, least=LEAST)
        if level is not None:
            text = f"{component}: a request took {level.now:.3f} s on average instead of {level.before:.3f} s"
            claim = Predicate(text, id_of("request_seconds", series), "count_at_least", "/samples", 2)
            found.append((component, MEAN, structs.replace(level, claims=(claim,))))
    return found


def _key(component: str, signal: str, series: Series) -> tuple[str, str]:
    return component, str(sorted(identity(signal, series).items()))


def _summed(scene: Scene, signal: str) -> list[tuple[str, Series]]:
    """Counters of a component that differ only in path, method or status as one."""
    keyed = sorted(((_key(component, signal, one), one) for component, one in by_component(scene, signal)), key=_first)
    return [(key[0], _added([one for _, one in several], signal)) for key, several in groupby(keyed, key=_first)]


def _first(pair: tuple[tuple[str, str], Series]) -> tuple[str, str]:
    return pair[0]


def _added(several: list[Series], signal: str) -> Series:
    total: dict[float, float] = {}
    for one in several:
        for at, value in one.points:
            total[at] = total.get(at, 0.0) + value
    points: Points = sorted(total.items())
    return Series(identity(signal, several[0]), points)


def explained(scene: Scene, one: Slow, slow: dict[str, Slow]) -> bool:
    """Whether slower components further down its calls account for a component's slowness.

    All together for the usual request; for the slowest ones one of them has to, as many callees of a delayed caller
    are somewhat slower: their answers wait for its receipts.
    """
    callees = [slow[goal] for goal in below(scene, one.component) if goal in slow]
    quantile = min(one.levels)
    usual = sum(_share(callee, quantile) for callee in callees)
    tail = max((callee.worst.added for callee in callees), default=0.0)
    return usual >= _EXPLAINS * one.levels[quantile].added or tail >= _EXPLAINS_TAIL * one.worst.added


def _share(callee: Slow, quantile: str) -> float:
    """What the callee adds to a request; nothing to the usual one where only some of its own are slow."""
    if quantile in callee.levels:
        return callee.levels[quantile].added
    comparable = quantile == MEAN or min(callee.levels) == MEAN or min(callee.levels) < quantile
    return callee.worst.added if comparable else 0.0


def below(scene: Scene, component: str) -> set[str]:
    """Everybody whom a component calls, directly or through others."""
    found: set[str] = set()
    queue = [component]
    for here in queue:
        for edge in scene.graph.calls_of(here):
            if edge.callee not in found and edge.callee != component:
                found.add(edge.callee)
                queue.append(edge.callee)
    return found
