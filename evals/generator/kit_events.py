"""Events in both shapes: counted ones, and the scheduler's with an `eventTime` and neither count nor lastTimestamp."""

from datetime import datetime

from evals.generator.kit import Object, Part, digest, micro, stamp, thing
from evals.generator.kit_cluster import Cluster


def event(cluster: Cluster, about: Object, reason: str, message: str, at: datetime, **parts: Part) -> Object:
    """Record an event about `about` that was last seen at `at`.

    `count` and `first` make it a repeated one; `type` defaults to Normal; `source` to what fits the object's kind.
    """
    first = parts.get("first", at)
    source = parts.get("source") or ("kubelet" if about["kind"] in ("Pod", "Node") else _controller(about["kind"]))
    made = thing("Event", _name(about, reason, first, message), _namespace(about), first)
    made |= {"involvedObject": reference(about, parts.get("field_path")), "reason": reason, "message": message}
    made |= {"type": parts.get("type", "Normal"), "count": parts.get("count", 1), "eventTime": None}
    made |= {
        "firstTimestamp": stamp(first),
        "lastTimestamp": stamp(at),
        "reportingComponent": source,
        "reportingInstance": "",
    }
    made["source"] = {"component": source}
    if source == "kubelet" and about["kind"] == "Pod":
        made["source"]["host"] = made["reportingInstance"] = about["spec"].get("nodeName", "")
    cluster.events.append(made)
    return made


def scheduler_event(cluster: Cluster, pod: Object, reason: str, message: str, at: datetime, **parts: Part) -> Object:
    """An event as the scheduler writes it; `series` (count, last time) when it repeats."""
    made = thing("Event", _name(pod, reason, at, message), _namespace(pod), at)
    made |= {"involvedObject": reference(pod, None), "reason": reason, "message": message, "source": {}}
    made |= {"type": parts.get("type", "Normal"), "eventTime": micro(at), "firstTimestamp": None, "lastTimestamp": None}
    made |= {"action": parts.get("action", "Binding"), "reportingComponent": "default-scheduler"}
    made["reportingInstance"] = "default-scheduler-control-plane"
    if parts.get("series"):
        count, last = parts["series"]
        made["series"] = {"count": count, "lastObservedTime": micro(last)}
    cluster.events.append(made)
    return made


def as_new_api(event: Object) -> Object:
    """The same event as `kubectl get events.events.k8s.io -o json` prints it."""
    kept = {key: event[key] for key in ("kind", "metadata", "reason", "type", "eventTime")}
    made: Object = {"apiVersion": "events.k8s.io/v1"} | kept
    made |= {"note": event["message"], "regarding": event["involvedObject"]}
    made |= {"reportingController": event["reportingComponent"], "reportingInstance": event["reportingInstance"]}
    if event.get("lastTimestamp"):
        made |= {"deprecatedCount": event["count"], "deprecatedSource": event["source"]}
        made |= {"deprecatedFirstTimestamp": event["firstTimestamp"], "deprecatedLastTimestamp": event["lastTimestamp"]}
    for key in ("action", "series"):
        if key in event:
            made[key] = event[key]
    return made


def use_new_api(cluster: Cluster) -> None:
    """Turn all events so far into events.k8s.io/v1."""
    cluster.events = [e if e["apiVersion"] == "events.k8s.io/v1" else as_new_api(e) for e in cluster.events]


def reference(about: Object, field_path: str | None) -> Object:
    """The event's involvedObject."""
    meta = about["metadata"]
    made: Object = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"], "uid": meta["uid"]}
    made |= {"namespace": meta["namespace"]} if "namespace" in meta else {}
    return made | ({"fieldPath": field_path} if field_path else {})


def _namespace(about: Object) -> str:
    return str(about["metadata"].get("namespace", "default"))


def _name(about: Object, reason: str, at: datetime, message: str) -> str:
    return f"{about['metadata']['name']}.{digest(reason, micro(at), message, about['metadata']['name'], length=16)}"


def _controller(kind: str) -> str:
    names = {
        "Deployment": "deployment-controller",
        "ReplicaSet": "replicaset-controller",
        "StatefulSet": "statefulset-controller",
    }
    names |= {"DaemonSet": "daemonset-controller", "Job": "job-controller", "CronJob": "cronjob-controller"}
    names |= {
        "HorizontalPodAutoscaler": "horizontal-pod-autoscaler",
        "PersistentVolumeClaim": "persistentvolume-controller",
    }
    return names.get(kind, "kube-controller-manager")
