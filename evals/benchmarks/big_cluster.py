"""A healthy cluster of any size, with objects as large as real ones, for measuring how a live sweep scales."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from evals.loopback.store import Store, sorted_objects
from tools.source import Answer, LogRef

Object = dict[str, Any]

STARTED = datetime(2026, 1, 5, 8, tzinfo=UTC)
SERVICES_PER_NAMESPACE = 20
NODES = 100
_LOG_LINES = 400


def big_cluster(deployments: int, pods_each: int) -> Store:
    """Deployments in namespaces of twenty, each with its Service, revision, pods and slice."""
    objects = [*_nodes(), *_namespaces(deployments)]
    for number in range(deployments):
        objects += service(number, pods_each)
    lists = sorted_objects(objects)
    return Store(name=f"{deployments * pods_each} pods", objects=lists, log=_log)


def place(number: int) -> tuple[str, str]:
    """The namespace and name of a deployment."""
    return f"team-{number // SERVICES_PER_NAMESPACE:02}", f"service-{number:03}"


def _log(ref: LogRef) -> Answer[str]:
    lines = (
        f"{(STARTED + timedelta(seconds=number)):%Y-%m-%dT%H:%M:%S}.000000000Z "
        f'level=info msg="GET /items/{number}" status=200 took={number % 40}ms\n'
        for number in range(_LOG_LINES)
    )
    return Answer("".join(lines), "") if not ref.previous else Answer("", "", "empty")


def _nodes() -> Iterator[Object]:
    for number in range(NODES):
        status = {"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"cpu": "16", "memory": "64Gi"}}
        yield _object("v1", "Node", "", f"node-{number:03}", status=status)


def _namespaces(deployments: int) -> Iterator[Object]:
    for name in sorted({place(number)[0] for number in range(deployments)}):
        yield _object("v1", "Namespace", "", name, status={"phase": "Active"})


def service(number: int, pods: int) -> Iterator[Object]:
    """One deployment with all that belongs to it."""
    namespace, name = place(number)
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": _pod_spec(number)}
    counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas"), pods)
    spec = {"replicas": pods, "selector": {"matchLabels": labels}, "template": template}
    yield _object("apps/v1", "Deployment", namespace, name, spec=spec, status=counts)
    owned: Object = {
        "annotations": {"deployment.kubernetes.io/revision": "3"},
        "ownerReferences": _owner("Deployment", name),
    }
    yield _object("apps/v1", "ReplicaSet", namespace, f"{name}-6d4b", owned, spec=spec, status=counts)
    ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]
    yield _object("v1", "Service", namespace, name, spec={"selector": labels, "ports": ports, "clusterIP": "10.0.0.1"})
    endpoints = [{"addresses": [_ip(number, pod)], "conditions": {"ready": True}} for pod in range(pods)]
    meta: Object = {"labels": {"kubernetes.io/service-name": name}}
    port = [{"port": 8080, "protocol": "TCP"}]
    yield _object(
        "discovery.k8s.io/v1", "EndpointSlice", namespace, f"{name}-x1", meta, endpoints=endpoints, ports=port
    )
    yield _object("v1", "ConfigMap", namespace, name, data={"settings.yaml": "log: info\n" * 40})
    yield _object("v1", "ServiceAccount", namespace, name)
    for pod in range(pods):
        meta = {"labels": labels, "ownerReferences": _owner("ReplicaSet", f"{name}-6d4b")}
        spec, status = _pod_spec(number), _pod_status(number, pod)
        yield _object("v1", "Pod", namespace, f"{name}-6d4b-{pod:05}", meta, spec=spec, status=status)


def _object(version: str, kind: str, namespace: str, name: str, meta: Object | None = None, **rest: object) -> Object:
    metadata = {"name": name, "namespace": namespace, "uid": f"{kind}-{namespace}-{name}", **(meta or {})}
    metadata |= {"creationTimestamp": f"{STARTED:%Y-%m-%dT%H:%M:%SZ}", "managedFields": _writes()}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def _owner(kind: str, name: str) -> list[Object]:
    return [{"kind": kind, "name": name, "controller": True}]


def _writes() -> list[Object]:
    """About as many bytes of write history as a real pod has."""
    fields: Object = {f"f:field-{number}": {".": {}, "f:name": {}, "f:value": {}} for number in range(40)}
    return [{"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:spec": fields}}]


def _pod_spec(number: int) -> Object:
    callee = place(number + 1 if (number + 1) % SERVICES_PER_NAMESPACE else number)[1]
    env = [{"name": f"SETTING_{one}", "value": f"value-{one}" * 3} for one in range(20)]
    env.append({"name": "NEXT_URL", "value": f"http://{callee}:80"})
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    container = {"name": "main", "image": f"registry.example/{callee}:1.4.2", "env": env, "readinessProbe": probe}
    container["resources"] = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
    return {"containers": [container], "serviceAccountName": "default", "nodeName": f"node-{number % NODES:03}"}


def _pod_status(number: int, pod: int) -> Object:
    when = f"{STARTED:%Y-%m-%dT%H:%M:%SZ}"
    state = {"running": {"startedAt": when}}
    container = {"name": "main", "ready": True, "restartCount": 0, "state": state, "image": "main"}
    types = ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    conditions = [{"type": one, "status": "True", "lastTransitionTime": when} for one in types]
    return {
        "phase": "Running",
        "podIP": _ip(number, pod),
        "startTime": when,
        "conditions": conditions,
        "containerStatuses": [container],
    }


def _ip(number: int, pod: int) -> str:
    at = number * 100 + pod
    return f"10.{at // 65536 + 1}.{at // 256 % 256}.{at % 256}"
