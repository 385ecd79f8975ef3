"""The parts of objects that claims are made about, as plain values, and plain values as short text."""

from datetime import UTC, datetime

from msgspec import to_builtins

from tools.components import component_id
from tools.objects.meta import Wire
from tools.objects.pods import Pod, PodSpec
from tools.objects.workloads import Workload
from tools.plain_text import plain
from tools.redact import redacted_setting


def workload_value(one: Workload) -> dict[str, object]:
    """The parts of a workload that claims are made about."""
    return {
        "replicas": {"desired": one.desired, "ready": one.ready, "available": one.available},
        "paused": one.spec.paused,
        "conditions": {
            c.type: {"status": c.status, "reason": c.reason, "since": c.last_transition_time, "message": c.message}
            for c in one.status.conditions
        },
        "containers": {
            c.name: {
                "image": c.image,
                "limits": c.resources.limits,
                "requests": c.resources.requests,
                "env": {v.name: redacted_setting(v.name, v.value) for v in c.env if v.value},
            }
            for c in one.spec.template.spec.containers
        },
        "dns": _dns(one.spec.template.spec),
        "scaled": [
            {"by": field.manager, "at": field.time}
            for field in one.metadata.managed_fields
            if field.owns("spec", "replicas") and field.time != one.metadata.creation_timestamp
        ],
    }


def _dns(spec: PodSpec) -> dict[str, object]:
    """How the pods resolve names; empty where nothing says."""
    found = {"policy": spec.dns_policy, "nameservers": spec.dns_config.nameservers if spec.dns_config else []}
    return {key: value for key, value in found.items() if value}


def pod_value(pod: Pod) -> dict[str, object]:
    """The parts of a pod that claims are made about."""
    return {
        "phase": pod.status.phase,
        "ready": pod.ready,
        "reason": pod.status.reason,
        "node": pod.spec.node_name,
        "unmet": {
            c.type: {"reason": c.reason, "message": plain(c.message, 300), "since": c.last_transition_time}
            for c in pod.status.conditions
            if c.status != "True"
        },
        "containers": {
            one.name: {
                "ready": one.ready,
                "restarts": one.restart_count,
                "waiting": one.waiting_reason,
                "message": one.state.waiting.message if one.state.waiting else "",
                "ended": to_builtins(one.last_end) if one.last_end else None,
            }
            for one in pod.statuses
        },
    }


def object_id(kind: str, one: Wire) -> str:
    """The evidence id of an object."""
    namespace, kind_name, name = component_id(kind, one.metadata).split("/", 2)  # type: ignore[attr-defined]
    return f"{kind_name}/{namespace}/{name}"


def clock(at: datetime | None) -> str:
    """A moment in UTC to the second, `?` when unknown."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else "?"


def flat(value: object, depth: int = 0) -> str:
    """Nested plain values as short readable lines."""
    if isinstance(value, dict):
        parts = [f"{key}: {flat(inner, depth + 1)}" for key, inner in value.items() if inner not in (None, "", {}, [])]
        return ("\n" if depth == 0 else ", ").join(parts) if depth < 2 else "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flat(inner, depth + 1) for inner in value) + "]"
    return clock(value) if isinstance(value, datetime) else str(value)
