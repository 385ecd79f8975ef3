"""The Sock Shop clusters of the documented runs.

Names, addresses and ages from the public repository, templates from its dump.
"""

import copy
import json
from dataclasses import dataclass, field, replace
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

DUMP = Path(__file__).parent / "base" / "cluster-2025-11-09.json"
PAYMENT_V1 = "quay.io/powercloud/sock-shop-payment:latest"
BEFORE_RESET = {
    "front-end": "77.47", "catalogue": "50.76", "user": "57.82", "carts": "233.94", "orders": "212.118", "payment": "100.12",
    "stripe-mock": "196.183", "shipping": "47.241", "queue-master": "145.147", "rabbitmq": "191.196", "carts-db": "57.17",
    "orders-db": "222.95", "user-db": "30.213", "catalogue-db": "117.141", "session-db": "51.145",
}  # fmt: skip
AFTER_RESET = {
    "front-end": "12.193", "catalogue": "201.201", "user": "229.174", "carts": "49.14", "orders": "147.9", "payment": "204.236",
    "stripe-mock": "145.169", "shipping": "154.26", "queue-master": "165.155", "rabbitmq": "64.36", "carts-db": "168.252",
    "orders-db": "150.104", "user-db": "22.95", "catalogue-db": "71.38", "session-db": "83.233",
}  # fmt: skip


@dataclass(frozen=True)
class Era:
    """One state of the cluster's history. `pods` maps a Deployment to (ReplicaSet hash, pod ending, pod's creation)."""

    created: str
    pods_at: str
    restarted_at: str
    restarts: int
    addresses: dict[str, str]
    kubelet: str
    machine: str
    payment_v2: bool = True
    stripe: bool = True
    confirms: bool = False
    status_fix: bool = True
    pods: dict[str, tuple[str, str, str]] = field(default_factory=dict)


DUMPED = {
    "carts": ("7966bb958c", "nkql2", "2025-10-15T05:09:16Z"), "carts-db": ("56f94dc4b5", "mvht2", "2025-10-15T05:09:16Z"),
    "catalogue": ("f4cd6c6f4", "gfqmd", "2025-10-15T08:59:37Z"), "orders-db": ("777db47bd9", "pk8jl", "2025-10-15T05:09:17Z"),
    "session-db": ("7d89ddc959", "c8pj5", "2025-10-15T05:09:18Z"), "shipping": ("74b58f5b7d", "rxb2p", "2025-10-15T05:09:18Z"),
    "user": ("845c9bb98b", "dw2p7", "2025-10-15T09:03:40Z"), "user-db": ("78fb4fd468", "gxhhg", "2025-10-15T05:09:18Z"),
    "orders": ("7f74f9b69c", "k7vh5", "2025-10-28T07:55:15Z"),
}  # fmt: skip
OCTOBER = Era(
    "2025-10-14T11:10:59Z", "2025-10-15T09:08:50Z", "2025-10-17T05:12:09Z", 4, BEFORE_RESET, "v1.32.0", "9c10d30001",
    payment_v2=False, stripe=False, status_fix=False,
    pods={**{k: v for k, v in DUMPED.items() if k != "orders"}, "front-end": ("5db94cdb6b", "xkxpf", "2025-10-15T09:08:51Z"),
          "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z")},
)  # fmt: skip
LATE_OCTOBER = Era(
    "2025-10-14T11:10:59Z", "2025-10-15T09:08:50Z", "2025-10-27T04:58:31Z", 11, BEFORE_RESET, "v1.32.0", "c1f4320001",
    payment_v2=False, stripe=False,
    pods={**DUMPED, "front-end": ("5db94cdb6b", "xkxpf", "2025-10-15T09:08:51Z"),
          "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z")},
)  # fmt: skip
OCTOBER_27 = replace(LATE_OCTOBER, status_fix=False, pods={k: v for k, v in LATE_OCTOBER.pods.items() if k != "orders"})
EARLY_NOVEMBER = Era(
    "2025-10-14T11:10:59Z", "2025-10-15T09:08:50Z", "2025-11-04T04:41:17Z", 21, BEFORE_RESET, "v1.32.0", "1a2b320001",
    payment_v2=False, stripe=False,
    pods={**DUMPED, "front-end": ("56b8d85cb9", "7xkq2", "2025-11-04T11:36:44Z"),
          "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z")},
)  # fmt: skip
NOVEMBER_7 = Era(
    "2025-10-14T11:10:59Z", "2025-11-06T10:17:43Z", "2025-11-07T14:54:51Z", 1, BEFORE_RESET, "v1.32.0", "143eb60001",
    pods={**DUMPED, "front-end": ("56bf6b64b7", "fkb6b", "2025-11-07T12:55:40Z"),
          "payment": ("687c9cb7bc", "5ffn2", "2025-11-07T12:41:27Z"),
          "stripe-mock": ("7845fc59c7", "bhsw2", "2025-11-07T11:28:56Z"),
          "rabbitmq": ("f9dc4545b", "b2gfq", "2025-11-06T10:17:43Z")},
)  # fmt: skip
NOVEMBER_10 = Era(
    "2025-11-09T08:45:02Z", "2025-11-09T08:45:04Z", "2025-11-10T03:12:40Z", 1, AFTER_RESET, "v1.34.0", "f489000118",
    payment_v2=False, stripe=False, confirms=True,
    pods={"payment": ("55cb964889", "m8zql", "2025-11-09T08:45:04Z"), "queue-master": ("7c58cb7bcf", "vhx5d", "2025-11-09T08:45:04Z")},
)  # fmt: skip
NOVEMBER_11 = Era(
    "2025-11-09T08:45:02Z", "2025-11-09T08:45:04Z", "2025-11-11T05:15:46Z", 1, AFTER_RESET, "v1.34.0", "7d1f9e0001",
    confirms=True,
    pods={"payment": ("5fc5fd7f78", "svspw", "2025-11-10T12:25:21Z"), "stripe-mock": ("84fd48f97d", "4tkmc", "2025-11-10T12:20:03Z"),
          "queue-master": ("7c58cb7bcf", "2hk8m", "2025-11-10T03:48:02Z")},
)  # fmt: skip
NOVEMBER_LATE = Era(
    "2025-11-09T08:45:02Z", "2025-11-12T07:41:10Z", "2025-11-17T04:33:52Z", 3, AFTER_RESET, "v1.34.0", "5b20a70001", confirms=True,
    pods={"payment": ("5fc5fd7f78", "d8kzr", "2025-11-12T07:41:12Z"), "stripe-mock": ("84fd48f97d", "lx7vn", "2025-11-12T07:41:12Z")},
)  # fmt: skip


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
