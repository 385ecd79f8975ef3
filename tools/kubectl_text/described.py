"""From `kubectl describe` to objects: one reader for each kind."""

from collections.abc import Callable
from datetime import datetime

from tools.kubectl_text import capacity, network, workloads
from tools.kubectl_text.events import events_of
from tools.kubectl_text.outline import Entry, outline, sections
from tools.kubectl_text.shape import Json

Reader = Callable[[Entry, str], Json]

_READERS: dict[str, Reader] = {
    "Pod": workloads.pod,
    "Deployment": workloads.workload,
    "StatefulSet": workloads.workload,
    "DaemonSet": workloads.workload,
    "ReplicaSet": workloads.workload,
    "Job": workloads.workload,
    "HorizontalPodAutoscaler": network.autoscaler,
    "Service": network.service,
    "Endpoints": network.endpoints,
    "Ingress": network.ingress,
    "Node": capacity.node,
    "Namespace": capacity.namespace,
    "ResourceQuota": capacity.quota,
    "PersistentVolumeClaim": capacity.claim,
    "PersistentVolume": capacity.volume,
    "StorageClass": capacity.storage_class,
    "ServiceAccount": capacity.plain,
    "ConfigMap": capacity.config_map,
}


def objects_from_describe(kind: str, text: str, now: datetime) -> list[Json]:
    """Every object of a description, and what it lists of others: events, a Service's endpoints, quotas.

    A text that describes nothing (`No resources found`, an error) gives an empty list.
    """
    reader = _READERS.get(kind)
    found: list[Json] = []
    for raw in sections(text):
        entry = outline(raw)
        if reader is not None:
            found.append({"kind": kind, **reader(entry, raw)})
        found.extend({"kind": "Event", **one} for one in events_of(entry, raw, kind, now))
        found.extend(_beside(kind, entry, raw))
    return found


def _beside(kind: str, entry: Entry, raw: str) -> list[Json]:
    if kind == "Service":
        listed = network.endpoints_of_service(entry)
        return [{"kind": "Endpoints", **listed}] if listed else []
    if kind == "Namespace":
        return [{"kind": "ResourceQuota", **one} for one in capacity.quotas_of_namespace(entry, raw)]
    return []
