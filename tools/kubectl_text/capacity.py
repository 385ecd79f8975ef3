"""Nodes, quotas, storage, accounts and ConfigMaps as `describe` prints them."""

import re

from tools.kubectl_text.outline import Entry
from tools.kubectl_text.shape import Json, access_modes, compact, moment
from tools.kubectl_text.workloads import conditions, metadata

_QUOTA_ROW = re.compile(r"^\s*(?P<name>[\w./-]+)\s+(?P<used>\d[\w.]*)\s+(?P<hard>\d[\w.]*)\s*$", re.MULTILINE)
_QUOTA = re.compile(r"^ +Name:\s+(?P<name>\S+)$", re.MULTILINE)
_VALUE = re.compile(
    r"^(?P<key>[\w.-]+):\n----\n(?P<value>.*?)(?=\n\n[\w.-]+:\n----\n|\n+BinaryData\n====|\Z)", re.MULTILINE | re.DOTALL
)


def node(entry: Entry, raw: str) -> Json:
    """A node; how long ago its kubelet was heard stands in its lease."""
    spec = {
        "unschedulable": entry.said("Unschedulable") == "true" or None,
        "taints": [taint(line) for line in entry.lines("Taints")],
    }
    status = {
        "conditions": conditions(raw),
        "allocatable": {one.key: one.value for one in entry.entries("Allocatable") if one.key},
        "addresses": [{"type": one.key, "address": one.value} for one in entry.entries("Addresses") if one.key],
    }
    return {"metadata": metadata(entry), "spec": compact(spec), "status": compact(status)}


def taint(line: str) -> Json:
    """A taint such as `dedicated=gpu:NoSchedule`."""
    left, _, effect = line.strip().rpartition(":")
    key, _, value = left.partition("=")
    return compact({"key": key, "value": value, "effect": effect})


def claim(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A PersistentVolumeClaim; an unbound one prints neither its size nor its access modes."""
    spec = {
        "storageClassName": entry.said("StorageClass") or None,
        "volumeName": entry.said("Volume"),
        "accessModes": access_modes(entry.said("Access Modes")),
    }
    return {"metadata": metadata(entry), "spec": compact(spec), "status": compact({"phase": entry.said("Status")})}


def volume(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A PersistentVolume."""
    namespace, slash, name = entry.said("Claim").partition("/")
    spec = {
        "capacity": compact({"storage": entry.said("Capacity")}),
        "accessModes": access_modes(entry.said("Access Modes")),
        "storageClassName": entry.said("StorageClass"),
        "claimRef": {"kind": "PersistentVolumeClaim", "namespace": namespace, "name": name} if slash else None,
    }
    return {"metadata": metadata(entry), "spec": compact(spec), "status": compact({"phase": entry.said("Status")})}


def quota(entry: Entry, raw: str) -> Json:
    """A ResourceQuota."""
    return {"metadata": metadata(entry), "status": _amounts(raw)}


def quotas_of_namespace(entry: Entry, raw: str) -> list[Json]:
    """The quotas that a described namespace lists."""
    named = list(_QUOTA.finditer(raw))
    ends = [one.start() for one in named[1:]] + [len(raw)]
    return [
        {"metadata": {"name": one["name"], "namespace": entry.said("Name")}, "status": _amounts(raw[one.end() : end])}
        for one, end in zip(named, ends, strict=False)
    ]


def namespace(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A namespace."""
    return {"metadata": metadata(entry), "status": compact({"phase": entry.said("Status")})}


def storage_class(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A StorageClass; its annotations may break the outline, so only what the engine reads is kept."""
    return compact({"metadata": {"name": entry.said("Name")}, "provisioner": entry.said("Provisioner")})


def config_map(entry: Entry, raw: str) -> Json:
    """A ConfigMap with its text values."""
    body = raw.partition("\nData\n====\n")[2].partition("\n\nEvents:")[0]
    values = {found["key"]: found["value"].rstrip("\n") for found in _VALUE.finditer(body)}
    return {"metadata": metadata(entry), "data": values}


def plain(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """An object of which only existence matters."""
    return {"metadata": metadata(entry)}


def heard(entry: Entry) -> str | None:
    """When a node's lease was renewed last, RFC 3339."""
    lease = entry.find("Lease")
    return moment(lease.said("RenewTime")) if lease else None


def _amounts(text: str) -> Json:
    found = list(_QUOTA_ROW.finditer(text))
    return {"hard": {one["name"]: one["hard"] for one in found}, "used": {one["name"]: one["used"] for one in found}}
