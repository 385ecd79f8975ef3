import re

import pytest

from agent.failure_modes import NOTHING_BROKEN, actions, failure_modes, has
from agent.remedy_commands import Commands

PUBLIC = re.findall(
    r"\w+",
    """
dependency_unavailable dependency_timeout dependency_slow dependency_errors dependency_resets
dependency_rate_limited dependency_dns_failure dependency_tls_failure dependency_schema_change
dependency_auth_rejected own_rate_above_quota scaled_to_zero rollout_stuck bad_rollout too_few_replicas oom_killed
crash_loop bad_config missing_config missing_secret_binding image_pull_failed probe_misconfigured
probe_killed_under_load port_conflict volume_permission_denied service_account_missing evicted application_errors
cpu_throttled memory_pressure overload connection_exhaustion autoscaler_wrong_metric autoscaler_cannot_scale
insufficient_cpu insufficient_memory node_selector_mismatch affinity_conflict taint_not_tolerated node_cordoned
quota_exceeded volume_unbound disk_full node_not_ready node_component_down selector_mismatch target_port_mismatch
protocol_mismatch wrong_address network_policy_blocks cluster_dns_down dns_misconfigured egress_down proxy_down
network_delay packet_loss invalid_credentials certificate_expired ca_bundle_missing clock_skew database_unavailable
database_read_only too_many_connections slow_queries schema_mismatch duplicate_key storage_limit consumer_absent
queue_backlog queue_full broker_unavailable business_decline recovered planned_change telemetry_outage healthy other
""",
)
PUBLIC_ACTIONS = re.findall(
    r"\w+",
    """
contact_vendor check_vendor_status failover circuit_break queue_and_retry notify_users scale_up restart rollback
fix_config fix_address fix_selector fix_port fix_probe fix_network_policy fix_dns rotate_credentials
renew_certificate raise_limit reduce_load add_capacity fix_autoscaler free_storage restore_consumer fix_image
fix_scheduling raise_quota repair_node fix_code run_migration tune_database reduce_own_rate none_needed
collect_more_evidence
""",
)


def test_the_public_ids_are_these() -> None:
    assert list(failure_modes()) == PUBLIC
    assert list(actions()) == PUBLIC_ACTIONS


def test_details_are_a_closed_list_where_a_mode_has_kinds() -> None:
    details = {name: tuple(mode.details) for name, mode in failure_modes().items() if mode.details}
    probes = [
        f"{probe}_{what}"
        for probe in ("liveness", "readiness", "startup")
        for what in ("path", "port", "protocol", "timing")
    ]
    assert details == {
        "wrong_address": ("host", "port", "path", "route"),
        "image_pull_failed": ("name_or_tag", "registry_unreachable", "credentials", "rate_limited"),
        "probe_misconfigured": tuple(probes),
        "quota_exceeded": ("cpu", "memory", "pods", "services", "storage"),
        "volume_unbound": ("class", "access_mode", "capacity", "selector", "occupied"),
        "node_component_down": ("kubelet", "containerd", "kube_proxy", "scheduler"),
    }


def test_only_these_belong_to_nothing_broken() -> None:
    group = [name for name, mode in failure_modes().items() if mode.group == NOTHING_BROKEN]
    assert group == ["business_decline", "recovered", "planned_change", "telemetry_outage", "healthy"]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_mode_explains_itself_in_whole_sentences(name: str) -> None:
    mode = failure_modes()[name]
    for text in (mode.means, mode.told_from, mode.do, *mode.details.values()):
        assert text[0].isupper()
        assert text.endswith(".")
    assert mode.means.count(".") == 1


@pytest.mark.parametrize("name", PUBLIC)
def test_a_neighbour_that_is_named_exists(name: str) -> None:
    mode = failure_modes()[name]
    ids = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", mode.told_from))
    assert ids <= set(PUBLIC)
    assert name not in ids


def test_what_can_be_broken_says_what_mends_it_and_what_shows_it() -> None:
    broken = [mode for mode in failure_modes().values() if mode.group not in {NOTHING_BROKEN, "unknown"}]
    assert [mode.id for mode in broken if not mode.mends or not mode.seen_in] == []
    assert {action for mode in broken for action in mode.mends} <= set(actions())


def test_every_action_that_mends_a_mode_can_be_proposed() -> None:
    proposed = {action for mode in failure_modes().values() for action in mode.mends}
    assert [action for action in sorted(proposed) if not callable(getattr(Commands, action, None))] == []


def test_a_symptom_has_no_trait() -> None:
    assert has("scaled_to_zero", "total")
    assert not has("scaled_to_zero", "soft")
    assert not has("calls_fail", "soft")


def test_every_action_says_what_it_does() -> None:
    assert [name for name, text in actions().items() if not text.endswith(".")] == []


def test_the_lists_cannot_be_changed_by_a_reader() -> None:
    with pytest.raises(TypeError):
        failure_modes()["mine"] = failure_modes()["other"]  # type: ignore[index]
