"""Pods and what happens to their containers; every change leaves status, events and history in step."""

import copy
from datetime import datetime

from evals.generator.kit import Object, Part, condition, later, managed, stamp, thing
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_events import event, scheduler_event

RESTART_POLICY_CONDITIONS = ("Ready", "ContainersReady", "PodScheduled")


def add_pod(cluster: Cluster, owner: Object, template: Object, at: datetime, **parts: Part) -> Object:
    """Create a pod of `owner` that starts at once and is Ready `ready_after` seconds later (default 4).

    `name` or `ending` fix its name, `node` its node, `ip` its address; `quiet=True` writes no events (an old pod).
    """
    base = owner["metadata"]["name"]
    name = parts.get("name") or f"{base}-{parts.get('ending') or cluster.new_suffix('pod', base, at)}"
    spec = copy.deepcopy(template["spec"]) | {"nodeName": parts.get("node", "sockshop-worker")}
    spec |= {"serviceAccountName": spec.get("serviceAccountName", "default"), "enableServiceLinks": True}
    meta = template["metadata"]
    labels, notes = dict(meta["labels"]) | parts.get("labels", {}), meta.get("annotations")
    pod = thing(
        "Pod", name, cluster.split(_ref(owner))[0], at, labels=labels, annotations=notes, owner=owner, spec=spec
    )
    pod["metadata"]["generateName"] = f"{base}-"
    ready = later(at, parts.get("ready_after", 4))
    conditions = [condition(kind, True, ready if "eady" in kind else at) for kind in RESTART_POLICY_CONDITIONS]
    ip = parts.get("ip") or cluster.new_ip()
    pod["status"] = {
        "phase": "Running",
        "podIP": ip,
        "startTime": stamp(at),
    }
    pod["status"] |= {"qosClass": _qos(spec), "conditions": conditions}
    pod["status"]["containerStatuses"] = [_running(c, later(at, 2)) for c in spec["containers"]]
    cluster.put(pod)
    _sign(cluster, pod)
    if not parts.get("quiet"):
        _start_events(cluster, owner, pod, at)
    return pod


def _ref(owner: Object) -> str:
    return f"{owner['metadata']['namespace']}/{owner['metadata']['name']}"


def _qos(spec: Object) -> str:
    return "Burstable" if any(c.get("resources") for c in spec["containers"]) else "BestEffort"


def _running(container: Object, at: datetime) -> Object:
    status: Object = {
        "name": container["name"],
        "image": container["image"],
        "ready": True,
        "started": True,
        "restartCount": 0,
    }
    return status | {"lastState": {}, "state": {"running": {"startedAt": stamp(at)}}}


def _sign(cluster: Cluster, pod: Object) -> None:
    """A new resourceVersion; the kubelet's managedFields would say nothing that the conditions don't."""
    cluster.touch(pod)


def _start_events(cluster: Cluster, owner: Object, pod: Object, at: datetime) -> None:
    name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
    event(cluster, owner, "SuccessfulCreate", f"Created pod: {name}", at)
    scheduler_event(cluster, pod, "Scheduled", f"Successfully assigned {_ref(pod)} to {node}", at)
    for one in pod["spec"]["containers"]:
        path = f"spec.containers{{{one['name']}}}"
        pulled = f'Container image "{one["image"]}" already present on machine'
        event(cluster, pod, "Pulled", pulled, later(at, 1), field_path=path)
        event(cluster, pod, "Created", f"Created container: {one['name']}", later(at, 1), field_path=path)
        event(cluster, pod, "Started", f"Started container {one['name']}", later(at, 2), field_path=path)


def container_status(pod: Object, name: str | None = None) -> Object:
    """The status of container `name`, or of the first."""
    statuses: list[Object] = pod["status"]["containerStatuses"]
    return next((s for s in statuses if s["name"] == name), statuses[0])


def set_ready(cluster: Cluster, pod: Object, value: bool, at: datetime, container: str | None = None) -> None:
    """Turn Ready and ContainersReady; endpoints and counts follow."""
    for entry in pod["status"]["conditions"]:
        if entry["type"] in ("Ready", "ContainersReady") and entry["status"] != str(value):
            entry.update({"status": str(value), "lastTransitionTime": stamp(at)})
            entry.update({} if value else {"reason": "ContainersNotReady", "message": _unready_text(pod)})
            for key in ("reason", "message") if value else ():
                entry.pop(key, None)
    container_status(pod, container)["ready"] = value
    _sign(cluster, pod)
    cluster.sync(at)


