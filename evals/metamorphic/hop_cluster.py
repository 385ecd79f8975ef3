"""The objects and samples of a zero that moves: replicas, pods, endpoints, events, traces of the change."""

import copy
import json
import re
from datetime import datetime

from msgspec import Struct

from evals.metamorphic.recording import Object, Recording

_COUNTS = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "unavailableReplicas")
_LABELS = re.compile(r'="([^"]*)"')


class Place(Struct, frozen=True):
    """A Deployment and what belongs to it.

    Attributes:
        current: The name of its newest ReplicaSet.
        pods: Names of its pods, for one at zero of the pods whose logs are left.
    """

    namespace: str
    name: str
    current: str
    pods: list[str]
    template: Object
    services: list[str]

    @staticmethod
    def of(objects: list[Object], component: str, recording: Recording) -> "Place":
        """The place of a component id."""
        namespace, _, name = component.split("/", 2)
        mine = [one for one in objects if one["metadata"].get("namespace") == namespace]
        deployment = next(one for one in mine if one["kind"] == "Deployment" and one["metadata"]["name"] == name)
        sets = [one for one in mine if one["kind"] == "ReplicaSet" and _owned(one, name)]
        newest = max(sets, key=_revision)["metadata"]["name"]
        pods = [one["metadata"]["name"] for one in mine if one["kind"] == "Pod" and _owned(one, newest)]
        dead = sorted({path.split("/")[2] for path in recording.logs(namespace) if f"/{newest}-" in path})
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        services = [one["metadata"]["name"] for one in mine if one["kind"] == "Service" and _selects(one, labels)]
        return Place(
            namespace, name, newest, pods or dead or [f"{newest}-7qkzd"], deployment["spec"]["template"], services
        )


def scaled_at(objects: list[Object]) -> datetime | None:
    """When a Deployment was scaled, by its event or by who owns the field; None where nothing tells."""
    times = [
        one.get("lastTimestamp") for one in objects if one["kind"] == "Event" and one["reason"] == "ScalingReplicaSet"
    ]
    for one in objects:
        fields = one["metadata"].get("managedFields") or [] if one["kind"] == "Deployment" else []
        times += [entry.get("time") for entry in fields if entry.get("subresource") == "scale"]
    return max((datetime.fromisoformat(time) for time in times if time), default=None)


def moved_objects(objects: list[Object], source: Place, target: Place) -> list[Object]:
    """The objects with `source` running as `target` did and `target` at zero as `source` was."""
    found = copy.deepcopy(objects)
    index = {(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): one for one in found}

    def get(kind: str, place: Place, name: str) -> Object:
        return index[kind, place.namespace, name]

    _swap_replicas(get("Deployment", source, source.name), get("Deployment", target, target.name))
    owner = get("ReplicaSet", source, source.current)
    _swap_counts(owner, get("ReplicaSet", target, target.current))
    gone = [get("Pod", target, name) for name in target.pods]
    names = source.pods + [f"{source.current}-{name[-5:]}" for name in target.pods[len(source.pods) :]]
    born = [_pod_of(source, name, old, owner) for name, old in zip(names, gone, strict=False)]
    _swap_endpoints(found, index, source, target, born)
    return [_about_target(one, source, target, index) for one in found if one not in gone] + born


def moved_samples(text: str, swap: dict[str, str]) -> str:
    """Samples of kube-state-metrics and cAdvisor with the two workloads and their pods in each other's place."""

    def moved(line: str) -> str:
        if not line.startswith(("kube_", "container_")):
            return line
        return _LABELS.sub(lambda match: f'="{swap.get(match[1], match[1])}"', line)

    return "".join(f"{moved(line)}\n" for line in text.splitlines())


def _swap_replicas(source: Object, target: Object) -> None:
    _swap_counts(source, target)
    fields = [source["metadata"].get("managedFields") or [], target["metadata"].get("managedFields") or []]
    taken = [entry for entry in fields[0] if _tells_of_scaling(entry)]
    source["metadata"]["managedFields"] = [entry for entry in fields[0] if entry not in taken]
    target["metadata"]["managedFields"] = fields[1] + taken


def _tells_of_scaling(entry: Object) -> bool:
    return entry.get("subresource") == "scale" or set(entry.get("fieldsV1", {}).get("f:spec", {"": 0})) == {
        "f:replicas"
    }


