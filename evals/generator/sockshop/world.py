"""The Sock Shop clusters of the documented runs.

Names, addresses and ages from the public repository, templates from its dump.
"""

import copy
import json
from datetime import datetime
from functools import cache
from pathlib import Path

from evals.generator.kit import Object, later, moment
from evals.generator.kit_changes import daemon_set, deploy, job
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_objects import (
    claim,
    container,
    http_probe,
    namespace,
    node,
    pod_template,
    service,
    storage_class,
)
from evals.generator.kit_pods import restart
from evals.generator.sockshop.eras import AFTER_RESET, NOVEMBER_7, Era

DUMP = Path(__file__).parent / "base" / "cluster-2025-11-09.json"
PAYMENT_V1 = "quay.io/powercloud/sock-shop-payment:latest"


@cache
def dump() -> Object:
    """The real dump of 2025-11-09 without old ReplicaSets, Jobs and applied configurations; read-only."""
    found: Object = json.loads(DUMP.read_text(encoding="utf-8"))
    return found


def template(name: str, era: Era) -> Object:
    """The pod template of a Deployment in that era."""
    found = next(o for o in dump()["items"] if o["kind"] == "Deployment" and o["metadata"]["name"] == name)
    made: Object = copy.deepcopy(found["spec"]["template"])
    made["metadata"].pop("annotations", None)
    made["spec"].pop("nodeSelector", None)
    made["spec"]["volumes"] = [v for v in made["spec"].get("volumes", []) if "emptyDir" not in v]
    for one in made["spec"]["containers"]:
        for unused in ("volumeMounts", "securityContext"):
            one.pop(unused, None)
    if not made["spec"]["volumes"]:
        del made["spec"]["volumes"]
    if name == "payment" and not era.payment_v2:
        return _payment_v1()
    if name == "orders" and not era.status_fix:
        made["spec"]["containers"][0]["image"] = "quay.io/powercloud/sock-shop-orders:latest"
    if name == "shipping" and era.confirms:
        made["spec"]["containers"][0]["image"] = "quay.io/powercloud/sock-shop-shipping:publisher-confirms"
    return made


def _payment_v1() -> Object:
    probes = {
        "livenessProbe": http_probe("/health", 8080, 60, 10),
        "readinessProbe": http_probe("/health", 8080, 20, 5),
    }
    resources = {"limits": {"cpu": "200m", "memory": "200Mi"}, "requests": {"cpu": "99m", "memory": "100Mi"}}
    command = {"args": ["-port=8080"], "command": ["/payment/app"]}
    return pod_template(
        {"name": "payment"}, container("payment", PAYMENT_V1, (8080,), **command, **probes, **resources)
    )


def build(era: Era, seed: str) -> Cluster:
    """The cluster of an era at rest, after its last restart as a whole."""
    cluster = Cluster(seed, "sock-shop")
    created = moment(era.created)
    cluster.put(namespace("sock-shop", created))
    for name, ip, role in (
        ("sockshop-control-plane", "172.19.0.3", "control-plane"),
        ("sockshop-worker", "172.19.0.2", "worker"),
    ):
        cluster.put(node(name, later(created, -3200), ip, era.kubelet, role=role, heartbeat=moment(era.restarted_at)))
    cluster.put(storage_class("standard", later(created, -3200), "rancher.io/local-path", default=True))
    for store in ("carts-db", "orders-db", "user-db"):
        cluster.put(claim(f"{store}-temp-pvc", "sock-shop", created, ("standard", "1Gi"), f"pvc-{store}"))
    for found in dump()["items"]:
        name = found["metadata"]["name"]
        if name == "stripe-mock" and not era.stripe:
            continue
        if found["kind"] == "Service":
            _add_service(cluster, found, era)
        if found["kind"] == "Deployment":
            _add_deployment(cluster, name, era)
    _add_surroundings(cluster, era)
    return cluster


def _add_service(cluster: Cluster, found: Object, era: Era) -> None:
    name = found["metadata"]["name"]
    created = moment(
        found["metadata"]["creationTimestamp"] if name == "stripe-mock" and era is NOVEMBER_7 else era.created
    )
    ports = {port.get("name", ""): (port["port"], port["targetPort"]) for port in found["spec"]["ports"]}
    if name == "orders" and not era.status_fix:
        ports = {"": (80, 8080)}
    cluster.put(service(name, "sock-shop", created, ports, f"10.96.{era.addresses[name]}", labels={"name": name}))


def _add_deployment(cluster: Cluster, name: str, era: Era) -> None:
    created = moment("2025-11-07T11:26:12Z" if name == "stripe-mock" and era is NOVEMBER_7 else era.created)
    hash_, ending, pods_at = era.pods.get(name, (None, cluster.new_suffix(name), era.pods_at))
    revision = {"payment": 14, "front-end": 18, "orders": 9}.get(name, 1 if era.addresses is AFTER_RESET else 4)
    parts = {"hash": hash_, "endings": [ending], "pods_at": moment(pods_at), "revision": revision}
    deploy(cluster, name, template(name, era), created, **parts)
    for pod in cluster.pods(name) if moment(pods_at) < moment(era.restarted_at) else ():
        again = {"reason": "Unknown", "exit_code": 255, "count": era.restarts, "ready_after": 12}
        for one in pod["spec"]["containers"]:
            restart(cluster, pod, moment(era.restarted_at), container=one["name"], **again)


def _add_surroundings(cluster: Cluster, era: Era) -> None:
    """What else runs there: cluster DNS, the Datadog agents, a finished job of somebody else."""
    created = later(moment(era.created), -3100)
    dns = pod_template({"k8s-app": "kube-dns"}, container("coredns", "registry.k8s.io/coredns/coredns:v1.12.1", (53,)))
    deploy(cluster, "kube-system/coredns", dns, created)
    ports: dict[str, tuple[int, int | str]] = {"dns": (53, 53)}
    cluster.put(service("kube-dns", "kube-system", created, ports, "10.96.0.10", selector={"k8s-app": "kube-dns"}))
    agent = pod_template({"app": "datadog-agent"}, container("agent", "gcr.io/datadoghq/agent:7.72.1"))
    daemon_set(cluster, "datadog/datadog-agent", agent, later(created, 1200), ["sockshop-worker"])
    for pod in [*cluster.pods("kube-system/coredns"), *cluster.pods("datadog/datadog-agent")]:
        restart(cluster, pod, moment(era.restarted_at), reason="Unknown", exit_code=255, count=era.restarts)
    sitemap = pod_template({"app": "sitemap"}, container("sitemap", "quay.io/powercloud/sitemap:1.4"))
    job(cluster, "sitemap-29382480", sitemap, later(moment(era.restarted_at), 600), seconds=37)


def restarted(era: Era) -> datetime:
    """When the whole cluster last came back."""
    return moment(era.restarted_at)
