"""The one fault of a cluster, by name: a closed list."""

from collections.abc import Callable

from evals.benchmarks.estate import faults_of_calls as calls
from evals.benchmarks.estate import faults_of_pods as pods
from evals.benchmarks.estate.fault import Fault, Scene

FAULTS: dict[str, Callable[[Scene], Fault]] = {
    "scaled_to_zero": pods.scaled_to_zero,
    "store_scaled_to_zero": pods.store_scaled_to_zero,
    "oom_killed": pods.oom_killed,
    "image_pull_failed": pods.image_pull_failed,
    "crash_after_rollout": pods.crash_after_rollout,
    "missing_config": pods.missing_config,
    "insufficient_cpu": pods.insufficient_cpu,
    "quota_exceeded": pods.quota_exceeded,
    "selector_mismatch": calls.selector_mismatch,
    "target_port_mismatch": calls.target_port_mismatch,
    "network_policy_blocks": calls.network_policy_blocks,
    "wrong_address": calls.wrong_address,
    "never_ready": pods.never_ready,
    "cluster_dns_down": calls.cluster_dns_down,
    "vendor_refuses": calls.vendor("dependency_unavailable", "dependency_timeout", kind="refused"),
    "vendor_times_out": calls.vendor(
        "dependency_timeout", "dependency_unavailable", "dependency_slow", kind="read_timeout"
    ),
    "vendor_5xx": calls.vendor("dependency_errors", "dependency_unavailable", status=503),
    "vendor_429": calls.vendor("dependency_rate_limited", "own_rate_above_quota", status=429),
}