def _swap_counts(source: Object, target: Object) -> None:
    source["spec"]["replicas"], target["spec"]["replicas"] = target["spec"].get("replicas", 1), 0
    one, two = source["status"], target["status"]
    for key in _COUNTS:
        pair = one.pop(key, None), two.pop(key, None)
        one |= {key: pair[1]} if pair[1] is not None else {}
        two |= {key: pair[0]} if pair[0] is not None else {}


def _pod_of(place: Place, name: str, old: Object, owner: Object) -> Object:
    """A ready pod of `place` where the pod `old` ran, as old as that one."""
    pod = copy.deepcopy(old)
    meta = pod["metadata"]
    labels = {**place.template["metadata"]["labels"], "pod-template-hash": place.current.rpartition("-")[2]}
    meta |= {"name": name, "labels": labels, "generateName": f"{place.current}-", "uid": f"{meta['uid'][:-4]}0a0b"}
    reference = {"name": place.current, "uid": owner["metadata"]["uid"]}
    meta["ownerReferences"] = [{**meta["ownerReferences"][0], **reference}]
    node = old["spec"].get("nodeName")
    pod["spec"] = {**copy.deepcopy(place.template["spec"]), **({"nodeName": node} if node else {})}
    running = {"running": {"startedAt": old["status"].get("startTime") or meta["creationTimestamp"]}}
    statuses = [
        {
            "name": one["name"],
            "image": one["image"],
            "ready": True,
            "restartCount": 0,
            "started": True,
            "state": running,
        }
        for one in place.template["spec"]["containers"]
    ]
    pod["status"]["containerStatuses"] = statuses
    return pod


def _swap_endpoints(
    objects: list[Object],
    index: dict[tuple[str, str | None, str], Object],
    source: Place,
    target: Place,
    pods: list[Object],
) -> None:
    for one in (one for one in objects if one["kind"] == "EndpointSlice"):
        service = one["metadata"].get("labels", {}).get("kubernetes.io/service-name")
        namespace = one["metadata"]["namespace"]
        if namespace == target.namespace and service in target.services:
            one |= {"endpoints": None, "ports": None}
        if namespace == source.namespace and service in source.services:
            ports = index["Service", namespace, service]["spec"]["ports"]
            one["endpoints"] = [_endpoint(pod) for pod in pods]
            one["ports"] = [{"port": _number(port, source.template), "protocol": "TCP"} for port in ports]


def _endpoint(pod: Object) -> Object:
    meta = pod["metadata"]
    reference = {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
    conditions = {"ready": True, "serving": True, "terminating": False}
    return {"addresses": [pod["status"].get("podIP", "10.244.1.99")], "conditions": conditions, "targetRef": reference}


def _number(port: Object, template: Object) -> int:
    wanted = port.get("targetPort", port["port"])
    declared = [one for container in template["spec"]["containers"] for one in container.get("ports") or []]
    named = [one["containerPort"] for one in declared if one.get("name") == wanted]
    return int(str(named[0] if named else wanted))


def _about_target(
    one: Object, source: Place, target: Place, index: dict[tuple[str, str | None, str], Object]
) -> Object:
    """Events of the source's zero tell of the target."""
    about = one.get("involvedObject") or one.get("regarding") or {}
    if one["kind"] != "Event" or about.get("name") not in {source.name, source.current, *source.pods}:
        return one
    text = json.dumps(one)
    uids = [
        (index[kind, source.namespace, old]["metadata"]["uid"], index[kind, target.namespace, new]["metadata"]["uid"])
        for kind, old, new in (("Deployment", source.name, target.name), ("ReplicaSet", source.current, target.current))
    ]
    names = [
        *zip(source.pods, target.pods, strict=False),
        (source.current, target.current),
        (source.name, target.name),
        *uids,
    ]
    for old, new in names:
        text = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, text)
    changed: Object = json.loads(text)
    return changed


def _owned(one: Object, name: str) -> bool:
    return any(reference["name"] == name for reference in one["metadata"].get("ownerReferences") or [])


def _revision(one: Object) -> int:
    return int(one["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", 0))


def _selects(service: Object, labels: Object) -> bool:
    selector = service["spec"].get("selector") or {}
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())
