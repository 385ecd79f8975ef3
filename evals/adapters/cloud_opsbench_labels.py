"""From our failure modes and components to the labels of Cloud-OpsBench, in the spelling of its answers.

The map is one way and knows no case: what is ours and has no label there stays as `ours:MODE`, which is never right.
"""

from collections.abc import Mapping

from msgspec import Struct

from agent.diagnosis import Cause

OUT_OF_REACH: Mapping[str, str] = {}
"""Labels whose deciding evidence no source offers, and what it would be.

Delay, loss and CPU overload are not among them: the numbers in alerts become samples of request latency and rate,
packets, CPU use and TCP retransmissions (`cloud_opsbench_samples`). Nor are daemons: what `systemctl` says of them
becomes the conditions that node-problem-detector sets (`tools/kubectl_text/systemd.py`).
"""

_PLAIN: Mapping[str, str] = {
    "service_account_missing": "missing_service_account",
    "node_not_ready": "kubelet_unavailable",
    "cpu_throttled": "pod_cpu_overload",
    "overload": "pod_cpu_overload",
    "oom_killed": "oom_killed",
    "insufficient_cpu": "cpu_capacity_mismatch",
    "insufficient_memory": "memory_capacity_mismatch",
    "node_selector_mismatch": "node_selector_mismatch",
    "taint_not_tolerated": "taint_toleration_mismatch",
    "node_cordoned": "node_cordon_mismatch",
    "wrong_address": "service_env_var_address_mismatch",
    "target_port_mismatch": "service_port_mapping_mismatch",
    "protocol_mismatch": "service_protocol_mismatch",
    "selector_mismatch": "service_selector_mismatch",
    "volume_permission_denied": "volume_mount_permission_denied",
    "too_many_connections": "db_connection_exhaustion",
    "connection_exhaustion": "db_connection_exhaustion",
    "database_read_only": "db_read_only",
    "scaled_to_zero": "deployment_zero_replicas",
    "invalid_credentials": "mysql_invalid_credentials",
    "port_conflict": "service_sidecar_port_conflict",
    "cluster_dns_down": "service_dns_resolution_failure",
    "dns_misconfigured": "service_dns_resolution_failure",
    "dependency_dns_failure": "service_dns_resolution_failure",
    "missing_config": "missing_secret_binding",
    "missing_secret_binding": "missing_secret_binding",
}
_DETAILED: Mapping[tuple[str, str], str] = {
    ("quota_exceeded", "cpu"): "namespace_cpu_quota_exceeded",
    ("quota_exceeded", "memory"): "namespace_memory_quota_exceeded",
    ("quota_exceeded", "pods"): "namespace_pod_quota_exceeded",
    ("quota_exceeded", "services"): "namespace_service_quota_exceeded",
    ("quota_exceeded", "storage"): "namespace_storage_quota_exceeded",
    ("node_component_down", "kubelet"): "kubelet_unavailable",
    ("node_component_down", "containerd"): "containerd_unavailable",
    ("node_component_down", "kube_proxy"): "kube_proxy_unavailable",
    ("node_component_down", "scheduler"): "kube_scheduler_unavailable",
    ("volume_unbound", "class"): "pvc_storage_class_mismatch",
    ("volume_unbound", "access_mode"): "pvc_access_mode_mismatch",
    ("volume_unbound", "capacity"): "pvc_capacity_mismatch",
    ("volume_unbound", "selector"): "pvc_selector_mismatch",
    ("volume_unbound", "occupied"): "pv_binding_occupied",
    ("wrong_address", "route"): "gateway_misroute",
    ("image_pull_failed", "registry_unreachable"): "image_registry_dns_failure",
    ("image_pull_failed", "name_or_tag"): "incorrect_image_reference",
    ("image_pull_failed", "credentials"): "missing_image_pull_secret",
    ("probe_misconfigured", "liveness_port"): "liveness_probe_incorrect_port",
    ("probe_misconfigured", "liveness_protocol"): "liveness_probe_incorrect_protocol",
    ("probe_misconfigured", "liveness_timing"): "liveness_probe_incorrect_timing",
    ("probe_misconfigured", "readiness_port"): "readiness_probe_incorrect_port",
    ("probe_misconfigured", "readiness_protocol"): "readiness_probe_incorrect_protocol",
}


class Prediction(Struct, frozen=True):
    """An answer in the benchmark's words."""

    fault_object: str
    root_cause: str


def prediction_of(cause: Cause) -> Prediction:
    """What one of our causes says in the benchmark's words."""
    return Prediction(_object(cause), _root_cause(cause))


def _object(cause: Cause) -> str:
    """`node/NAME`, `namespace/NAME` for quotas, else `app/NAME`."""
    namespace, _, rest = cause.component.partition("/")
    kind, _, name = rest.partition("/")
    if (cause.failure_mode, cause.detail) == ("wrong_address", "route"):
        # The benchmark names the Service that the route is called after, we what holds the route.
        return f"app/{cause.names[0].rpartition('/')[2]}"
    if cause.failure_mode == "quota_exceeded":
        return f"namespace/{namespace}"
    return f"node/{name}" if kind == "node" else f"app/{name or namespace}"


def _root_cause(cause: Cause) -> str:
    mode = cause.failure_mode
    on_node = cause.component.startswith("-/node/")
    if mode == "network_delay":
        return "node_network_delay" if on_node else "pod_network_delay"
    if mode == "packet_loss":
        return "node_network_packet_loss" if on_node else "ours:packet_loss"
    if mode == "affinity_conflict":
        return "pod_anti_affinity_conflict" if _speaks_of(cause, "anti-affinity") else "node_affinity_mismatch"
    if mode == "wrong_address" and cause.detail == "port" and _speaks_of(cause, "mysql"):
        return "mysql_invalid_port"
    return _DETAILED.get((mode, cause.detail or "")) or _PLAIN.get(mode) or f"ours:{mode}"


def _speaks_of(cause: Cause, word: str) -> bool:
    return any(word in f"{claim.text} {claim.value}" for claim in cause.claims)
