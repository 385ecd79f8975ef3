"""What load and limits leave behind: cAdvisor's counters, probe kills, a crowd's requests."""

from collections.abc import Callable
from datetime import datetime

from evals.generator.kit import Object, Part, later
from evals.generator.kit_events import event
from evals.generator.kit_metrics import Labels, Series, counter, steps
from evals.generator.kit_pods import container_status, restart
from evals.generator.sockshop import lines
from evals.generator.sockshop.scene import ticks
from evals.generator.sockshop.shop import SOCK, Shop

Extra = tuple[str, Labels, Series, str]
Phases = list[tuple[datetime | None, float]]
NPM = (
    "npm ERR! path /usr/src/app",
    "npm ERR! command failed",
    "npm ERR! signal SIGTERM",
    "npm ERR! command sh -c node server.js",
)


def busy(shop: Shop, name: str, since: str, until: str, cpu: tuple[float, ...], span: tuple[str, str]) -> list[Extra]:
    """Counters of the workload's containers as cAdvisor has them: CPU seconds, throttled periods, packets.

    `cpu` is (quiet, busy) in cores and how many of ten periods a second are throttled when busy. A pod has series
    while it is there, a new one from nought.
    """
    found: list[Extra] = []
    phases = shop.at(since), shop.at(until)
    for life in shop.lives.values():
        times = [at for at in ticks(shop.at(span[0]), shop.at(span[1]), 20) if life.born <= at <= (life.died or at)]
        if life.workload == name and times:
            age = max(0.0, (times[0] - life.born).total_seconds())
            found += _counters(life.pod, name, times, age, [_phased(phases, *pair) for pair in _rates(cpu)])
    return found


def _rates(cpu: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """(quiet, busy) a second of CPU, periods, throttled periods and packets."""
    return (cpu[0], cpu[1]), (9.8, 10), (0.02, cpu[2]), (4, 4 * (cpu[1] / cpu[0]) ** 1.5)


def _phased(phases: tuple[datetime, datetime], quiet: float, loud: float) -> Phases:
    return [(None, quiet), (phases[0], loud), (phases[1], quiet)]


def _counters(pod: str, name: str, times: list[datetime], age: float, rates: list[Phases]) -> list[Extra]:
    base = {"namespace": "sock-shop", "pod": pod, "container": name}
    labels = [base, base, base, {"namespace": "sock-shop", "pod": pod, "interface": "eth0"}]
    metrics = ("cpu_usage_seconds", "cpu_cfs_periods", "cpu_cfs_throttled_periods", "network_receive_packets")
    made: list[Extra] = []
    for metric, of, rate in zip(metrics, labels, rates, strict=True):
        series = counter(times, age * rate[0][1], rate)
        whole = series if metric == "cpu_usage_seconds" else [(at, float(int(value))) for at, value in series]
        made.append((f"container_{metric}_total", of, whole, "counter"))
    return made


def memory(shop: Shop, name: str, span: tuple[str, str], changes: str) -> list[Extra]:
    """Working set in bytes; `changes` gives Mi from when on: `96 15:11=712 15:13=987`."""
    base = {"namespace": "sock-shop", "pod": shop.pod(name) or "", "container": name}
    times = ticks(shop.at(span[0]), shop.at(span[1]), 40)
    pairs = [change.rpartition("=") for change in changes.split()]
    values = [(shop.at(clock) if clock else None, float(mebi) * 1048576) for clock, _, mebi in pairs]
    return [("container_memory_working_set_bytes", base, steps(times, *values), "gauge")]


def killed_under_load(shop: Shop, clocks: list[str], **how: Part) -> None:
    """front-end misses its one-second probes, is restarted, and leaves npm's last words."""
    pod = shop.cluster.pods("front-end")[0]
    name, first, last = pod["metadata"]["name"], shop.at(clocks[0]), shop.at(clocks[-1])
    path = "spec.containers{front-end}"
    ip = pod["status"]["podIP"]
    late = (
        f'probe failed: Get "http://{ip}:8079/": context deadline exceeded (Client.Timeout exceeded while '
        f"awaiting headers)"
    )
    begun, many = later(first, -20), len(clocks)
    shared = {"first": begun, "type": "Warning", "field_path": path}
    event(shop.cluster, pod, "Unhealthy", f"Readiness {late}", last, count=many * 5, **shared)
    event(shop.cluster, pod, "Unhealthy", f"Liveness {late}", last, count=many * 3, **shared)
    text = "Container front-end failed liveness probe, will be restarted"
    event(shop.cluster, pod, "Killing", text, last, count=many, first=first, field_path=path)
    back = f"Back-off restarting failed container front-end in pod {name}"
    event(shop.cluster, pod, "BackOff", back, later(last, 8), count=many, **shared)
    for clock in clocks:
        shop.logs.add(name, "front-end", shop.at(clock), *NPM)
        restart(shop.cluster, pod, shop.at(clock), ready_after=14, **how)


def crowd(shop: Shop, since: str, until: str, took: tuple[float, float], step: float = 9) -> None:
    """A sample of the storefront's answers under load.

    Logins fail with 401 at any load since the visitors send no credentials.
    """
    at, end = shop.at(since), shop.at(until)
    paths = ("/", "/catalogue?size=5", f"/detail.html?id={SOCK}", "/login", "/category.html", "/basket.html")
    while at < end:
        path = shop.random.choice(paths)
        code = 401 if path == "/login" else (200 if shop.random.random() < 0.7 else 500)
        shop.front(at, lines.morgan("GET", path, code, f"{shop.random.uniform(*took):.3f}"))
        at = later(at, step * shop.random.uniform(0.4, 1.6))


def old_restarts(shop: Shop, name: str, count: int) -> None:
    """Restarts from days before."""
    container_status(shop.cluster.pods(name)[0])["restartCount"] = count


def limit(cpu: str, ram: str | None = None) -> Callable[[Object], None]:
    """A change of the first container's limits."""

    def change(template: Object) -> None:
        resources = template["spec"]["containers"][0].setdefault("resources", {})
        resources["limits"] = resources.get("limits", {}) | {"cpu": cpu} | ({"memory": ram} if ram else {})
        if "requests" in resources:
            resources["requests"] = resources["requests"] | {"cpu": cpu}

    return change
