"""Drop one source: the verdict may become uncertain where that source decided, and never changes sides."""

import re
from collections.abc import Callable, Iterator

from agent.diagnosis import Claim, Diagnosis
from evals.metamorphic.base import Base
from evals.metamorphic.expected import Expected, Variant, named
from evals.metamorphic.recording import METRICS, Recording, words
from tools.callgraph import FAILED

FAMILY = "drop one source"

_DECIDED_BY = {
    "metrics": words(
        "autoscaler_cannot_scale autoscaler_wrong_metric connection_exhaustion consumer_absent cpu_throttled",
        "dependency_rate_limited dependency_slow disk_full healthy memory_pressure overload own_rate_above_quota",
        "network_delay packet_loss probe_killed_under_load queue_backlog queue_full slow_queries storage_limit",
        "too_few_replicas",
    ),
    "events": words(
        "affinity_conflict evicted image_pull_failed insufficient_cpu insufficient_memory missing_config",
        "node_selector_mismatch port_conflict probe_killed_under_load probe_misconfigured quota_exceeded",
        "service_account_missing taint_not_tolerated volume_permission_denied volume_unbound",
    ),
    "managedFields": words(
        "bad_config bad_rollout ca_bundle_missing dependency_auth_rejected dependency_errors",
        "dependency_schema_change dependency_tls_failure invalid_credentials missing_config",
        "missing_secret_binding planned_change selector_mismatch wrong_address",
    ),
    "status": words(
        "database_unavailable dependency_auth_rejected dependency_errors dependency_rate_limited",
        "dependency_schema_change dependency_timeout dependency_unavailable image_pull_failed",
    ),
    "logs of a bystander": words(),
}
"""Modes that only this source can tell from their neighbours, or that take their side from what it says.

For `dependency_errors` and its kin the question is who changed, or what the vendor says: without the trace of changes
or the feed the side is open (design section 6). That nobody is late is measured: without metrics `healthy` may be open.
Datadog's part is what metrics decide: its series are the same signals.
"""
_DECIDED_BY["datadog"] = _DECIDED_BY["metrics"]

_OURS_WITHOUT = {("status", "dependency_auth_rejected")}
"""A refused key with no change of ours is the vendor's only while their feed says so, else ours (design section 6)."""

_CITED_AS = {
    "metrics": "metric/",
    "events": "events/",
    "datadog": "datadog",
    "status": "status/",
    "managedFields": "changes/",
}


def variants(base: Base) -> Iterator[Variant]:
    """One variant for each source that the run has."""
    for source, dropped in _droppable(base):
        yield named(base, FAMILY, source, _expected(base, source), dropped)


def without_kind(recording: Recording, kind: str) -> Recording:
    """The recording without the objects of a kind."""
    return recording.with_objects([one for one in recording.objects if one["kind"] != kind])


def without_managed_fields(recording: Recording) -> Recording:
    """The recording as `kubectl get -o json` prints it without `--show-managed-fields`."""
    objects = recording.objects
    for one in objects:
        one["metadata"].pop("managedFields", None)
    return recording.with_objects(objects)


def bystander(base: Base) -> str | None:
    """The path of the logs of a pod that has no part in the answer, or None."""
    involved = {re.sub(r"^.*/", "", one) for one in base.involved | _complaining(base)}
    callees = {edge.callee.rpartition("/")[2] for name in base.involved for edge in base.scene.graph.calls_of(name)}
    asked = str(base.recording.run["incident"]).lower()
    for name in base.recording.logs():
        _, namespace, pod, _ = name.split("/")
        component = base.scene.snapshot.component_of_pod_name(namespace, pod).rpartition("/")[2]
        if component not in involved | callees and component not in asked:
            return f"logs/{namespace}/{pod}/"
    return None


def _complaining(base: Base) -> set[str]:
    """Components whose logs tell of failed calls of any kind, telemetry's too: they speak for the network."""
    return {edge.caller for edge in base.scene.graph.edges if any(hit.family in FAILED for hit in edge.hits)}


def _droppable(base: Base) -> Iterator[tuple[str, Callable[[], Recording]]]:
    recording = base.recording
    if METRICS in recording.files:
        yield "metrics", lambda: recording.without(METRICS)
    for folder in ("datadog", "status"):
        if any(name.startswith(f"{folder}/") for name in recording.files):
            yield folder, lambda folder=folder: recording.without(f"{folder}/")  # type: ignore[misc]
    text = recording.text("cluster.json") if recording.objects else ""
    if '"kind": "Event"' in text or '"kind":"Event"' in text:
        yield "events", lambda: without_kind(recording, "Event")
    if '"managedFields"' in text:
        yield "managedFields", lambda: without_managed_fields(recording)
    silent = bystander(base)
    if silent is not None:
        yield "logs of a bystander", lambda: recording.without(silent)


def _expected(base: Base, source: str) -> Expected:
    verdict = base.diagnosis.verdict
    if (source, base.diagnosis.failure_mode) in _OURS_WITHOUT:
        return Expected(verdicts=("internal", "inconclusive"))
    doubt = may_be_undecided(base.diagnosis, source) or _only_source(base.recording, source)
    return Expected(verdicts=(verdict, "inconclusive") if doubt else (verdict,))


def _only_source(recording: Recording, source: str) -> bool:
    """Whether nothing is left that could tell of calls: Datadog was all that was recorded."""
    return source == "datadog" and not recording.logs() and METRICS not in recording.files


def may_be_undecided(answer: Diagnosis, source: str) -> bool:
    """Whether the source was the deciding one: for this mode, or because all that was claimed stands on it."""
    if answer.verdict == "inconclusive" or answer.failure_mode in _DECIDED_BY.get(source, ()):
        return True
    claims = answer.causes[0].claims if answer.causes else answer.claims
    return bool(claims) and source in _CITED_AS and all(_cites(claim, _CITED_AS[source]) for claim in claims)


def _cites(claim: Claim, prefix: str) -> bool:
    return claim.evidence.startswith(prefix)
