"""Capacity: autoscalers, and throttling beside a slow vendor."""

from datetime import datetime

from evals.generator.harbourline.finish import alert, external, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, condition, later
from evals.generator.kit_changes import roll_out
from evals.generator.kit_metrics import grid
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_run import Run

SEARCH = "booking/timetable-server"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_wrong_metric(), _at_maximum(), _vendor_first(), _throttle_first()]


def pressure(scene: Scene, since: datetime, throttled: tuple[float, float], cores: tuple[float, float]) -> None:
    """CPU use and throttled share of the search pods while they lived, before and from `since` on."""
    present = {pod["metadata"]["name"] for pod in scene.fleet.pods(SEARCH)}
    seen: dict[str, list[datetime]] = {}
    for one in scene.fleet.history:
        if one.kind == "Pod" and one.name.startswith("timetable-server-"):
            seen.setdefault(one.name, []).append(one.at)
    for name, moments in seen.items():
        times = grid(scene.start, scene.end, 180)
        lived = [at for at in times if moments[0] <= at and (name in present or at <= moments[-1])]
        _throttling(scene, name, [(at, int(at >= since)) for at in lived], (throttled, cores))


def _throttling(
    scene: Scene, pod: str, times: list[tuple[datetime, int]], levels: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    labels = {"namespace": "booking", "pod": pod, "container": "timetable-server"}
    totals = {"cfs_periods": 0.0, "cfs_throttled_periods": 0.0, "usage_seconds": 0.0}
    series: dict[str, list[tuple[datetime, float]]] = {name: [] for name in totals}
    for at, late in times:
        totals["cfs_periods"] += 1800
        totals["cfs_throttled_periods"] += 1800 * levels[0][late]
        totals["usage_seconds"] += 180 * levels[1][late]
        for name, total in totals.items():
            series[name].append((at, round(total, 1)))
    for name, points in series.items():
        scene.metrics.add(f"container_cpu_{name}_total", labels, points, kind="counter")


def latency(
    scene: Scene, target: str, since: datetime, seconds: tuple[float, float], rates: tuple[float, float] = (2.0, 2.0)
) -> None:
    """The mean duration of calls to `target`, as a histogram's sum and count, before and from `since` on."""
    times = grid(scene.start, scene.end, 180)
    labels, total, count = {"service": "timetable", "host": target}, 0.0, 0.0
    sums, counts = [], []
    for at in times:
        late = int(at >= since)
        count, total = count + 180 * rates[late], total + 180 * rates[late] * seconds[late]
        sums.append((at, round(total, 2)))
        counts.append((at, count))
    scene.metrics.add("http_client_request_duration_seconds_sum", labels, sums, kind="unknown")
    scene.metrics.add("http_client_request_duration_seconds_count", labels, counts, kind="unknown")


def _hpa(scene: Scene, resource: str, use: int, aim: int, bounds: tuple[int, int], *conditions: Object) -> None:
    current = {"type": "Resource", "resource": {"name": resource, "current": {"averageUtilization": use}}}
    status = {"currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": [current], "conditions": list(conditions)}
    scene.fleet.put(
        autoscaler(
            "timetable-server",
            "booking",
            later(scene.at, -3_000_000),
            "timetable-server",
            bounds,
            resource=resource,
            utilization=aim,
            status=status,
        )
    )


def _busy(scene: Scene, hop_share: float) -> None:
    scene.traffic(-880, 0, step=34)
    scene.slow["timetable"] = 3.4
    scene.traffic(0, 715, Break("storefront>timetable", "read_timeout", share=hop_share), step=14)


def _wrong_metric() -> Run:
    scene = Scene("l1", "2026-06-22T18:00:00Z", "booking", "data")
    fine = condition(
        "ScalingActive",
        True,
        scene.start,
        "ValidMetricFound",
        "the HPA was able to successfully calculate a replica count from memory resource utilization "
        "(percentage of request)",
    )
    _hpa(scene, "memory", 31, 80, (2, 10), fine)
    _busy(scene, 0.35)
    pressure(scene, scene.at, (0.01, 0.83), (0.21, 0.99))
    label = internal(
        SEARCH,
        "autoscaler_wrong_metric",
        ("fix_autoscaler", "scale_up", "add_capacity"),
        "Traffic doubled, both search pods are throttled at their CPU"
        " limit, and the autoscaler, which may go to 10, looks at memory only (31 % of 80 %).",
        components=("booking/timetable-server",),
        modes=("overload", "cpu_throttled", "too_few_replicas"),
        must_not=("contact_vendor", "rollback@booking/timetable-server"),
    )
    question = (
        "The sailings search is slow and partly times out since six, summer fares opened. Why does nothing scale?"
    )
    return run(scene, "hpa-memory", "Search is slow, nothing scales", question, label, family="load", refs=(SEARCH,))


def _at_maximum() -> Run:
    scene = Scene("l2", "2026-06-23T18:00:00Z", "booking", "data")
    text = "the desired replica count is more than the maximum replica count"
    _hpa(scene, "cpu", 198, 70, (2, 2), condition("ScalingLimited", True, scene.time(40), "TooManyReplicas", text))
    _busy(scene, 0.35)
    pressure(scene, scene.at, (0.01, 0.79), (0.22, 0.99))
    label = internal(
        SEARCH,
        "autoscaler_cannot_scale",
        ("fix_autoscaler", "add_capacity", "scale_up"),
        "CPU stands at 198 % of a 70 % aim, but the autoscaler is limited to its maximum of 2 replicas.",
        modes=("overload", "cpu_throttled", "too_few_replicas"),
        must_not=("contact_vendor", "rollback@booking/timetable-server"),
    )
    asked = alert(
        scene.time(300),
        "SearchLatencyHigh",
        "p95 of GET /api/sailings is above 3 s",
        namespace="booking",
        service="storefront-web",
    )
    return run(scene, "hpa-maximum", "Search latency is high", asked, label, family="load", refs=(SEARCH,))


def _vendor_first() -> Run:
    scene = Scene("l3", "2026-06-24T09:00:00Z", "booking", "data")
    scene.traffic(-880, 0, step=34)
    scene.slow["timetable"] = 2.9
    scene.traffic(0, 715, Break("timetable>maps", "read_timeout", share=0.5), step=20)
    latency(scene, "maps.googleapis.com", scene.time(-10), (0.09, 2.7))
    latency(scene, "cache.data.svc.cluster.local", scene.at, (0.002, 0.002))
    pressure(scene, scene.time(300), (0.01, 0.46), (0.22, 0.93))
    label = external(
        "maps.googleapis.com",
        "dependency_slow",
        "Google Maps' answers went from 0.09 s to 2.7 s first; five minutes later the waiting requests pushed"
        " our pods into throttling, while calls to the cache stayed at 2 ms.",
        modes=("dependency_timeout",),
        must_not=("rollback@booking/timetable-server",),
        verdicts=(),
    )
    question = "Searches take seconds since nine, and CPU throttling shows on our pods. Do we lack CPU?"
    return run(
        scene,
        "vendor-slow-first",
        "Slow searches and throttling, first case",
        question,
        label,
        family="load",
        refs=(SEARCH,),
    )


def _throttle_first() -> Run:
    scene = Scene("l4", "2026-06-25T09:00:00Z", "booking", "data")
    scene.traffic(-880, -15, step=34)

    def less(template: Object) -> None:
        template["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "100m", "memory": "512Mi"}}

    roll_out(scene.fleet, SEARCH, less, scene.time(-12), manager="kubectl-edit")
    scene.slow["timetable"] = 3.1
    scene.traffic(
        0,
        715,
        Break("storefront>timetable", "read_timeout", share=0.4),
        Break("timetable>maps", "read_timeout", share=0.2),
        step=22,
    )
    latency(scene, "maps.googleapis.com", scene.time(30), (0.09, 1.6))
    latency(scene, "cache.data.svc.cluster.local", scene.time(30), (0.002, 0.71))
    pressure(scene, scene.time(-12), (0.01, 0.92), (0.22, 0.1))
    label = internal(
        SEARCH,
        "cpu_throttled",
        ("raise_limit", "rollback"),
        "The CPU limit was cut from 1 to 100m; since then the pods are throttled in 92 % of periods and"
        " everything in them is slow, the cache too, not only Google Maps.",
        modes=("bad_rollout",),
        must_not=("contact_vendor",),
    )
    question = "Searches take seconds since nine and calls to Maps time out at times. Is Google slow again?"
    return run(
        scene,
        "throttled-first",
        "Slow searches and throttling, second case",
        question,
        label,
        family="load",
        refs=(SEARCH,),
    )
