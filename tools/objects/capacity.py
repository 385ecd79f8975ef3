"""Nodes, quotas and storage: what there is to run on."""

from datetime import datetime

from tools.objects.containers import Quantity, Resources
from tools.objects.meta import Condition, Meta, ObjectReference, TrackedMeta, Wire

CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""Labels and taints of the nodes of the control plane."""


class Taint(Wire, frozen=True):
    """A node's taint."""

    key: str
    effect: str = ""
    value: str = ""


class NodeSpec(Wire, frozen=True):
    """Whether a node takes pods."""

    unschedulable: bool = False
    taints: list[Taint] = []


class NodeAddress(Wire, frozen=True):
    """One address of a node."""

    type: str = ""
    address: str = ""


class NodeStatus(Wire, frozen=True):
    """What a node reports."""

    conditions: list[Condition] = []
    allocatable: dict[str, Quantity] = {}
    addresses: list[NodeAddress] = []


class Node(Wire, frozen=True):
    """A node."""

    metadata: Meta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def of_control_plane(self) -> bool:
        """Whether its labels say that it runs the control plane."""
        labels = self.metadata.labels
        return any(key in labels for key in CONTROL_PLANE) or labels.get("kubernetes.io/role") in {
            "master",
            "control-plane",
        }

    @property
    def ready(self) -> bool:
        """Whether the Ready condition is True."""
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)


class LeaseSpec(Wire, frozen=True):
    """When the holder of a lease renewed it last."""

    holder_identity: str = ""
    renew_time: datetime | None = None


class Lease(Wire, frozen=True):
    """A lease: who leads among several, and whether it lives."""

    metadata: Meta
    spec: LeaseSpec = LeaseSpec()


class QuotaStatus(Wire, frozen=True):
    """Hard limits and use by resource name, in quantity notation."""

    hard: dict[str, Quantity] = {}
    used: dict[str, Quantity] = {}


class ResourceQuota(Wire, frozen=True):
    """A ResourceQuota."""

    metadata: TrackedMeta
    status: QuotaStatus = QuotaStatus()


class ClaimSpec(Wire, frozen=True):
    """What a claim wants."""

    access_modes: list[str] = []
    storage_class_name: str | None = None
    volume_name: str = ""
    resources: Resources = Resources()
    selector: dict[str, object] | None = None


class PhaseStatus(Wire, frozen=True):
    """The phase of a claim, a volume or a namespace."""

    phase: str = ""


class PersistentVolumeClaim(Wire, frozen=True):
    """A PersistentVolumeClaim."""

    metadata: TrackedMeta
    spec: ClaimSpec = ClaimSpec()
    status: PhaseStatus = PhaseStatus()


class VolumeSpec(Wire, frozen=True):
    """What a volume offers."""

    capacity: dict[str, Quantity] = {}
    access_modes: list[str] = []
    storage_class_name: str = ""
    claim_ref: ObjectReference | None = None


class PersistentVolume(Wire, frozen=True):
    """A PersistentVolume."""

    metadata: Meta
    spec: VolumeSpec = VolumeSpec()
    status: PhaseStatus = PhaseStatus()


class StorageClass(Wire, frozen=True):
    """A StorageClass."""

    metadata: Meta
    provisioner: str = ""


class Namespace(Wire, frozen=True):
    """A namespace."""

    metadata: Meta
    status: PhaseStatus = PhaseStatus()


class ServiceAccount(Wire, frozen=True):
    """A service account."""

    metadata: Meta


class ConfigMap(Wire, frozen=True):
    """A ConfigMap's text values; binary ones are not read."""

    metadata: TrackedMeta
    data: dict[str, str] = {}


_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}


def amount(quantity: Quantity | None) -> float | None:
    """A quantity such as `250m`, `1.5Gi` or `2` as a plain number (cores, bytes, pieces); None if unreadable."""
    if quantity is None or isinstance(quantity, int | float):
        return quantity
    text = quantity.strip()
    for suffix, factor in (*_BINARY.items(), *_DECIMAL.items()):
        if text.endswith(suffix):
            return _number(text.removesuffix(suffix), factor)
    return _number(text, 1.0)


def _number(text: str, factor: float) -> float | None:
    try:
        return float(text) * factor
    except ValueError:
        return None
