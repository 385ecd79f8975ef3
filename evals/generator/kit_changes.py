"""Workloads and the changes made to them; a change leaves the traces that a real one leaves."""

import copy
from collections.abc import Callable
from datetime import datetime

from evals.generator.kit import Object, Part, condition, fields, later, managed, stamp, thing
from evals.generator.kit_cluster import REVISION, Cluster
from evals.generator.kit_events import event
from evals.generator.kit_pods import add_pod
from evals.generator.kit_replicas import earlier_revision, progressed, replica_set, scaling_event

SPEC_FIELDS = ("spec/replicas", "spec/selector", "spec/strategy", "spec/template")


def deploy(cluster: Cluster, ref: str, template: Object, at: datetime, **parts: Part) -> Object:
    """A Deployment with its ReplicaSet and pods as they were long after `at`, without events.

    `replicas` (1), `hash` and `endings` fix names, `pods_at` when the pods were made, `ips` their addresses,
    `revision`, `manager` (who created it), `labels`, `annotations`, `node`.
    """
    namespace, name = cluster.split(ref)
    labels = template["metadata"]["labels"]
    notes = {REVISION: str(parts.get("revision", 1))} | parts.get("annotations", {})
    spec: Object = {
        "replicas": parts.get("replicas", 1),
        "selector": {"matchLabels": dict(labels)},
        "template": template,
    }
    spec |= {"progressDeadlineSeconds": 600, "revisionHistoryLimit": 10, "strategy": parts.get("strategy", _rolling())}
    made = thing("Deployment", name, namespace, at, labels=parts.get("labels", labels), annotations=notes, spec=spec)
    made["metadata"]["generation"] = int(notes[REVISION]) + 1
    cluster.put(made)
    cluster.touch(made, managed(parts.get("manager", "kubectl-client-side-apply"), at, fields(*SPEC_FIELDS)))
    pods_at = parts.get("pods_at", at)
    owner = replica_set(cluster, made, template, pods_at, parts.get("hash"))
    owner["spec"]["replicas"] = spec["replicas"]
    progressed(made, owner, pods_at)
    for number in range(spec["replicas"]):
        extra = {
            key: values[number]
            for key, values in (("ending", parts.get("endings")), ("ip", parts.get("ips")))
            if values
        }
        extra |= {"node": parts["node"]} if "node" in parts else {}
        add_pod(cluster, owner, owner["spec"]["template"], pods_at, quiet=True, **extra)
    cluster.sync(later(pods_at, 4))
    return made


def _rolling() -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}


def scale(cluster: Cluster, ref: str, replicas: int, at: datetime, **parts: Part) -> None:
    """Set the replicas of a Deployment or StatefulSet.

    `manager` (kubectl) signs it through the scale subresource; `settle` seconds until pods are gone or Ready;
    `endings` name new pods.
    """
    kind = "StatefulSet" if ("StatefulSet", *cluster.split(ref)) in cluster.objects else "Deployment"
    target = cluster.get(kind, ref)
    old = target["spec"]["replicas"]
    target["spec"]["replicas"] = replicas
    target["metadata"]["generation"] = target["metadata"].get("generation", 1) + 1
    for entry in target["metadata"].get("managedFields", []):
        entry["fieldsV1"].get("f:spec", {}).pop("f:replicas", None)
    cluster.touch(target, managed(parts.get("manager", "kubectl"), at, fields("spec/replicas"), subresource="scale"))
    owner = cluster.replica_sets(ref)[-1] if kind == "Deployment" else target
    owner["spec"]["replicas"] = replicas
    if kind == "Deployment":
        scaling_event(cluster, target, owner, (old, replicas), at)
    settle = parts.get("settle", 2 if replicas < old else 5)
    if replicas < old:
        for pod in cluster.pods(ref)[replicas:]:
            delete_pod(cluster, pod, at, settle=settle)
    for number in range(old, replicas):
        ending = parts["endings"][number - old] if parts.get("endings") else None
        name = f"{target['metadata']['name']}-{number}" if kind == "StatefulSet" else None
        add_pod(cluster, owner, owner["spec"]["template"], later(at, 0.4), ending=ending, name=name, ready_after=settle)
    cluster.touch(
        target,
        managed("kube-controller-manager", later(at, settle), {"f:status": {"f:conditions": {}}}, subresource="status"),
    )
    cluster.sync(later(at, settle))


def delete_pod(cluster: Cluster, pod: Object, at: datetime, settle: float = 2) -> None:
    """The pod is stopped and gone; its controller's event stays."""
    reference = pod["metadata"]["ownerReferences"][0]
    owner = cluster.get(reference["kind"], f"{pod['metadata']['namespace']}/{reference['name']}")
    event(cluster, owner, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}", at)
    for one in pod["spec"]["containers"]:
        event(
            cluster,
            pod,
            "Killing",
            f"Stopping container {one['name']}",
            at,
            field_path=f"spec.containers{{{one['name']}}}",
        )
    cluster.remove(pod)
    cluster.sync(later(at, settle))


