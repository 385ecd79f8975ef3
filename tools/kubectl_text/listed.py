"""From the tables of `kubectl get` to objects; without `-o wide` and `--show-labels` they say little."""

import re
from collections.abc import Callable
from datetime import datetime

from tools.kubectl_text.events import events_from_table
from tools.kubectl_text.listed_pods import pod
from tools.kubectl_text.network import subsets
from tools.kubectl_text.shape import (
    Json,
    access_modes,
    ago,
    compact,
    kind_named,
    pairs,
    ports,
    said,
    whole,
)
from tools.kubectl_text.tables import Row, rows

# Headings that only one kind prints; the first set that a table holds decides.
_MARKS = (
    ({"LAST SEEN", "REASON"}, "Event"),
    ({"CLUSTER-IP"}, "Service"),
    ({"ENDPOINTS", "ADDRESSTYPE"}, "EndpointSlice"),
    ({"ENDPOINTS"}, "Endpoints"),
    ({"READY", "STATUS", "RESTARTS"}, "Pod"),
    ({"READY", "UP-TO-DATE", "AVAILABLE", "DESIRED"}, "DaemonSet"),
    ({"READY", "UP-TO-DATE", "AVAILABLE"}, "Deployment"),
    ({"DESIRED", "CURRENT", "READY"}, "ReplicaSet"),
    ({"ROLES", "VERSION"}, "Node"),
    ({"ACCESS MODES", "CLAIM"}, "PersistentVolume"),
    ({"ACCESS MODES"}, "PersistentVolumeClaim"),
    ({"PROVISIONER"}, "StorageClass"),
    ({"REFERENCE", "MINPODS"}, "HorizontalPodAutoscaler"),
    ({"REQUEST", "LIMIT"}, "ResourceQuota"),
    ({"POD-SELECTOR"}, "NetworkPolicy"),
    ({"CLASS", "HOSTS"}, "Ingress"),
    ({"SCHEDULE"}, "CronJob"),
    ({"COMPLETIONS"}, "Job"),
    ({"NAME", "SECRETS"}, "ServiceAccount"),
    ({"NAME", "TYPE", "DATA"}, "Secret"),
    ({"NAME", "DATA"}, "ConfigMap"),
    ({"NAME", "READY"}, "StatefulSet"),
    ({"NAME", "STATUS"}, "Namespace"),
)
_QUOTA = re.compile(r"(?P<name>[\w./-]+): (?P<used>[\w.]+)/(?P<hard>[\w.]+)")


_CLUSTER_WIDE = frozenset({"Node", "Namespace", "PersistentVolume", "StorageClass"})


def kind_of_table(text: str) -> str | None:
    """The kind whose headings a table has, or None."""
    first = next(iter(rows(text)), {})
    return next((kind for marks, kind in _MARKS if marks <= set(first)), None)


def objects_from_table(kind: str, text: str, namespace: str, now: datetime) -> list[Json]:
    """Every object of a `get` table; `namespace` where none is printed (empty for cluster-wide kinds)."""
    if kind == "Event":
        return [{"kind": kind, **one} for one in events_from_table(text, namespace, now)]
    reader = _READERS.get(kind)
    found = []
    for row in rows(text):
        if row.get("NAME") and not (kind == "Pod" and said(row.get("STATUS", "?")) == ""):
            body = pod(row, now) if kind == "Pod" else reader(row) if reader else {}
            found.append({"kind": kind, "metadata": _metadata(kind, row, namespace, now), **body})
    return found


def _metadata(kind: str, row: Row, namespace: str, now: datetime) -> Json:
    prefix, slash, rest = row["NAME"].partition("/")
    name = rest if slash and kind_named(prefix) == kind else row["NAME"]
    return compact(
        {
            "name": name,
            "namespace": "" if kind in _CLUSTER_WIDE else row.get("NAMESPACE") or namespace,
            "labels": pairs([said(row.get("LABELS", ""))]),
            "creationTimestamp": ago(row.get("AGE", ""), now),
        }
    )


def _workload(row: Row) -> Json:
    ready, _, desired = row.get("READY", "").partition("/")
    wanted = desired or row.get("DESIRED", "")
    labels = pairs([said(row.get("SELECTOR", ""))])
    status: Json = {"replicas": whole(row.get("CURRENT", wanted)), "readyReplicas": whole(ready)}
    if "AVAILABLE" in row:
        status["availableReplicas"] = whole(row["AVAILABLE"])
    if "UP-TO-DATE" in row:
        status["updatedReplicas"] = whole(row["UP-TO-DATE"])
    spec: Json = {"replicas": whole(wanted)} | compact({"selector": compact({"matchLabels": labels})})
    containers = _containers(row)
    if containers:
        spec["template"] = {"spec": {"containers": containers}} | ({"metadata": {"labels": labels}} if labels else {})
    return {"spec": spec, "status": status}