def _unready_text(pod: Object) -> str:
    return f"containers with unready status: [{' '.join(c['name'] for c in pod['spec']['containers'])}]"


def restart(cluster: Cluster, pod: Object, at: datetime, **parts: Part) -> None:
    """The container ends at `at` and runs again a second later; `reason` and `exit_code` say how it ended.

    `container` picks one; `ready_after` seconds until Ready; `count` restarts at once (old ones, before the window).
    """
    status = container_status(pod, parts.get("container"))
    _terminate(status, at, parts)
    status["restartCount"] += parts.get("count", 1)
    back = later(at, 1)
    status |= {"state": {"running": {"startedAt": stamp(back)}}, "started": True}
    set_ready(cluster, pod, False, at, status["name"])
    set_ready(cluster, pod, True, later(at, parts.get("ready_after", 4)), status["name"])


def _terminate(status: Object, at: datetime, parts: Object) -> None:
    started = status["state"].get("running", {}).get("startedAt") or stamp(later(at, -parts.get("lived", 3)))
    ended: Object = {"startedAt": started, "finishedAt": stamp(at)}
    ended |= {"reason": parts.get("reason", "Error"), "exitCode": parts.get("exit_code", 1)}
    status["lastState"] = {"terminated": ended}


def crash_loop(cluster: Cluster, pod: Object, first: datetime, last: datetime, count: int, **parts: Part) -> None:
    """`count` deaths between `first` and `last`; the container now waits in CrashLoopBackOff.

    `reason` and `exit_code` as in `restart`.
    """
    status = container_status(pod, parts.get("container"))
    span = (last - first).total_seconds()
    set_ready(cluster, pod, False, first, status["name"])
    for number in range(1, count + 1):
        died = later(first, span * (1 - 0.5 ** (number - 1)) / (1 - 0.5 ** (count - 1))) if count > 1 else first
        _terminate(status, died, {"lived": 3, **parts})
        status |= {"restartCount": status["restartCount"] + 1, "state": {}, "started": False}
        cluster.sync(died)
    name, uid_ = pod["metadata"]["name"], pod["metadata"]["uid"]
    text = f"restarting failed container={status['name']} pod={name}_{pod['metadata']['namespace']}({uid_})"
    status["restartCount"] -= 1
    status["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": f"back-off {_pause(count)} {text}"}}
    path = f"spec.containers{{{status['name']}}}"
    event(
        cluster,
        pod,
        "BackOff",
        f"Back-off {text}",
        later(last, 20),
        count=count * 4,
        first=later(first, 5),
        type="Warning",
        field_path=path,
    )
    _sign(cluster, pod)
    cluster.sync(last)


def _pause(count: int) -> str:
    seconds = min(300, 10 * 2 ** (count - 1))
    return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def hold(cluster: Cluster, pod: Object, at: datetime, reason: str, message: str, container: str | None = None) -> None:
    """The container never starts: ImagePullBackOff, CreateContainerConfigError, and the like."""
    status = container_status(pod, container)
    status |= {"state": {"waiting": {"reason": reason, "message": message}}, "started": False}
    pod["status"]["phase"] = "Pending"
    set_ready(cluster, pod, False, at, status["name"])


def unschedulable(cluster: Cluster, pod: Object, at: datetime, message: str, last: datetime) -> None:
    """The pod stays Pending without a node; the scheduler repeats its event until `last`."""
    keep = {"phase": "Pending", "qosClass": pod["status"]["qosClass"]}
    pod["status"] = keep | {"conditions": [condition("PodScheduled", False, at, "Unschedulable", message)]}
    pod["spec"].pop("nodeName", None)
    gone = ("Scheduled", "Pulled", "Created", "Started")
    uid_ = pod["metadata"]["uid"]
    cluster.events = [e for e in cluster.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid_)]
    count = max(2, int((last - at).total_seconds() // 300) + 1)
    scheduler_event(
        cluster, pod, "FailedScheduling", message, at, type="Warning", action="Scheduling", series=(count, last)
    )
    cluster.touch(
        pod, managed("kube-scheduler", at, {"f:status": {"f:conditions": {}}}, api="v1", subresource="status")
    )
    cluster.sync(at)