def roll_out(cluster: Cluster, ref: str, change: Callable[[Object], None], at: datetime, **parts: Part) -> list[Object]:
    """Apply `change` to the pod template: new revision and ReplicaSet, new pods, which are returned.

    `manager` (kubectl-set) signs the template; with `healthy=False` the old pods stay beside the new one, whose
    fate is the caller's; `strategy="Recreate"` removes the old ones first whatever comes. A template that existed
    before reuses its ReplicaSet.
    """
    target = cluster.get("Deployment", ref)
    meta, old = target["metadata"], cluster.replica_sets(ref)[-1]
    template = copy.deepcopy(target["spec"]["template"])
    change(template)
    target["spec"]["template"] = template
    revision = str(int(meta["annotations"][REVISION]) + 1)
    meta["annotations"][REVISION] = revision
    meta["generation"] = meta.get("generation", 1) + 1
    cluster.touch(target, managed(parts.get("manager", "kubectl-set"), at, fields("spec/template/spec/containers")))
    new = earlier_revision(cluster, ref, template) or replica_set(cluster, target, template, at)
    new["metadata"]["annotations"][REVISION] = revision
    replicas, healthy = target["spec"]["replicas"], parts.get("healthy", True)
    recreate = parts.get("strategy") == "Recreate"
    fresh = replicas if healthy or recreate else 1
    if recreate:
        _retire(cluster, target, old, at)
    scaling_event(cluster, target, new, (0, fresh), at)
    new["spec"]["replicas"] = fresh
    settle = parts.get("settle", 8)
    pods = [add_pod(cluster, new, new["spec"]["template"], later(at, 0.3), ready_after=settle) for _ in range(fresh)]
    cluster.sync(later(at, settle))
    if healthy and not recreate:
        _retire(cluster, target, old, later(at, settle))
    if healthy:
        progressed(target, new, later(at, settle + 2))
    cluster.sync(later(at, settle + 2))
    return pods


def _retire(cluster: Cluster, target: Object, owner: Object, at: datetime) -> None:
    scaling_event(cluster, target, owner, (owner["spec"]["replicas"], 0), at)
    owner["spec"]["replicas"] = 0
    for pod in cluster.owned_by(owner, "Pod"):
        delete_pod(cluster, pod, at)


def set_env(template: Object, key: str, value: str | None, container: str | None = None) -> None:
    """Set, or with None remove, an environment variable of the container (default: the first)."""
    found = next(
        (c for c in template["spec"]["containers"] if c["name"] == container), template["spec"]["containers"][0]
    )
    kept = [entry for entry in found.get("env", []) if entry["name"] != key]
    found["env"] = kept if value is None else [*kept, {"name": key, "value": value}]


def stateful_set(cluster: Cluster, ref: str, template: Object, at: datetime, **parts: Part) -> Object:
    """A StatefulSet with its pods, long after `at`. `replicas` (1), `pods_at`, `service`."""
    namespace, name = cluster.split(ref)
    labels = template["metadata"]["labels"]
    spec: Object = {
        "replicas": parts.get("replicas", 1),
        "selector": {"matchLabels": dict(labels)},
        "template": template,
    }
    spec |= {"serviceName": parts.get("service", name), "podManagementPolicy": "OrderedReady"}
    made = thing("StatefulSet", name, namespace, at, labels=labels, spec=spec)
    cluster.put(made)
    cluster.touch(made, managed("kubectl-client-side-apply", at, fields(*SPEC_FIELDS)))
    for number in range(spec["replicas"]):
        add_pod(cluster, made, template, parts.get("pods_at", at), name=f"{name}-{number}", quiet=True, **_node(parts))
    cluster.sync(later(at, 4))
    return made


def daemon_set(cluster: Cluster, ref: str, template: Object, at: datetime, nodes: list[str]) -> Object:
    """A DaemonSet with one pod on each of `nodes`."""
    namespace, name = cluster.split(ref)
    labels = template["metadata"]["labels"]
    made = thing(
        "DaemonSet",
        name,
        namespace,
        at,
        labels=labels,
        spec={"selector": {"matchLabels": dict(labels)}, "template": template},
    )
    cluster.put(made)
    for node in nodes:
        add_pod(cluster, made, template, at, node=node, quiet=True)
    cluster.sync(later(at, 4))
    return made


def _node(parts: Object) -> Object:
    return {"node": parts["node"]} if "node" in parts else {}


def job(cluster: Cluster, ref: str, template: Object, at: datetime, **parts: Part) -> Object:
    """A finished Job with its Completed pod (`seconds` long), or with `failed` an Error one. `owner` is its CronJob."""
    namespace, name = cluster.split(ref)
    ended, failed = later(at, parts.get("seconds", 40)), parts.get("failed", False)
    outcome = condition(
        "Failed" if failed else "Complete", True, ended, "BackoffLimitExceeded" if failed else "CompletionsReached"
    )
    status: Object = {"startTime": stamp(at), "conditions": [outcome], ("failed" if failed else "succeeded"): 1}
    status |= {} if failed else {"completionTime": stamp(ended)}
    made = thing(
        "Job",
        name,
        namespace,
        at,
        owner=parts.get("owner"),
        spec={"template": template, "backoffLimit": 0},
        status=status,
    )
    cluster.put(made)
    pod = add_pod(cluster, made, template, at, quiet=True, labels={"job-name": name})
    ended_state = {
        "reason": "Error" if failed else "Completed",
        "exitCode": int(failed),
        "startedAt": stamp(at),
        "finishedAt": stamp(ended),
    }
    for one in pod["status"]["containerStatuses"]:
        one |= {"state": {"terminated": ended_state}, "ready": False, "started": False}
    pod["status"]["phase"] = "Failed" if failed else "Succeeded"
    for entry in pod["status"]["conditions"]:
        if "eady" in entry["type"]:
            entry |= {"status": "False", "reason": "PodCompleted", "lastTransitionTime": stamp(ended)}
    cluster.sync(ended)
    return made
