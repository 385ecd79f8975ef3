"""Remediation: which actions mend which failure mode, with command, risk, undo and who; proposed, never run."""

from collections.abc import Callable

from agent.diagnosis import Risk, Step
from agent.finding import Finding
from agent.ownership import Owner
from agent.remedy_commands import Commands
from agent.remedy_names import Remedy
from agent.scene import Scene

MOST_STEPS = 5

_VENDOR = ("check_vendor_status", "contact_vendor", "failover", "circuit_break", "queue_and_retry")

# What mends an owned component, best first; read-only checks are put before them.
_OWNED: dict[str, tuple[str, ...]] = {
    "scaled_to_zero": ("scale_up",),
    "rollout_stuck": ("rollback", "fix_config"),
    "bad_rollout": ("rollback", "fix_code"),
    "too_few_replicas": ("scale_up", "fix_autoscaler"),
    "oom_killed": ("raise_limit", "fix_code"),
    "crash_loop": ("rollback", "fix_config", "fix_code"),
    "bad_config": ("fix_config", "rollback", "fix_code"),
    "missing_config": ("fix_config", "rollback"),
    "missing_secret_binding": ("fix_config", "rollback"),
    "image_pull_failed": ("fix_image", "rollback"),
    "probe_misconfigured": ("fix_probe", "rollback"),
    "probe_killed_under_load": ("add_capacity", "fix_probe", "raise_limit"),
    "port_conflict": ("fix_port", "fix_config"),
    "volume_permission_denied": ("fix_config",),
    "service_account_missing": ("fix_config",),
    "evicted": ("free_storage", "raise_limit"),
    "application_errors": ("fix_code", "rollback"),
    "cpu_throttled": ("raise_limit", "add_capacity"),
    "memory_pressure": ("raise_limit", "add_capacity"),
    "overload": ("add_capacity", "scale_up", "raise_limit", "reduce_load", "fix_autoscaler"),
    "connection_exhaustion": ("raise_limit", "reduce_load", "fix_config"),
    "autoscaler_wrong_metric": ("fix_autoscaler", "scale_up"),
    "autoscaler_cannot_scale": ("fix_autoscaler", "scale_up", "add_capacity"),
    "insufficient_cpu": ("add_capacity", "fix_scheduling", "raise_limit"),
    "insufficient_memory": ("add_capacity", "fix_scheduling", "raise_limit"),
    "node_selector_mismatch": ("fix_scheduling", "rollback"),
    "affinity_conflict": ("fix_scheduling", "rollback"),
    "taint_not_tolerated": ("fix_scheduling", "rollback"),
    "node_cordoned": ("repair_node", "fix_scheduling"),
    "quota_exceeded": ("raise_quota", "fix_scheduling"),
    "volume_unbound": ("fix_scheduling", "fix_config", "add_capacity"),
    "disk_full": ("free_storage", "add_capacity"),
    "node_not_ready": ("repair_node", "fix_scheduling"),
    "node_component_down": ("repair_node",),
    "selector_mismatch": ("fix_selector",),
    "target_port_mismatch": ("fix_port",),
    "protocol_mismatch": ("fix_port", "fix_config"),
    "wrong_address": ("fix_address", "fix_config", "rollback"),
    "network_policy_blocks": ("fix_network_policy",),
    "cluster_dns_down": ("fix_dns", "scale_up", "restart"),
    "egress_down": ("repair_node", "fix_network_policy", "fix_config"),
    "proxy_down": ("restart", "fix_config", "scale_up"),
    "network_delay": ("repair_node", "fix_config"),
    "packet_loss": ("repair_node", "fix_config"),
    "invalid_credentials": ("rotate_credentials", "fix_config", "rollback"),
    "certificate_expired": ("renew_certificate",),
    "ca_bundle_missing": ("rollback", "fix_image", "fix_config"),
    "clock_skew": ("repair_node",),
    "own_rate_above_quota": ("reduce_own_rate", "rollback", "raise_quota"),
    "database_unavailable": ("restart", "scale_up", "failover"),
    "database_read_only": ("failover", "fix_config", "tune_database"),
    "too_many_connections": ("tune_database", "reduce_load", "raise_limit"),
    "slow_queries": ("tune_database", "raise_limit"),
    "schema_mismatch": ("run_migration", "rollback"),
    "duplicate_key": ("fix_code",),
    "storage_limit": ("free_storage", "raise_limit"),
    "consumer_absent": ("restore_consumer", "scale_up"),
    "queue_backlog": ("restore_consumer", "scale_up", "reduce_load"),
    "queue_full": ("restore_consumer", "fix_config", "raise_limit"),
    "broker_unavailable": ("restart", "scale_up"),
}
_DEPENDENCY_OWNED = ("restart", "rollback", "circuit_break")


def steps_for(scene: Scene, finding: Finding, owner: Owner) -> tuple[Step, ...]:
    """At most five steps for one cause: a look first, then what changes something."""
    commands = Commands(scene, finding, owner)
    made = [_step(action, commands, owner) for action in _actions(finding, owner) if _fits(action, commands)]
    checks = [] if owner.side == "third_party" else [_check(commands)]
    different: dict[tuple[str | None, str], Step] = {}
    for step in (*checks, *made):
        different.setdefault((step.component, step.command or step.title), step)
    return tuple(different.values())[:MOST_STEPS]


def none_needed(reason: str) -> Step:
    """The step of a `no_fault` verdict."""
    return Step(action="none_needed", title=reason, risk="none", who="on-call")


def more_evidence(query: str, why: str) -> Step:
    """The step of an `inconclusive` verdict: the read-only question that would decide."""
    return Step(action="collect_more_evidence", title=why, command=query or None, risk="none", who="on-call")


def _actions(finding: Finding, owner: Owner) -> tuple[str, ...]:
    if owner.side == "third_party":
        return _VENDOR
    if finding.condition.startswith("dependency_"):
        return _DEPENDENCY_OWNED
    return _OWNED.get(finding.condition, ("fix_config",))


def _fits(action: str, commands: Commands) -> bool:
    """Whether an action can help here: a store with replicas is not scaled, a first revision has none before it."""
    if action == "scale_up":
        return not (commands.keeps_state and commands.replicas)
    return action != "rollback" or commands.has_earlier_revision


def _step(action: str, commands: Commands, owner: Owner) -> Step:
    make: Callable[[], Remedy] = getattr(commands, action)
    remedy = make()
    of_store = commands.keeps_state and remedy.component in {commands.component, commands.workload}
    return Step(
        action=action,
        component=remedy.component,
        title=remedy.title,
        command=remedy.command,
        risk="medium" if of_store and remedy.risk == "low" else remedy.risk,
        undo=remedy.undo,
        who=remedy.who or ("on-call" if owner.side == "third_party" else f"owner of {owner.name}"),
    )


def _check(commands: Commands) -> Step:
    look = commands.look()
    risk: Risk = "none"
    return Step(
        action="collect_more_evidence",
        component=look.component,
        title=look.title,
        command=look.command,
        risk=risk,
        who="on-call",
    )
