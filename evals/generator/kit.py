"""Time, identity and JSON as an API server prints them.

Everything is derived from names, so a run is the same on every machine.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

Object = dict[str, Any]
"""A Kubernetes object as parsed JSON. Its shape is the API server's, so the values stay untyped."""

Part = Any
"""The value of some field of the API or of a scene, of whatever type that field has."""

API_VERSIONS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ControllerRevision": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "StorageClass": "storage.k8s.io/v1",
}
POD_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
LINE_WIDTH = 900


def moment(text: str) -> datetime:
    """Parse `2025-11-11T06:30:00Z` (fractions allowed)."""
    return datetime.fromisoformat(text).astimezone(UTC)


def later(at: datetime, seconds: float) -> datetime:
    """`at` plus `seconds`."""
    return at + timedelta(seconds=seconds)


def stamp(at: datetime) -> str:
    """RFC 3339 in whole seconds, as in `creationTimestamp`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(at: datetime) -> str:
    """RFC 3339 with microseconds, as in `eventTime`."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nano(at: datetime) -> str:
    """RFC3339Nano, as `kubectl logs --timestamps` prints it; the last three digits are derived from the rest."""
    return f"{at.strftime('%Y-%m-%dT%H:%M:%S.%f')}{int(digest(micro(at)), 16) % 1000:03d}Z"


def digest(*parts: object, length: int = 8) -> str:
    """Hex characters that depend on nothing but `parts`."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:length]


def uid(*parts: object) -> str:
    """A UUID that depends on nothing but `parts`."""
    raw = digest(*parts, length=32)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def suffix(*parts: object, length: int = 5) -> str:
    """A random-looking name ending in the letters that Kubernetes uses."""
    number = int(digest(*parts, length=24), 16)
    letters = ""
    for _ in range(length):
        number, index = divmod(number, len(POD_LETTERS))
        letters += POD_LETTERS[index]
    return letters


def fields(*paths: str) -> Object:
    """The fieldsV1 tree of slash-separated paths: `spec/replicas` gives `{"f:spec": {"f:replicas": {}}}`."""
    tree: Object = {}
    for path in paths:
        branch = tree
        for part in path.split("/"):
            branch = branch.setdefault(part if part.startswith(("k:", "v:")) else f"f:{part}", {})
    return tree


def managed(manager: str, at: datetime, tree: Object, api: str = "apps/v1", subresource: str = "") -> Object:
    """One managedFields entry; kubectl prints them with `--show-managed-fields`."""
    entry: Object = {"manager": manager, "operation": "Update", "apiVersion": api, "time": stamp(at)}
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": tree}
    return entry | ({"subresource": subresource} if subresource else {})


def thing(kind: str, name: str, namespace: str | None, at: datetime, **parts: Part) -> Object:
    """An object with its metadata. `labels`, `annotations`, `owner` go into metadata, every other part to the top."""
    metadata: Object = {"name": name, "creationTimestamp": stamp(at)}
    metadata["uid"] = uid(kind, namespace, name, stamp(at))
    if namespace:
        metadata["namespace"] = namespace
    for key in ("labels", "annotations"):
        if parts.get(key):
            metadata[key] = dict(parts[key])
    if parts.get("owner"):
        metadata["ownerReferences"] = [owner_reference(parts["owner"])]
    body = {key: value for key, value in parts.items() if key not in ("labels", "annotations", "owner")}
    return {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata} | body


def owner_reference(owner: Object) -> Object:
    """The ownerReferences entry of what `owner` controls."""
    reference: Object = {"apiVersion": owner["apiVersion"], "kind": owner["kind"]}
    reference |= {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return reference | {"controller": True, "blockOwnerDeletion": True}


def condition(kind: str, status: bool | str, at: datetime, reason: str = "", message: str = "") -> Object:
    """A status condition; `lastUpdateTime` is left to those kinds that have it."""
    text = status if isinstance(status, str) else str(status)
    entry: Object = {"type": kind, "status": text, "lastTransitionTime": stamp(at)}
    return entry | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})


DEFAULTED = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "enableServiceLinks": True,
    "successThreshold": 1,
    "scheme": "HTTP",
    "terminationGracePeriodSeconds": 30,
    "serviceAccountName": "default",
    "creationTimestamp": None,
    "protocol": "TCP",
    "loadBalancer": {},
    "recursiveReadOnly": "Disabled",
    "internalTrafficPolicy": "Cluster",
    "sessionAffinity": "None",
    "ipFamilyPolicy": "SingleStack",
    "revisionHistoryLimit": 10,
    "progressDeadlineSeconds": 600,
    "restartPolicy": "Always",
    "blockOwnerDeletion": True,
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
}


def lean(value: Part) -> Part:
    """The same without fields that hold the API server's default: half the size, nothing that a reader would miss."""
    if isinstance(value, list):
        return [lean(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: lean(item) for key, item in value.items() if key not in DEFAULTED or item != DEFAULTED[key]}


def dump_json(value: object) -> str:
    """JSON with sorted keys and indent 1; what fits a line of 900 characters stays on one."""
    return "\n".join(_lines(value, 0, 0)) + "\n"


def _lines(value: object, depth: int, taken: int) -> list[str]:
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(flat) + depth + taken <= LINE_WIDTH or not isinstance(value, dict | list) or not value:
        return [flat]
    if isinstance(value, list):
        opening, closing = "[", "]"
        members = [("", item) for item in value]
    else:
        opening, closing = "{", "}"
        members = [(f"{json.dumps(key, ensure_ascii=False)}: ", value[key]) for key in sorted(value)]
    lines = [opening]
    for position, (key, item) in enumerate(members):
        inner = _lines(item, depth + 1, len(key))
        inner[0] = key + inner[0]
        if position < len(members) - 1:
            inner[-1] += ","
        lines += [" " + line for line in inner]
    return [*lines, closing]
