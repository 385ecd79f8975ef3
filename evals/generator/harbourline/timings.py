"""What a shop with metrics on every server and client records of its requests: rates, seconds, packets, CPU."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from evals.generator.harbourline.scene import Scene
from evals.generator.kit import Object, later
from evals.generator.kit_metrics import counter, grid

STEP = 240
EARLIER = 960
"""Seconds before the window from which on samples were kept."""
SERVICES = {
    "booking/storefront": "storefront-web",
    "booking/timetable-server": "timetable",
    "booking/reservations": "reservations-api",
    "booking/cashier": "cashier-api",
}
RATES = {
    "booking/storefront": 6.0,
    "booking/timetable-server": 2.0,
    "booking/reservations": 4.0,
    "booking/cashier": 4.0,
}
"""Requests a second of all pods together."""
USUAL = {
    "booking/storefront": 0.19,
    "booking/timetable-server": 0.031,
    "booking/reservations": 0.26,
    "booking/cashier": 0.2,
}
"""Seconds an answer takes."""
Pace = list[tuple[datetime | None, float]]


def times(scene: Scene) -> list[datetime]:
    """When samples were taken."""
    return grid(later(scene.start, -EARLIER), scene.end, STEP)


def pods(scene: Scene, ref: str, node: str) -> Iterator[tuple[Object, bool]]:
    """The pods of a workload, and whether they are struck: all, or those of one node."""
    for pod in scene.fleet.pods(ref):
        yield pod, node in ("", pod["spec"]["nodeName"])


def answers(scene: Scene, ref: str, late: float = 0.0, node: str = "", shares: Pace | None = None) -> None:
    """Sum and count of a server's requests per pod: as usual, and `late` seconds each since `at` where it is struck.

    `shares` are the parts of the usual rate, each with the time from which on.
    """
    several = list(pods(scene, ref, node))
    rate = RATES[ref] / len(several)
    for pod, struck in several:
        pace: Pace = [(since, share * rate) for since, share in shares or [(None, 1.0)]]
        spent: Pace = [(since, one * USUAL[ref]) for since, one in pace]
        if late and struck:
            spent.append((scene.at, rate * late))
        labels = _labels(pod) | {"service": SERVICES[ref]}
        scene.metrics.add("http_request_duration_seconds_sum", labels, counter(times(scene), 90.0, spent), "unknown")
        scene.metrics.add("http_request_duration_seconds_count", labels, counter(times(scene), 400.0, pace), "unknown")


def shop(scene: Scene, node: str = "", **late: float) -> None:
    """Every server's requests; `late` by the program's name without its ending."""
    for ref in SERVICES:
        answers(scene, ref, late.get(ref.partition("/")[2].partition("-")[0], 0.0), node)


def calls(scene: Scene, ref: str, host: str, seconds: tuple[float, float], node: str = "") -> None:
    """Sum and count of a client's calls to a host per pod: seconds each before `at` and since, where it is struck."""
    several = list(pods(scene, ref, node))
    rate = RATES[ref] / len(several)
    for pod, struck in several:
        labels = _labels(pod) | {"service": SERVICES[ref], "host": host}
        spent: Pace = [(None, rate * seconds[0])] + ([(scene.at, rate * seconds[1])] if struck else [])
        sums = counter(times(scene), 40.0, spent)
        scene.metrics.add("http_client_request_duration_seconds_sum", labels, sums, "unknown")
        counts = counter(times(scene), 400.0, [(None, rate)])
        scene.metrics.add("http_client_request_duration_seconds_count", labels, counts, "unknown")


def cpu(scene: Scene, ref: str, cores: tuple[float, float], throttled: tuple[float, float]) -> None:
    """CPU use and throttled periods per pod, before `at` and since."""
    for pod in scene.fleet.pods(ref):
        labels = _labels(pod) | {"container": pod["spec"]["containers"][0]["name"]}
        for name, (before, now) in {
            "usage_seconds": cores,
            "cfs_periods": (10.0, 10.0),
            "cfs_throttled_periods": (10 * throttled[0], 10 * throttled[1]),
        }.items():
            points = counter(times(scene), 700.0, [(None, before), (scene.at, now)])
            scene.metrics.add(f"container_cpu_{name}_total", labels, points, "counter")


def dropped(scene: Scene, ref: str, a_second: float) -> None:
    """Packets that the pods' interfaces received and those that they dropped, the latter since `at`."""
    for pod in scene.fleet.pods(ref):
        labels = _labels(pod) | {"interface": "eth0"}
        paces: dict[str, Pace] = {"": [(None, 210.0)], "_dropped": [(None, 0.0), (scene.at, a_second)]}
        for name, rates in paces.items():
            points = counter(times(scene), 31.0, rates)
            scene.metrics.add(f"container_network_receive_packets{name}_total", labels, points, "counter")


def retransmitted(scene: Scene, **now: float) -> None:
    """TCP segments that nodes sent again each second since `at`, by the node's name with underscores."""
    for name, rate in now.items():
        labels: dict[str, str] = {"job": "node-exporter", "instance": f"{name.replace('_', '-')}:9100"}
        points = counter(times(scene), 5200.0, [(None, 0.2), (scene.at, rate)])
        scene.metrics.add("node_netstat_Tcp_RetransSegs", labels, points, "unknown")


def fading(scene: Scene, steps: Iterable[float]) -> Pace:
    """Parts of the usual rate, one after another, five minutes each, the first of them from ten minutes before `at`."""
    return [(None, 1.0), *((scene.time(-600 + 300 * number), share) for number, share in enumerate(steps))]


def _labels(pod: Object) -> dict[str, str]:
    return {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]}
