"""A number over time as two levels: what was usual before the window, and what it became in it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import median

from msgspec import Struct

from agent.detectors.samples import moment, rates
from agent.finding import Predicate
from agent.scene import Scene
from tools.evidence import Window
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import metric_id, series_of

Points = list[tuple[float, float]]

FEW = 2
"""Samples on either side below which there is no level."""
_KINDS = ("deployment", "statefulset", "daemonset")
_WORKLOAD_LABELS = (*_KINDS, "destination_workload", "service", "job")


class Level(Struct, frozen=True):
    """A number before the window and since it moved.

    Attributes:
        until: When it was back, None while it lasts.
    """

    before: float
    now: float
    since: datetime
    until: datetime | None = None
    claims: tuple[Predicate, ...] = ()

    @property
    def added(self) -> float:
        """What came on top; negative for a fall."""
        return self.now - self.before

    @property
    def times(self) -> float:
        """How many times the usual it is."""
        return self.now / self.before if self.before else float("inf")


def risen(points: Points, window: Window, *, times: float, least: float) -> Level | None:
    """The level since samples are `times` the usual and `least` above it; a few spikes are no level."""
    return _moved(points, window, lambda usual, value: value >= times * usual and value - usual >= least)


def fallen(points: Points, window: Window, *, share: float) -> Level | None:
    """The level since samples are at most a share of the usual."""
    return _moved(points, window, lambda usual, value: usual > 0 and value <= share * usual)


def _moved(points: Points, window: Window, far: Callable[[float, float], bool]) -> Level | None:
    start, end = window.start.timestamp(), window.end.timestamp()
    earlier = [value for at, value in points if at < start]
    inside = [(at, value) for at, value in points if start <= at <= end]
    if not earlier:
        # Without anything before the window, its own first samples say what is usual.
        earlier, inside = [value for _, value in inside[:FEW]], inside[FEW:]
    if len(earlier) < FEW:
        return None
    usual = median(earlier)
    moved = [at for at, value in inside if far(usual, value)]
    if len(moved) < FEW:
        return None
    during = [value for at, value in inside if moved[0] <= at <= moved[-1]]
    if 2 * len(moved) < len(during):
        return None
    back = [at for at, _ in inside if at > moved[-1]]
    until = moment(back[0]) if len(back) >= FEW else None
    return Level(usual, median(during), moment(moved[0]), until)


def growth(series: Series) -> Points:
    """A counter as its growth per second, each at the end of its interval."""
    return [(end, rate) for _, end, rate in rates(series)]


def mean(spent: Series, count: Series) -> Points:
    """What one of the counted took of what was spent, at the end of each interval in which there were any."""
    counted = dict(growth(count))
    return [(at, total / counted[at]) for at, total in growth(spent) if counted.get(at)]


def summed(scene: Scene, signal: str) -> dict[tuple[str, ...], tuple[str, Series]]:
    """Counters that differ only in labels outside of the signal's identity as one, with their component."""
    found: dict[tuple[str, ...], tuple[str, dict[float, float], Series]] = {}
    for component, series in by_component(scene, signal):
        key = (component, *(f"{name}={value}" for name, value in identity(signal, series).items()))
        _, total, _ = found.setdefault(key, (component, {}, series))
        for at, value in series.points:
            total[at] = total.get(at, 0.0) + value
    return {
        key: (component, Series(identity(signal, first), sorted(total.items())))
        for key, (component, total, first) in found.items()
    }


def identity(signal: str, series: Series) -> dict[str, str]:
    """The labels of a series that tell one result of a signal from another."""
    return {key: series.labels[key] for key in BY_NAME[signal].by if series.labels.get(key)}


def id_of(signal: str, series: Series) -> str:
    """The evidence id of one series."""
    return metric_id(signal, identity(signal, series))


def by_component(scene: Scene, signal: str) -> Iterator[tuple[str, Series]]:
    """Series of a signal with the component that they measure; what a caller's proxy measured is left out."""
    for one in series_of(scene.snapshot, BY_NAME[signal]):
        component = component_of(scene, one.labels)
        if component and one.labels.get("reporter") != "source":
            yield component, one


def component_of(scene: Scene, labels: dict[str, str]) -> str:
    """The component that labels name: by pod, workload or Service; empty if it is not one that was read."""
    own = labels.get("namespace") or scene.incident.namespace
    namespace = labels.get("destination_workload_namespace") or own
    if labels.get("pod"):
        return scene.snapshot.component_of_pod_name(namespace, labels["pod"])
    for label in _WORKLOAD_LABELS:
        found = _named(scene, namespace, label, labels.get(label, ""))
        if found:
            return found
    return ""


def _named(scene: Scene, namespace: str, label: str, name: str) -> str:
    if not name:
        return ""
    service = scene.snapshot.services.get((namespace, name)) if label == "service" else None
    selected = scene.snapshot.selected_by(service) if service else []
    if len(selected) == 1:
        return selected[0]
    kinds = (label,) if label in _KINDS else _KINDS
    return next((one for kind in kinds if scene.exists(one := f"{namespace}/{kind}/{name}")), "")
