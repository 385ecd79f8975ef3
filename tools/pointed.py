"""Kinds of objects that explain something only where another object points at them, and are not asked for elsewhere.

A sweep has few requests; what these would have told is better spent on the logs near the symptom.
"""

from collections.abc import Callable

from tools.objects.capacity import PersistentVolumeClaim
from tools.objects.pods import Pod
from tools.snapshot import Snapshot


def _a_claim_waits(snapshot: Snapshot) -> bool:
    """A volume and its class explain why a claim is not bound."""
    claims = snapshot.all("PersistentVolumeClaim", PersistentVolumeClaim)
    return any(one.status.phase != "Bound" for one in claims) or _is_unknown(snapshot, "PersistentVolumeClaim")


def _a_policy_is_there(snapshot: Snapshot) -> bool:
    """The labels of a namespace decide whom a network policy means."""
    return bool(snapshot.objects.get("NetworkPolicy")) or _is_unknown(snapshot, "NetworkPolicy")


def _a_pod_has_no_node(snapshot: Snapshot) -> bool:
    """The scheduler's lease says whether it runs."""
    return any(not pod.spec.node_name for pod in snapshot.all("Pod", Pod)) or _is_unknown(snapshot, "Pod")


def _an_account_is_missed(snapshot: Snapshot) -> bool:
    """Pods that may not be made for the lack of their account are told by events."""
    return any("serviceaccount" in event.text.lower() for event in snapshot.events)


def _is_unknown(snapshot: Snapshot, kind: str) -> bool:
    """Whether a kind could not be read anywhere; where only some namespaces are open, those are what matters."""
    gap = snapshot.gap_about(kind)
    return gap is not None and not gap.whole_in


POINTED: dict[str, Callable[[Snapshot], bool]] = {
    "PersistentVolume": _a_claim_waits,
    "StorageClass": _a_claim_waits,
    "Namespace": _a_policy_is_there,
    "Lease": _a_pod_has_no_node,
    "ServiceAccount": _an_account_is_missed,
}
"""By kind, whether something that was read points there."""
