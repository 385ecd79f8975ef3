"""The objects of a crowd: those of the benchmark's big cluster, as somebody would write them."""

from collections.abc import Iterator
from typing import Any

from evals.benchmarks.big_cluster import Object, place, service

LABEL = "faultside.dev/crowd"
SIMULATED = "kwok.x-k8s.io/node"
"""kwok's own name for what makes a node one of its own; as a taint it keeps real pods away."""
_PODS_PER_NODE = 110
_ALLOCATABLE = {"cpu": "32", "memory": "256Gi", "pods": str(_PODS_PER_NODE)}
_WRITTEN = frozenset({"Deployment", "Service", "ConfigMap"})
"""What somebody writes; the rest a cluster makes of it."""


def manifests(deployments: int, pods_each: int) -> list[Object]:
    """Nodes enough for all pods, namespaces, and in these deployments with their Services and ConfigMaps."""
    nodes = deployments * pods_each // _PODS_PER_NODE + 5
    namespaces = sorted({place(number)[0] for number in range(deployments)})
    found = [_node(number) for number in range(nodes)]
    found += [_object("Namespace", name) for name in namespaces]
    for number in range(deployments):
        found += _service(number, pods_each)
    return found


def _node(number: int) -> Object:
    name = f"simulated-{number:03}"
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    node = _object("Node", name)
    node["metadata"]["labels"] |= labels
    node["metadata"]["annotations"] = {SIMULATED: "fake", "node.alpha.kubernetes.io/ttl": "0"}
    taint = {"key": SIMULATED, "value": "fake", "effect": "NoSchedule"}
    return node | {"spec": {"taints": [taint]}, "status": {"allocatable": _ALLOCATABLE, "capacity": _ALLOCATABLE}}


def _object(kind: str, name: str) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": {LABEL: "yes"}}}


def _service(number: int, pods: int) -> Iterator[Object]:
    for one in service(number, 0):
        if one["kind"] in _WRITTEN:
            yield _written(one, pods)


def _written(one: Object, pods: int) -> Object:
    """Without what the API server and the controllers add."""
    metadata = {name: one["metadata"][name] for name in ("name", "namespace")}
    found: dict[str, Any] = {name: value for name, value in one.items() if name != "status"}
    found["metadata"] = metadata
    if one["kind"] == "Service":
        found["spec"] = {name: value for name, value in one["spec"].items() if name != "clusterIP"}
    if one["kind"] == "Deployment":
        spec = {name: value for name, value in one["spec"]["template"]["spec"].items() if name != "nodeName"}
        spec |= {"nodeSelector": {LABEL: "yes"}, "tolerations": [{"key": SIMULATED, "operator": "Exists"}]}
        found["spec"] = one["spec"] | {"replicas": pods, "template": one["spec"]["template"] | {"spec": spec}}
    return found
