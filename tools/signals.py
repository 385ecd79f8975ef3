"""Signals: named questions to a metric store, one rendering per backend.

A signal is data, so the same question can be asked of Prometheus, Datadog and a recording. PromQL extrapolates
`increase` and `rate`, the others do not.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from tools.evidence import Window
from tools.source import Series

Reduction = Literal["last", "increase", "rate", "max", "avg"]


class Signal(Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        name: Ours.
        unit: Of the reduced value.
        metrics: Prometheus names, the first that has samples wins, unless they are `joined`: of different things.
        function: How samples become one number.
        by: Labels that tell one result from another.
        datadog: The metric's Datadog name, empty where Datadog has none.
    """

    name: str
    unit: str
    metrics: tuple[str, ...]
    function: Reduction
    by: tuple[str, ...]
    datadog: str = ""
    joined: bool = False
    matchers: dict[str, str] = {}

    def promql(self, labels: dict[str, str], window: Window) -> str:
        """The question as PromQL over the window."""
        inner = ",".join(f'{key}="{value}"' for key, value in {**self.matchers, **labels}.items())
        metric = f"{self.metrics[0]}{{{inner}}}"
        seconds = max(60, int((window.end - window.start).total_seconds()))
        match self.function:
            case "last":
                return metric
            case "max" | "avg":
                return f"{self.function}_over_time({metric}[{seconds}s])"
            case _:
                return f"{self.function}({metric}[{seconds}s])"


_POD = ("namespace", "pod", "container")
_QUEUE = ("namespace", "queue", "topic", "consumergroup", "vhost")

SIGNALS = (
    Signal(
        name="replicas_available",
        unit="replicas",
        metrics=("kube_deployment_status_replicas_available", "kube_statefulset_status_replicas_available"),
        function="last",
        by=("namespace", "deployment", "statefulset"),
        joined=True,
        datadog="kubernetes_state.deployment.replicas_available",
    ),
    Signal(
        name="replicas_desired",
        unit="replicas",
        metrics=("kube_deployment_spec_replicas", "kube_statefulset_replicas"),
        function="last",
        by=("namespace", "deployment", "statefulset"),
        joined=True,
        datadog="kubernetes_state.deployment.replicas_desired",
    ),
    Signal(
        name="restarts",
        unit="restarts",
        metrics=("kube_pod_container_status_restarts_total",),
        function="increase",
        by=_POD,
        datadog="kubernetes.containers.restarts",
    ),
    Signal(
        name="cpu_usage",
        unit="cores",
        metrics=("container_cpu_usage_seconds_total",),
        function="rate",
        by=_POD,
        datadog="kubernetes.cpu.usage.total",
    ),
    Signal(
        name="cpu_limit",
        unit="cores",
        metrics=("kube_pod_container_resource_limits",),
        matchers={"resource": "cpu"},
        function="last",
        by=_POD,
        datadog="kubernetes.cpu.limits",
    ),
    Signal(
        name="cpu_throttled_periods",
        unit="periods",
        metrics=("container_cpu_cfs_throttled_periods_total",),
        function="increase",
        by=_POD,
        datadog="kubernetes.cpu.cfs.throttled.periods",
    ),
    Signal(
        name="cpu_periods",
        unit="periods",
        metrics=("container_cpu_cfs_periods_total",),
        function="increase",
        by=_POD,
        datadog="kubernetes.cpu.cfs.periods",
    ),
    Signal(
        name="cpu_throttled_seconds",
        unit="seconds",
        metrics=("container_cpu_cfs_throttled_seconds_total",),
        function="increase",
        by=_POD,
        datadog="kubernetes.cpu.cfs.throttled.seconds",
    ),
    Signal(
        name="memory",
        unit="bytes",
        metrics=("container_memory_working_set_bytes", "container_memory_usage_bytes"),
        function="max",
        by=_POD,
        datadog="kubernetes.memory.usage",
    ),
    Signal(
        name="queue_messages",
        unit="messages",
        metrics=("rabbitmq_queue_messages", "rabbitmq_queue_messages_ready", "kafka_consumergroup_lag"),
        function="last",
        by=_QUEUE,
        datadog="rabbitmq.queue.messages",
    ),
    Signal(
        name="queue_consumers",
        unit="consumers",
        metrics=("rabbitmq_queue_consumers", "kafka_consumergroup_members"),
        function="last",
        by=_QUEUE,
        datadog="rabbitmq.queue.consumers",
    ),
    Signal(
        name="http_requests",
        unit="requests",
        metrics=("http_requests_total", "http_server_requests_seconds_count", "nginx_ingress_controller_requests"),
        function="increase",
        by=("namespace", "service", "pod", "job", "status", "code"),
    ),
    Signal(
        name="autoscaler_desired",
        unit="replicas",
        metrics=("kube_horizontalpodautoscaler_status_desired_replicas",),
        function="last",
        by=("namespace", "horizontalpodautoscaler"),
        datadog="kubernetes_state.hpa.desired_replicas",
    ),
)

BY_NAME = {signal.name: signal for signal in SIGNALS}


def reduce(series: Series, function: Reduction, window: Window) -> float | None:
    """One number of the samples in the window; None without samples (for `increase` and `rate`, without two)."""
    start, end = window.start.timestamp(), window.end.timestamp()
    points = [point for point in series.points if start <= point[0] <= end]
    if not points:
        return None
    values = [value for _, value in points]
    match function:
        case "last":
            return values[-1]
        case "max":
            return max(values)
        case "avg":
            return sum(values) / len(values)
        case "increase":
            return _increase(values) if len(values) > 1 else None
        case "rate":
            span = points[-1][0] - points[0][0]
            return _increase(values) / span if span > 0 else None


def _increase(values: Iterable[float]) -> float:
    """The growth of a counter; a fall is a restart from zero."""
    total, before = 0.0, None
    for value in values:
        if before is not None:
            total += value - before if value >= before else value
        before = value
    return total
