"""OpenMetrics text with timestamps, under the names of kube-state-metrics, cAdvisor and the RabbitMQ exporter."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evals.generator.kit_cluster import Cluster, Key

Labels = dict[str, str]
Series = list[tuple[datetime, float]]
REPLICAS = (
    (
        "Deployment",
        "deployment",
        {"desired": "kube_deployment_spec_replicas", "available": "kube_deployment_status_replicas_available"},
    ),
    (
        "StatefulSet",
        "statefulset",
        {"desired": "kube_statefulset_replicas", "available": "kube_statefulset_status_replicas_ready"},
    ),
)


@dataclass
class Metrics:
    """Families of samples; a counter's family name carries no `_total`, its samples do."""

    kinds: dict[str, str] = field(default_factory=dict)
    series: dict[str, list[tuple[Labels, Series]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, labels: Labels, samples: Iterable[tuple[datetime, float]], kind: str = "gauge") -> None:
        """`name` is the sample's name, with `_total` for a counter."""
        self.kinds[name] = kind
        self.series[name].append((labels, list(samples)))

    def text(self, until: datetime) -> str:
        """OpenMetrics of all samples up to `until`."""
        lines: list[str] = []
        for name in sorted(self.series):
            lines.append(
                f"# TYPE {name.removesuffix('_total') if self.kinds[name] == 'counter' else name} {self.kinds[name]}"
            )
            for labels, samples in self.series[name]:
                body = ",".join(f'{key}="{value}"' for key, value in labels.items())
                lines += [f"{name}{{{body}}} {value:.12g} {at.timestamp():.0f}" for at, value in samples if at <= until]
        return "\n".join([*lines, "# EOF", ""])


def grid(start: datetime, end: datetime, step: float) -> list[datetime]:
    """Times from `start` to `end`, `step` seconds apart."""
    count = int((end - start).total_seconds() // step)
    return [start + timedelta(seconds=step * number) for number in range(count + 1)]


def sampled(times: Iterable[datetime], value: Callable[[datetime], float]) -> Series:
    """A series of `value` at `times`."""
    return [(at, value(at)) for at in times]


def steps(times: Iterable[datetime], *changes: tuple[datetime | None, float]) -> Series:
    """A value that changes: each (from when, value); the first has None."""
    return [(at, [value for since, value in changes if since is None or since <= at][-1]) for at in times]


def counter(times: Iterable[datetime], start: float, rates: Iterable[tuple[datetime | None, float]]) -> Series:
    """A counter that grows by a piecewise rate (per second), each (from when, rate); the first has None."""
    changes, total, made = list(rates), start, []
    before: datetime | None = None
    for at in times:
        rate = [value for since, value in changes if since is None or since <= at][-1]
        total += rate * (at - before).total_seconds() if before else 0
        made.append((at, round(total, 2)))
        before = at
    return made


def state_metrics(cluster: Cluster, metrics: Metrics, times: list[datetime], refs: Iterable[str]) -> None:
    """kube-state-metrics of `refs` from the cluster's history: replicas, and their pods' readiness and restarts."""
    wanted = [cluster.split(ref) for ref in refs]
    for kind, label, names in REPLICAS:
        for namespace, name in wanted:
            if (kind, namespace, name) in cluster.objects:
                for measure, metric in names.items():
                    series = _history(cluster, (kind, namespace, name), measure, times)
                    metrics.add(metric, {"namespace": namespace, label: name}, series)
    pods = {(r.kind, r.namespace, r.name): None for r in cluster.history if r.kind == "Pod"}
    for pod in pods:
        if any(pod[1] == namespace and _of(pod[2], name) for namespace, name in wanted):
            labels = {"namespace": pod[1], "pod": pod[2]}
            metrics.add("kube_pod_status_ready", labels | {"condition": "true"}, _history(cluster, pod, "ready", times))
            labels |= {"container": _first_container(cluster, pod)}
            restarts = _history(cluster, pod, "restarts", times)
            metrics.add("kube_pod_container_status_restarts_total", labels, restarts, kind="counter")


def _history(cluster: Cluster, key: Key, measure: str, times: list[datetime]) -> Series:
    """The last known value at each time; nothing before the object was there and nothing after it was gone."""
    readings = [r for r in cluster.history if (r.kind, r.namespace, r.name) == key]
    end = None if key in cluster.objects else readings[-1].at
    found: Series = []
    for at in times:
        known = [r for r in readings if r.at <= at]
        if known and (end is None or at <= end):
            found.append((at, known[-1].values[measure]))
    return found


def _of(pod: str, workload: str) -> bool:
    """Whether the pod's name is the workload's with one (StatefulSet) or two (Deployment) endings."""
    rest = pod.removeprefix(f"{workload}-")
    return rest != pod and (rest.isdigit() or rest.count("-") == 1)


def _first_container(cluster: Cluster, pod: Key) -> str:
    found = cluster.objects.get(pod)
    return str(found["spec"]["containers"][0]["name"]) if found else pod[2].rsplit("-", 2)[0]
