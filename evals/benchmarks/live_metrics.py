"""What a live sweep costs beside a big cluster's metric store: the loopback API server and a real Prometheus.

`python -m evals.benchmarks.live_metrics`, or `make live-speed`; the store is Debian's, fetched once.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from agent.incident import Incident
from agent.sweep import LIVE, sweep
from evals.benchmarks.big_cluster import STARTED, big_cluster, place
from evals.benchmarks.live import DEPLOYMENTS, PODS_EACH
from evals.lab.telemetry.prometheus import backfill, packages, prometheus
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import DEFAULT
from tools.source import Series, Sources

NOW = STARTED + timedelta(hours=1)
_SAMPLES, _EVERY = 40, 60
_OF_CONTAINERS = (
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "container_cpu_cfs_throttled_periods_total",
    "container_cpu_cfs_periods_total",
    "kube_pod_container_status_restarts_total",
)
_OF_DEPLOYMENTS = ("kube_deployment_spec_replicas", "kube_deployment_status_replicas_available")


def samples() -> dict[str, list[Series]]:
    """What cAdvisor and kube-state-metrics would have told of the big cluster, thinned to one in a minute."""
    cluster = big_cluster(DEPLOYMENTS, PODS_EACH)
    pods = [
        {"namespace": one["metadata"]["namespace"], "pod": one["metadata"]["name"], "container": box["name"]}
        for one in cluster.objects["Pod"]
        for box in one["spec"]["containers"]
    ]
    workloads = [
        {"namespace": one["metadata"]["namespace"], "deployment": one["metadata"]["name"]}
        for one in cluster.objects["Deployment"]
    ]
    points = list(_points())
    found = {metric: [Series(labels, points) for labels in pods] for metric in _OF_CONTAINERS}
    found["up"] = [Series({"job": "cadvisor"}, points)]
    return found | {metric: [Series(labels, points) for labels in workloads] for metric in _OF_DEPLOYMENTS}


def _points() -> Iterator[tuple[float, float]]:
    for number in range(_SAMPLES):
        yield NOW.timestamp() - _EVERY * (_SAMPLES - number), 10.0 + number


def measure(kubeconfig: Path, url: str, *, with_store: bool) -> list[tuple[str, str]]:
    """One sweep with the store or without."""
    namespace, name = place(DEPLOYMENTS // 2)
    start = NOW - timedelta(minutes=30)
    incident = Incident(question=f"{name} fails", namespace=namespace, start=start, end=NOW, asked_at=NOW)
    sources = Sources(name="loopback", now=NOW, cluster=LiveCluster(connect(str(kubeconfig), None), [namespace]))
    if with_store:
        store = LivePrometheus(Server(Access(url=url), DEFAULT.answer_bytes))
        sources = Sources(name="loopback", now=NOW, cluster=sources.cluster, metrics=store, sizes=store)
    begun = time.perf_counter()
    snapshot = sweep(incident, sources, LIVE)
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = sum(len(one.points) for several in snapshot.samples.values() for one in several)
    rows = [
        (f"sweep with{'' if with_store else 'out'} the store", f"{took:.2f} s"),
        ("largest memory of the process so far", f"{peak:.0f} MB"),
    ]
    told = [one for one in snapshot.notes if "samples" in one]
    return [*rows, ("samples read", f"{read:,}"), *(("told", one) for one in told)] if with_store else rows


def fill(folder: Path) -> None:
    """Write the samples where a Prometheus will find them."""
    held = samples()
    count = sum(len(one.points) for several in held.values() for one in several)
    sys.stdout.write(f"{'samples in the store':<40}{count:>16,}\n")
    backfill(packages(), held, folder / "data")


def main() -> None:
    """Fill the store, and print the table."""
    match sys.argv[1:]:
        case ["--fill", folder]:
            fill(Path(folder))
        case ["--measure", kubeconfig, url]:
            rows = [measure(Path(kubeconfig), url, with_store=one) for one in (False, True)]
            sys.stdout.write("".join(f"{what:<40}{found:>16}\n" for several in rows for what, found in several))
        case _:
            with tempfile.TemporaryDirectory() as folder:
                _table(Path(folder))


def _table(folder: Path) -> None:
    """Each part in a process of its own, so that one's memory is not counted as another's."""
    own = [sys.executable, "-m", "evals.benchmarks.live_metrics"]
    subprocess.run([*own, "--fill", str(folder)], check=True)  # noqa: S603 - our own command
    kubeconfig = folder / "kubeconfig"
    serve = [sys.executable, "-m", "evals.benchmarks.live", "--serve", str(kubeconfig)]
    pipe = subprocess.PIPE
    with prometheus(packages(), folder) as store, subprocess.Popen(serve, stdin=pipe, stdout=pipe) as server:  # noqa: S603 - our own command
        server.stdout.readline()  # type: ignore[union-attr]
        subprocess.run([*own, "--measure", str(kubeconfig), store.url], check=True)  # noqa: S603 - our own command
        server.stdin.close()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