def _daemon_set(row: Row) -> Json:
    numbers = {
        "desiredNumberScheduled": whole(row.get("DESIRED", "")),
        "numberReady": whole(row.get("READY", "")),
        "numberAvailable": whole(row.get("AVAILABLE", "")),
    }
    return {"status": numbers}


def _containers(row: Row) -> list[Json]:
    names, images = said(row.get("CONTAINERS", "")), said(row.get("IMAGES", ""))
    if not names:
        return []
    return [
        compact({"name": name, "image": image})
        for name, image in zip(names.split(","), images.split(","), strict=False)
    ]


def _service(row: Row) -> Json:
    listed = []
    for item in row.get("PORT(S)", "").split(","):
        for port, protocol, _ in ports(re.sub(r":\d+", "", item)):
            listed.append({"port": port, "protocol": protocol})
    kind, address = row.get("TYPE", ""), row.get("CLUSTER-IP", "")
    outside = said(row.get("EXTERNAL-IP", "")) if kind == "ExternalName" else ""
    chosen = pairs([said(row.get("SELECTOR", ""))])
    spec = {"type": kind, "clusterIP": said(address), "externalName": outside, "ports": listed, "selector": chosen}
    return {"spec": compact(spec)}


def _endpoints(row: Row) -> Json:
    return {"subsets": subsets(row.get("ENDPOINTS", ""))}


def _node(row: Row) -> Json:
    words = row.get("STATUS", "").split(",")
    ready = "True" if "Ready" in words else "Unknown"
    spec = {"unschedulable": "SchedulingDisabled" in words or None}
    address = said(row.get("INTERNAL-IP", ""))
    addresses = [{"type": "InternalIP", "address": address}] if address else []
    status = {"conditions": [{"type": "Ready", "status": ready}], "addresses": addresses}
    return {"spec": compact(spec), "status": compact(status)}


def _claim(row: Row) -> Json:
    spec = {
        "volumeName": row.get("VOLUME", ""),
        "accessModes": access_modes(row.get("ACCESS MODES", "")),
        "storageClassName": said(row.get("STORAGECLASS", "")),
    }
    return {"spec": compact(spec), "status": {"phase": row.get("STATUS", "")}}


def _volume(row: Row) -> Json:
    namespace, slash, name = row.get("CLAIM", "").partition("/")
    spec = {
        "capacity": compact({"storage": row.get("CAPACITY", "")}),
        "accessModes": access_modes(row.get("ACCESS MODES", "")),
        "storageClassName": said(row.get("STORAGECLASS", "")),
        "claimRef": {"kind": "PersistentVolumeClaim", "namespace": namespace, "name": name} if slash else None,
    }
    return {"spec": compact(spec), "status": {"phase": row.get("STATUS", "")}}


def _quota(row: Row) -> Json:
    found = list(_QUOTA.finditer(f"{row.get('REQUEST', '')}, {row.get('LIMIT', '')}"))
    return {
        "status": {
            "hard": {one["name"]: one["hard"] for one in found},
            "used": {one["name"]: one["used"] for one in found},
        }
    }


def _autoscaler(row: Row) -> Json:
    kind, _, name = row.get("REFERENCE", "").partition("/")
    spec = {
        "scaleTargetRef": {"kind": kind, "name": name},
        "minReplicas": whole(row.get("MINPODS", "")),
        "maxReplicas": whole(row.get("MAXPODS", "")),
    }
    return {"spec": spec, "status": {"currentReplicas": whole(row.get("REPLICAS", ""))}}


def _phase(row: Row) -> Json:
    return {"status": {"phase": row.get("STATUS", "")}}


def _storage_class(row: Row) -> Json:
    row["NAME"] = row["NAME"].removesuffix(" (default)")
    return {"provisioner": row.get("PROVISIONER", "")}


_READERS: dict[str, Callable[[Row], Json]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "ReplicaSet": _workload,
    "DaemonSet": _daemon_set,
    "Service": _service,
    "Endpoints": _endpoints,
    "Node": _node,
    "Namespace": _phase,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "ResourceQuota": _quota,
    "HorizontalPodAutoscaler": _autoscaler,
    "StorageClass": _storage_class,
}
