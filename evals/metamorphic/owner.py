"""Swap the owner: the boundary gives the cause to the other side; the verdict turns, what was seen stays."""

from collections.abc import Iterator

from agent.diagnosis import Cause
from agent.providers import catalogue
from evals.metamorphic.base import Base
from evals.metamorphic.expected import Expected, Variant, named, parts_of
from evals.metamorphic.recording import Object, words

FAMILY = "swap the owner"

STAYS_OURS = words(
    "wrong_address missing_config missing_secret_binding invalid_credentials ca_bundle_missing",
    "own_rate_above_quota selector_mismatch target_port_mismatch protocol_mismatch network_policy_blocks",
    "cluster_dns_down egress_down proxy_down clock_skew node_not_ready node_component_down node_cordoned",
    "quota_exceeded service_account_missing bad_rollout schema_mismatch duplicate_key consumer_absent",
    "queue_backlog queue_full image_pull_failed autoscaler_wrong_metric autoscaler_cannot_scale",
)
"""Modes whose side doesn't follow from who operates the component: our settings, our change, our network, our cluster's
machinery, or (image_pull_failed) whoever keeps the registry."""

SAID_BY_THE_VENDOR = frozenset({"dependency_auth_rejected", "dependency_rate_limited", "dependency_schema_change"})
"""Modes whose side follows from rates, changes or a feed as well (design section 6)."""

_OURS_TOO = {"dependency_tls_failure": ("dependency_tls_failure", "certificate_expired")}
"""The same fault has another name on our side (design section 14)."""

_WORKLOADS = frozenset({"deployment", "statefulset", "daemonset"})
_VENDOR = "Northlake Systems"


def variants(base: Base) -> Iterator[Variant]:
    """One variant, where the verdict came from who operates a workload or a host."""
    lead = base.lead
    if lead is None or not _decided_by_owner(base, lead):
        return
    ours = lead.side == "third_party"
    boundary = swapped(base.recording.boundary, lead, ours)
    parts = parts_of(base.diagnosis)
    kept = {name: parts[name] for name in ("path", "claims", "evidence")} | {"vendor is asked": not ours}
    expected = Expected(
        verdicts=("internal",) if ours else ("external",),
        components=(lead.component,),
        modes=_OURS_TOO.get(lead.failure_mode, (lead.failure_mode,)),
        statuses=(base.diagnosis.status,),
        kept=kept,
    )
    yield named(
        base, FAMILY, "ours" if ours else "theirs", expected, lambda: base.recording.with_run(boundary=boundary)
    )


def swapped(boundary: Object, cause: Cause, ours: bool) -> Object:
    """The boundary with the cause's workload or host on the other side; all other rules stay."""
    kind, name = _rule_of(cause.component)
    third = [_without(entry, kind, name) for entry in boundary.get("third_party") or []]
    owned = [_without(entry, kind, name) for entry in boundary.get("owned") or []]
    if ours:
        owned.append({kind: [name]})
    else:
        third.append({"name": _VENDOR, kind: [name]})
    return {**boundary, "third_party": third, "owned": [entry for entry in owned if entry]}


def _decided_by_owner(base: Base, lead: Cause) -> bool:
    if base.diagnosis.verdict not in {"internal", "external"} or base.diagnosis.status == "recovered":
        return False
    if lead.failure_mode in STAYS_OURS | SAID_BY_THE_VENDOR or len(base.diagnosis.causes) > 1:
        return False
    if "/" in lead.component:
        return lead.component.split("/")[1] in _WORKLOADS
    return "." in lead.component and not _managed(lead.component)


def _managed(host: str) -> bool:
    """Whether the catalogue knows the host as a store under shared care, which has rules of its own."""
    found = catalogue().find(host)
    return found is not None and found[0].managed


def _rule_of(component: str) -> tuple[str, str]:
    if "/" not in component:
        return "hosts", component
    namespace, _, name = component.split("/", 2)
    return "workloads", f"{namespace}/{name}"


def _without(entry: Object, kind: str, name: str) -> Object:
    """A rule without this exact pattern; the key goes with its last pattern."""
    left = [one for one in entry.get(kind) or [] if one.lower() != name.lower()]
    return {key: left if key == kind else value for key, value in entry.items() if key != kind or left}
