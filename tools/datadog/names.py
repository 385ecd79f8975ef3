"""What Datadog calls the metrics and labels of kube-state-metrics, cAdvisor and the exporters.

Source: the integrations' published metric lists (`metadata.csv`) and the kubelet check, which submits what cAdvisor
counts as a rate. Where a family occurs under two names in the field, the better one stands first. The kubelet's
`kubernetes.pods.running` is not here: it disappears at zero instead of saying so.
"""

from typing import Literal

from msgspec import Struct

Kept = Literal["gauge", "rate"]

_DEPLOYMENT = ("kube_namespace", "kube_deployment")
_STATEFUL_SET = ("kube_namespace", "kube_stateful_set")
_CONTAINER = ("kube_namespace", "pod_name", "kube_container_name")
_POD = ("kube_namespace", "pod_name")
_QUEUE = ("kube_namespace", "rabbitmq_queue", "rabbitmq_vhost", "queue", "vhost")
_SCALER = ("kube_namespace", "horizontalpodautoscaler")


class Alias(Struct, frozen=True, kw_only=True):
    """One metric under both names.

    Attributes:
        by: Tags that tell one series from another.
        kept: As a rate per second what Prometheus counts, or as the same number that Prometheus has.
        factor: From Datadog's unit to Prometheus's.
        space: How Datadog puts together what the tags don't tell apart.
        labels: Labels that Prometheus has beside those of the tags.
    """

    datadog: str
    prometheus: str
    by: tuple[str, ...]
    kept: Kept = "gauge"
    factor: float = 1.0
    space: str = "avg"
    labels: dict[str, str] = {}

    @property
    def always_tagged(self) -> bool:
        """Whether every series has the tags of `by`: what the Agent reads of Kubernetes itself does."""
        return self.datadog.startswith("kubernetes")


def _alias(datadog: str, prometheus: str, by: tuple[str, ...], kept: Kept = "gauge", factor: float = 1.0) -> Alias:
    return Alias(datadog=datadog, prometheus=prometheus, by=by, kept=kept, factor=factor)


ALIASES = (
    *(
        _alias(f"kubernetes_state.deployment.{datadog}", f"kube_deployment_{prometheus}", _DEPLOYMENT)
        for datadog, prometheus in (
            ("replicas_available", "status_replicas_available"),
            ("replicas_desired", "spec_replicas"),
            ("replicas_ready", "status_replicas_ready"),
            ("replicas_unavailable", "status_replicas_unavailable"),
        )
    ),
    # Datadog counts a StatefulSet's ready replicas only; without minReadySeconds they are the available ones.
    _alias("kubernetes_state.statefulset.replicas_ready", "kube_statefulset_status_replicas_available", _STATEFUL_SET),
    _alias("kubernetes_state.statefulset.replicas_desired", "kube_statefulset_replicas", _STATEFUL_SET),
    _alias("kubernetes_state.container.restarts", "kube_pod_container_status_restarts_total", _CONTAINER),
    _alias("kubernetes.containers.restarts", "kube_pod_container_status_restarts_total", _CONTAINER),
    _alias("kubernetes.cpu.usage.total", "container_cpu_usage_seconds_total", _CONTAINER, "rate", 1e-9),
    *(
        _alias(f"kubernetes.cpu.cfs.{datadog}", f"container_cpu_cfs_{prometheus}_total", _CONTAINER, "rate")
        for datadog, prometheus in (
            ("periods", "periods"),
            ("throttled.periods", "throttled_periods"),
            ("throttled.seconds", "throttled_seconds"),
        )
    ),
    *(
        Alias(
            datadog=datadog, prometheus="kube_pod_container_resource_limits", by=_CONTAINER, labels={"resource": what}
        )
        for datadog, what in (
            ("kubernetes_state.container.cpu_limit", "cpu"),
            ("kubernetes.cpu.limits", "cpu"),
            ("kubernetes_state.container.memory_limit", "memory"),
            ("kubernetes.memory.limits", "memory"),
        )
    ),
    _alias("kubernetes.memory.working_set", "container_memory_working_set_bytes", _CONTAINER),
    _alias("kubernetes.memory.usage", "container_memory_usage_bytes", _CONTAINER),
    _alias("kubernetes.network.rx_dropped", "container_network_receive_packets_dropped_total", _POD, "rate"),
    _alias("kubernetes.network.tx_dropped", "container_network_transmit_packets_dropped_total", _POD, "rate"),
    _alias("rabbitmq.queue.messages", "rabbitmq_queue_messages", _QUEUE),
    _alias("rabbitmq.queue.messages_ready", "rabbitmq_queue_messages_ready", _QUEUE),
    _alias("rabbitmq.queue.messages.ready", "rabbitmq_queue_messages_ready", _QUEUE),
    _alias("rabbitmq.queue.consumers", "rabbitmq_queue_consumers", _QUEUE),
    Alias(
        datadog="kafka.consumer_lag",
        prometheus="kafka_consumergroup_lag",
        by=("kube_namespace", "consumer_group", "topic"),
        space="sum",
    ),
    *(
        _alias(f"kubernetes_state.{family}.{datadog}", f"kube_horizontalpodautoscaler_{prometheus}", _SCALER)
        for datadog, prometheus in (
            ("current_replicas", "status_current_replicas"),
            ("desired_replicas", "status_desired_replicas"),
            ("max_replicas", "spec_max_replicas"),
        )
        for family in ("hpa", "horizontalpodautoscaler")
    ),
    _alias("system.net.tcp.retrans_segs", "node_netstat_Tcp_RetransSegs", ("host",), "rate"),
    _alias("network.tcp.can_connect", "probe_success", ("instance", "host")),
    Alias(
        datadog="trace.http.request.duration.by.service.90p",
        prometheus="http_request_duration_seconds",
        by=("kube_namespace", "service"),
        labels={"quantile": "0.9"},
    ),
)
"""Every metric that is known under both names."""

BY_DATADOG = {one.datadog: one for one in ALIASES}

LABELS = {
    "kube_namespace": "namespace",
    "kube_deployment": "deployment",
    "kube_stateful_set": "statefulset",
    "pod_name": "pod",
    "kube_container_name": "container",
    "container_name": "container",
    "hpa": "horizontalpodautoscaler",
    "queue_name": "queue",
    "rabbitmq_queue": "queue",
    "rabbitmq_vhost": "vhost",
    "consumer_group": "consumergroup",
    "host": "node",
}
"""Datadog's tags for what Prometheus calls otherwise."""

TAGS = {label: tag for tag, label in reversed(LABELS.items())}
"""The other way: of several tags the first."""


def aliases_of(prometheus: str) -> tuple[Alias, ...]:
    """What Datadog may call a metric, the better name first; none where it has no such metric."""
    return tuple(one for one in ALIASES if one.prometheus == prometheus)
