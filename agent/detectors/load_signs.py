"""Signs that a container is busy: throttled, at its CPU limit, or asked far more than before."""

from datetime import datetime

from msgspec import Struct

from agent.detectors.pod_state import Troubled
from agent.finding import Predicate
from agent.scene import Scene
from tools.evidence import Window
from tools.objects.capacity import amount
from tools.reductions import reduce
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import metric_id, series_of

THROTTLED = 0.25
"""Share of scheduling periods in which a container was held back; a quarter is felt."""
SATURATED = 0.8
"""Share of the CPU limit."""
RUSH = 2.0
"""Factor between requests a minute in the window and before it."""
LEAST_REQUESTS = 20


class Busy(Struct, frozen=True):
    """A sign, its claims and how it is told."""

    claims: tuple[Predicate, ...]
    says: str


def busy(scene: Scene, one: Troubled) -> Busy | None:
    """The first sign that the metrics or the log of a container show."""
    return _throttled(scene, one) or _saturated(scene, one) or _rushed(scene, one)


def _labels(one: Troubled) -> dict[str, str]:
    meta = one.pod.metadata
    return {"namespace": meta.namespace, "pod": meta.name, "container": one.status.name}


def _series(scene: Scene, signal: str, labels: dict[str, str]) -> list[Series]:
    return [
        series
        for series in series_of(scene.snapshot, BY_NAME[signal])
        if all(series.labels.get(key) == value for key, value in labels.items())
    ]


def _peak(scene: Scene, signal: str, labels: dict[str, str]) -> float | None:
    """The highest growth per second between two neighbouring samples of the window."""
    window = scene.window
    rates = [
        (after - before) / (later - earlier)
        for series in _series(scene, signal, labels)
        for (earlier, before), (later, after) in zip(series.points, series.points[1:], strict=False)
        if window.start.timestamp() <= later <= window.end.timestamp() and later > earlier and after >= before
    ]
    return max(rates, default=None)


def _throttled(scene: Scene, one: Troubled) -> Busy | None:
    labels = _labels(one)
    held, all_ = _peak(scene, "cpu_throttled_periods", labels), _peak(scene, "cpu_periods", labels)
    if not held or not all_ or held / all_ < THROTTLED:
        return None
    counters = _series(scene, "cpu_throttled_periods", labels)
    total = sum(reduce(counter, "increase", scene.window) or 0 for counter in counters)
    claim = Predicate(
        "its CPU was throttled", metric_id("cpu_throttled_periods", labels), "count_at_least", "/value", total
    )
    return Busy((claim,), f"up to {min(1.0, held / all_):.0%} of its CPU periods are throttled")


def _saturated(scene: Scene, one: Troubled) -> Busy | None:
    limit = amount(one.spec.resources.limits.get("cpu")) if one.spec else None
    labels = _labels(one)
    used = _peak(scene, "cpu_usage", labels)
    if not limit or used is None or used < SATURATED * limit:
        return None
    mean = sum(reduce(series, "rate", scene.window) or 0 for series in _series(scene, "cpu_usage", labels))
    claim = Predicate("CPU use", metric_id("cpu_usage", labels), "count_at_least", "/value", mean)
    return Busy((claim,), f"it uses {used:.2f} of {limit:.2f} cores")


def _rushed(scene: Scene, one: Troubled) -> Busy | None:
    """Requests told by the container's own log, per minute, against the time before the window."""
    times = [at for at in _served(scene, one) if at is not None]
    window = scene.window
    inside = [at for at in times if window.holds(at)]
    earlier = [at for at in times if at < window.start]
    if len(inside) < LEAST_REQUESTS or not earlier:
        return None
    now, before = _per_minute(inside), len(earlier) / max(1.0, _minutes(Window(min(earlier), window.start)))
    if now < RUSH * before:
        return None
    logs = f"logs/{one.component}"
    claim = Predicate("its log tells of many requests", logs, "count_at_least", "/lines", len(inside))
    return Busy((claim,), f"it serves {now:.0f} requests a minute instead of {before:.0f}")


def _served(scene: Scene, one: Troubled) -> list[datetime | None]:
    meta = one.pod.metadata
    return [
        mention.at
        for ref, digest in scene.snapshot.logs.items()
        if (ref.namespace, ref.pod, ref.container) == (meta.namespace, meta.name, one.status.name)
        for mention in digest.mentions
        if mention.kind == "served" and mention.status is not None
    ]


def _per_minute(times: list[datetime]) -> float:
    return len(times) / max(1.0, _minutes(Window(min(times), max(times))))


def _minutes(window: Window) -> float:
    return (window.end - window.start).total_seconds() / 60
