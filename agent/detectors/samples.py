"""Numbers over time of one component or queue: the window against what came before."""

from collections.abc import Iterator
from datetime import UTC, datetime

from agent.scene import Scene
from tools.evidence import Window
from tools.reductions import reduce
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import metric_id, series_of

LABELS = ("namespace", "deployment", "pod", "container", "queue", "vhost", "topic", "consumergroup")


def series_by_container(scene: Scene, signal: str) -> Iterator[tuple[str, Series]]:
    """Series of a signal with the component of their pod; without the sums that cAdvisor keeps per pod."""
    for one in series_of(scene.snapshot, BY_NAME[signal]):
        pod, namespace = one.labels.get("pod", ""), one.labels.get("namespace", "")
        if pod and one.labels.get("container") not in (None, "", "POD"):
            yield scene.snapshot.component_of_pod_name(namespace, pod), one
        elif not pod and one.labels.get("deployment"):
            # Datadog's series are often kept per Deployment; its only container is meant.
            component = f"{namespace}/deployment/{one.labels['deployment']}"
            template = scene.template(component)
            if template is not None and len(template.containers) == 1:
                yield component, Series({**one.labels, "container": template.containers[0].name}, one.points)


def evidence_of(signal: str, series: Series) -> str:
    """The evidence id of one series."""
    per_pod = "pod" in series.labels or "deployment" not in series.labels
    shown = [key for key in LABELS if key in series.labels and (per_pod or key != "container")]
    return metric_id(signal, {key: series.labels[key] for key in shown})


def in_window(scene: Scene, signal: str, series: Series) -> float | None:
    """The signal's own reduction over the window."""
    return reduce(series, BY_NAME[signal].function, scene.window)


def before_window(scene: Scene, signal: str, series: Series) -> float | None:
    """The same over what came before."""
    if not series.points:
        return None
    return reduce(series, BY_NAME[signal].function, Window(moment(series.points[0][0]), scene.window.start))


def inside(scene: Scene, series: Series) -> list[tuple[float, float]]:
    """Points of the window."""
    start, end = scene.window.start.timestamp(), scene.window.end.timestamp()
    return [point for point in series.points if start <= point[0] <= end]


def outside_before(scene: Scene, series: Series) -> list[tuple[float, float]]:
    """Points before the window."""
    return [point for point in series.points if point[0] < scene.window.start.timestamp()]


def rates(series: Series) -> list[tuple[float, float, float]]:
    """A counter's growth per second between samples, as `(from, to, rate)`; a fall is a restart from zero."""
    found = []
    for (start, low), (end, high) in zip(series.points, series.points[1:], strict=False):
        if end > start:
            found.append((start, end, (high - low if high >= low else high) / (end - start)))
    return found


def moment(seconds: float) -> datetime:
    """Unix seconds as a time."""
    return datetime.fromtimestamp(seconds, UTC)
