"""ReplicaSets of a Deployment's revisions, and what the deployment controller says about them."""

import copy
from datetime import datetime

from evals.generator.kit import Object, condition, digest, stamp, suffix, thing
from evals.generator.kit_cluster import REVISION, Cluster
from evals.generator.kit_events import event


def replica_set(
    cluster: Cluster, deployment: Object, template: Object, at: datetime, hash_: str | None = None
) -> Object:
    """The ReplicaSet of the deployment's current revision, with no replicas yet."""
    meta = deployment["metadata"]
    hash_ = hash_ or suffix("rs", meta["name"], digest(str(template)), stamp(at), length=10)
    labels = template["metadata"]["labels"] | {"pod-template-hash": hash_}
    body = copy.deepcopy(template)
    body["metadata"]["labels"] = labels
    notes = {REVISION: meta["annotations"][REVISION]}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": body}
    made = thing(
        "ReplicaSet",
        f"{meta['name']}-{hash_}",
        meta["namespace"],
        at,
        labels=labels,
        annotations=notes,
        owner=deployment,
    )
    cluster.put(made | {"spec": spec, "status": {"replicas": 0}})
    return cluster.get("ReplicaSet", f"{meta['namespace']}/{meta['name']}-{hash_}")


def progressed(deployment: Object, owner: Object, at: datetime) -> None:
    """Say that the rollout to `owner` is complete."""
    text = f'ReplicaSet "{owner["metadata"]["name"]}" has successfully progressed.'
    entry = condition("Progressing", True, at, "NewReplicaSetAvailable", text) | {"lastUpdateTime": stamp(at)}
    others = [c for c in deployment.get("status", {}).get("conditions", []) if c["type"] != "Progressing"]
    deployment.setdefault("status", {})["conditions"] = [*others, entry]


def scaling_event(cluster: Cluster, target: Object, owner: Object, change: tuple[int, int], at: datetime) -> None:
    """The deployment controller's event about (old, new) replicas, in the cluster's wording."""
    direction = "up" if change[1] > change[0] else "down"
    wording = cluster.scale_wording.format(old=change[0], new=change[1])
    event(
        cluster,
        target,
        "ScalingReplicaSet",
        f"Scaled {direction} replica set {owner['metadata']['name']} {wording}",
        at,
    )


def earlier_revision(cluster: Cluster, ref: str, template: Object) -> Object | None:
    """The ReplicaSet that already has this template, as after a rollback."""
    for owner in cluster.replica_sets(ref):
        labels = {k: v for k, v in owner["spec"]["template"]["metadata"]["labels"].items() if k != "pod-template-hash"}
        if owner["spec"]["template"]["spec"] == template["spec"] and labels == template["metadata"]["labels"]:
            return owner
    return None
