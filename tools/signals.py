"""Signals: named questions to a metric store, one rendering per backend.

A signal is data, so the same question can be asked of Prometheus (`tools.prometheus.queries` renders it), Datadog
(`tools.datadog.queries`) and a recording (`chosen` here, then `tools.reductions.grouped`).
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tools.reductions import Reduction
from tools.selectors import Wanted, is_wanted
from tools.source import Series


class Signal(Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        name: Ours.
        unit: Of the reduced value.
        metrics: Prometheus names, the first that has samples wins, unless they are `joined`: of different things.
        function: How samples become one number.
        by: Labels that tell one result from another.
        scales: Factors from a metric's own unit to the signal's, where they differ.
    """

    name: str
    unit: str
    metrics: tuple[str, ...]
    function: Reduction
    by: tuple[str, ...]
    joined: bool = False
    matchers: dict[str, str] = {}
    scales: dict[str, float] = {}

    def chosen(self, samples: Mapping[str, Sequence[Series]], wanted: Wanted) -> list[Series]:
        """The series that are meant, under whichever of the signal's names there are any, in the signal's unit."""
        found: list[Series] = []
        for name in self.metrics:
            matching = [one for one in samples.get(name, ()) if is_wanted(one.labels, {**wanted, **self.matchers})]
            found += self.scaled(name, matching)
            if found and not self.joined:
                break
        return found

    def scaled(self, metric: str, series: list[Series]) -> list[Series]:
        """Samples of one of the signal's metrics, in the signal's own unit."""
        factor = self.scales.get(metric)
        if factor is None:
            return series
        return [Series(one.labels, [(at, value * factor) for at, value in one.points]) for one in series]


_POD = ("namespace", "pod", "container")
_QUEUE = ("namespace", "queue", "topic", "consumergroup", "vhost", "stream_name", "consumer_name")
_SERVED = ("namespace", "deployment", "service", "pod", "job", "destination_workload", "destination_workload_namespace")
_CALLED = ("namespace", "service", "pod", "host", "server_address", "client_name")
_NETWORK = ("namespace", "deployment", "service", "pod")
_NODE = ("node", "instance")

SIGNALS = (
    Signal(
        name="replicas_available",
        unit="replicas",
        metrics=("kube_deployment_status_replicas_available", "kube_statefulset_status_replicas_available"),
        function="last",
        by=("namespace", "deployment", "statefulset"),
        joined=True,
    ),
    Signal(
        name="replicas_desired",
        unit="replicas",
        metrics=("kube_deployment_spec_replicas", "kube_statefulset_replicas"),
        function="last",
        by=("namespace", "deployment", "statefulset"),
        joined=True,
    ),
    Signal(
        name="restarts",
        unit="restarts",
        metrics=("kube_pod_container_status_restarts_total",),
        function="increase",
        by=_POD,
    ),
    Signal(
        name="cpu_usage",
        unit="cores",
        metrics=("container_cpu_usage_seconds_total",),
        function="rate",
        by=_POD,
    ),
    Signal(
        name="cpu_limit",
        unit="cores",
        metrics=("kube_pod_container_resource_limits",),
        matchers={"resource": "cpu"},
        function="last",
        by=_POD,
    ),
    Signal(
        name="cpu_throttled_periods",
        unit="periods",
        metrics=("container_cpu_cfs_throttled_periods_total",),
        function="increase",
        by=_POD,
    ),
    Signal(
        name="cpu_periods",
        unit="periods",
        metrics=("container_cpu_cfs_periods_total",),
        function="increase",
        by=_POD,
    ),
    Signal(
        name="cpu_throttled_seconds",
        unit="seconds",
        metrics=("container_cpu_cfs_throttled_seconds_total",),
        function="increase",
        by=_POD,
    ),
    Signal(
        name="memory",
        unit="bytes",
        metrics=("container_memory_working_set_bytes", "container_memory_usage_bytes"),
        function="max",
        by=_POD,
    ),
    Signal(
        name="queue_messages",
        unit="messages",
        metrics=(
            "rabbitmq_queue_messages",
            "rabbitmq_queue_messages_ready",
            "kafka_consumergroup_lag",
            "jetstream_consumer_num_pending",
        ),
        function="last",
        by=_QUEUE,
    ),
    Signal(
        name="queue_consumers",
        unit="consumers",
        metrics=("rabbitmq_queue_consumers", "kafka_consumergroup_members"),
        function="last",
        by=_QUEUE,
    ),
    Signal(
        name="http_requests",
        unit="requests",
        metrics=("http_requests_total", "http_server_requests_seconds_count", "nginx_ingress_controller_requests"),
        function="increase",
        by=("namespace", "service", "pod", "job", "status", "code"),
    ),
    Signal(
        name="latency_quantile",
        unit="seconds",
        metrics=("http_request_duration_seconds", "http_server_requests_seconds", "grpc_server_handling_seconds"),
        function="max",
        by=(*_SERVED, "quantile"),
        joined=True,
    ),
    Signal(
        name="request_seconds",
        unit="seconds",
        metrics=(
            "http_request_duration_seconds_sum",
            "http_server_requests_seconds_sum",
            "grpc_server_handling_seconds_sum",
            "istio_request_duration_milliseconds_sum",
        ),
        scales={"istio_request_duration_milliseconds_sum": 0.001},
        function="increase",
        by=_SERVED,
    ),
    Signal(
        name="requests_timed",
        unit="requests",
        metrics=(
            "http_request_duration_seconds_count",
            "http_server_requests_seconds_count",
            "grpc_server_handling_seconds_count",
            "istio_request_duration_milliseconds_count",
        ),
        function="increase",
        by=_SERVED,
    ),
    Signal(
        name="call_seconds",
        unit="seconds",
        metrics=("http_client_request_duration_seconds_sum", "http_client_requests_seconds_sum"),
        function="increase",
        by=_CALLED,
    ),
    Signal(
        name="calls_timed",
        unit="calls",
        metrics=("http_client_request_duration_seconds_count", "http_client_requests_seconds_count"),
        function="increase",
        by=_CALLED,
    ),
    Signal(
        name="packets_in",
        unit="packets per second",
        metrics=("container_network_receive_packets_total",),
        function="rate",
        by=_NETWORK,
    ),
    Signal(
        name="packets_out",
        unit="packets per second",
        metrics=("container_network_transmit_packets_total",),
        function="rate",
        by=_NETWORK,
    ),
    Signal(
        name="packets_dropped",
        unit="packets",
        metrics=("container_network_receive_packets_dropped_total", "container_network_transmit_packets_dropped_total"),
        function="increase",
        by=_NETWORK,
        joined=True,
    ),
    Signal(
        name="tcp_retransmits",
        unit="segments per second",
        metrics=("node_netstat_Tcp_RetransSegs",),
        function="rate",
        by=_NODE,
    ),
    Signal(
        name="reachable",
        unit="1 or 0",
        metrics=("probe_success",),
        function="last",
        by=("instance", "node", "pod"),
    ),
    Signal(
        name="autoscaler_desired",
        unit="replicas",
        metrics=("kube_horizontalpodautoscaler_status_desired_replicas",),
        function="last",
        by=("namespace", "horizontalpodautoscaler"),
    ),
)

BY_NAME = {signal.name: signal for signal in SIGNALS}
