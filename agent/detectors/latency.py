"""How long every component takes to answer by its own metrics, in the window against before."""

from msgspec import Struct, structs

from agent.detectors.levels import Level, by_component, id_of, mean, risen, summed
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
        nodes: Where the pods run that are slow.
    """

    component: str
    levels: dict[str, Level]
    nodes: frozenset[str]

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


class Measured(Struct, frozen=True):
    """One result of a signal that rose."""

    component: str
    quantile: str
    level: Level
    nodes: frozenset[str]


def latencies(scene: Scene) -> dict[str, Slow]:
    """Components whose answers take longer, by component."""
    found: dict[str, Slow] = {}
    for one in (*_quantiles(scene), *_means(scene)):
        slow = found.get(one.component) or Slow(one.component, {}, frozenset())
        known = slow.levels.get(one.quantile)
        levels = slow.levels if known and known.added >= one.level.added else slow.levels | {one.quantile: one.level}
        found[one.component] = Slow(one.component, levels, slow.nodes | one.nodes)
    return {name: slow for name, slow in found.items() if not scene.is_telemetry(name)}


def _quantiles(scene: Scene) -> list[Measured]:
    found = []
    for component, series in by_component(scene, "latency_quantile"):
        quantile = series.labels.get("quantile", "")
        level = risen(series.points, scene.window, times=TIMES, least=LEAST) if quantile else None
        if level is not None:
            top = _top(scene, series)
            text = f"{component}: quantile {quantile} took up to {top:.3f} s"
            claim = Predicate(text, id_of("latency_quantile", series), "count_at_least", "/max", top)
            level = structs.replace(level, claims=(claim,))
            found.append(Measured(component, quantile, level, _nodes(scene, component, series)))
    return found


def _top(scene: Scene, series: Series) -> float:
    start, end = scene.window.start.timestamp(), scene.window.end.timestamp()
    return max(value for at, value in series.points if start <= at <= end)


def _means(scene: Scene) -> list[Measured]:
    """Seconds per request, where only their sum and count are kept."""
    counts = summed(scene, "requests_timed")
    found = []
    for key, (component, series) in summed(scene, "request_seconds").items():
        means = mean(series, counts[key][1]) if key in counts else []
        level = risen(means, scene.window, times=TIMES, least=LEAST)
        if level is not None:
            text = f"{component}: a request took {level.now:.3f} s on average instead of {level.before:.3f} s"
            claim = Predicate(text, id_of("request_seconds", series), "count_at_least", "/samples", 2)
            level = structs.replace(level, claims=(claim,))
            found.append(Measured(component, MEAN, level, _nodes(scene, component, series)))
    return found


def _nodes(scene: Scene, component: str, series: Series) -> frozenset[str]:
    """Where that was measured: the node of the series' pod, else those of all the component's pods."""
    pod = series.labels.get("pod")
    pods = [one for one in scene.snapshot.pods_by_component.get(component, ()) if pod in {None, one.metadata.name}]
    return frozenset(one.spec.node_name for one in pods if one.spec.node_name)


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
