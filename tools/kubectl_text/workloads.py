"""Pods and their controllers as `describe` prints them."""

import re

from tools.kubectl_text.containers import container_status, pod_spec
from tools.kubectl_text.outline import Entry
from tools.kubectl_text.shape import Json, compact, moment, pairs, said, whole
from tools.kubectl_text.tables import rows

_COUNT = re.compile(r"(\d+) (desired|updated|total|available|unavailable|current)")
_PODS = re.compile(r"(\d+) (Running|Waiting|Succeeded|Failed)")
_SET = re.compile(r"(?P<key>[^\s,]+) (?P<operator>in|notin) \((?P<values>[^)]*)\)")


def pod(entry: Entry, raw: str) -> Json:
    """A pod."""
    phase = entry.said("Status")
    terminating = phase.startswith("Terminating")
    node, _, host = entry.said("Node").partition("/")
    status = {
        "phase": "Running" if terminating else phase,
        "reason": entry.said("Reason"),
        "message": "\n".join(entry.lines("Message")),
        "podIP": entry.said("IP"),
        "hostIP": host,
        "startTime": moment(entry.said("Start Time")),
        "conditions": conditions(raw),
        "containerStatuses": _statuses(entry, "Containers"),
        "initContainerStatuses": _statuses(entry, "Init Containers"),
    }
    spec = compact({**pod_spec(entry), "nodeName": node})
    return {"metadata": metadata(entry), "spec": spec, "status": compact(status)}


def workload(entry: Entry, raw: str) -> Json:
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet or Job."""
    counts = {word: int(number) for number, word in _COUNT.findall(entry.said("Replicas"))}
    spec = compact({"selector": selector(entry.lines("Selector")), "template": _template(entry)})
    if "desired" in counts:
        spec["replicas"] = counts["desired"]
    return {
        "metadata": metadata(entry),
        "spec": spec,
        "status": _counts(entry, counts) | compact({"conditions": conditions(raw)}),
    }


def metadata(entry: Entry) -> Json:
    """What every described object carries."""
    owner_kind, slash, owner = entry.said("Controlled By").partition("/")
    owners = [{"kind": owner_kind, "name": owner, "controller": True}] if slash else []
    return compact(
        {
            "name": entry.said("Name"),
            "namespace": entry.said("Namespace"),
            "labels": pairs(entry.lines("Labels")),
            "annotations": _annotations(entry),
            "ownerReferences": owners,
            "creationTimestamp": moment(entry.said("CreationTimestamp")),
        }
    )


def conditions(raw: str) -> list[Json]:
    """The Conditions table; only nodes print its times."""
    return [
        compact(
            {
                "type": row.get("Type", ""),
                "status": row.get("Status", ""),
                "reason": said(row.get("Reason", "")),
                "message": row.get("Message", ""),
                "lastTransitionTime": moment(row["LastTransitionTime"]) if row.get("LastTransitionTime") else None,
            }
        )
        for row in rows(block(raw, "Conditions"))
        if row.get("Type")
    ]


def block(raw: str, heading: str) -> str:
    """The indented lines below a heading at the margin."""
    found = re.search(rf"^{re.escape(heading)}:[^\n]*\n((?:[ \t]+[^\n]*\n?)*)", raw, re.MULTILINE)
    return found[1] if found else ""


def selector(lines: list[str]) -> Json:
    """A label selector in the notation of `-l`."""
    text = ",".join(lines)
    sets: list[Json] = [
        {
            "key": one["key"],
            "operator": "In" if one["operator"] == "in" else "NotIn",
            "values": one["values"].split(","),
        }
        for one in _SET.finditer(text)
    ]
    return compact({"matchLabels": pairs([_SET.sub("", text)]), "matchExpressions": sets})


def _template(entry: Entry) -> Json | None:
    found = entry.find("Pod Template")
    if found is None:
        return None
    labels = compact({"labels": pairs(found.lines("Labels")), "annotations": _annotations(found)})
    return compact({"metadata": labels, "spec": pod_spec(found)})


def _counts(entry: Entry, counts: dict[str, int]) -> Json:
    """The status counts that were printed, by the API's names."""
    names = {"total": "replicas", "updated": "updatedReplicas", "available": "availableReplicas"}
    names |= {"unavailable": "unavailableReplicas", "current": "replicas"}
    found: Json = {names[word]: number for word, number in counts.items() if word in names}
    if entry.find("Desired Number of Nodes Scheduled"):
        found["desiredNumberScheduled"] = whole(entry.said("Desired Number of Nodes Scheduled"))
        found["numberAvailable"] = whole(entry.said("Number of Nodes Scheduled with Available Pods"))
    pods = {word: int(number) for number, word in _PODS.findall(entry.said("Pods Status"))}
    if "Succeeded" in pods:
        found |= {"succeeded": pods["Succeeded"], "failed": pods["Failed"]}
    return found


def _statuses(entry: Entry, heading: str) -> list[Json]:
    return [container_status(one) for one in entry.entries(heading) if one.key and one.find("State")]


def _annotations(entry: Entry) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in entry.lines("Annotations"):
        key, colon, value = line.partition(": ")
        if colon:
            found[key] = value.strip()
    return found
