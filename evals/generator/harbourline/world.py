"""Harbourline at rest: nginx ingress; Node, Go, Java and Python services; PostgreSQL, Redis, Kafka."""

from collections.abc import Callable
from datetime import datetime

from evals.generator.harbourline.facts import CREATED, IMAGES, NAME, NODES, PODS_AT, SERVICES, SETTINGS
from evals.generator.kit import Object, Part, digest, later
from evals.generator.kit_changes import deploy, stateful_set
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_objects import (
    claim,
    config_map,
    container,
    http_probe,
    ingress,
    namespace,
    node,
    pod_template,
    service,
)


class Fleet(Cluster):
    """A cluster whose pods spread over `NODES` by their names."""

    def put(self, *added: Object) -> Object:
        """As the kit's; pods get their node here."""
        for one in added:
            if one["kind"] == "Pod":
                self._place(one)
        return super().put(*added)

    def _place(self, pod: Object) -> None:
        if pod["spec"].get("nodeName") not in NODES:
            owner = pod["metadata"].get("ownerReferences", [{}])[0].get("name", "")
            others = [
                p for p in self.of_kind("Pod") if p["metadata"].get("ownerReferences", [{}])[0].get("name") == owner
            ]
            turn = int(digest("node", owner, length=2), 16) + len(others)
            pod["spec"]["nodeName"] = sorted(NODES)[turn % 2]
        pod["status"]["hostIP"] = NODES[pod["spec"]["nodeName"]]


def port(name: str, number: int) -> list[Object]:
    """The `ports` of a container with one named port."""
    return [{"name": name, "containerPort": number, "protocol": "TCP"}]


def with_port(name: str, image: str, title: str, number: int, **parts: Part) -> Object:
    """A container with one named port."""
    return container(name, image, **parts) | {"ports": port(title, number)}


def server(name: str, number: int, **parts: Part) -> Object:
    """The pod template of one of our own HTTP services; `sidecars` follow the main container."""
    settings = parts.pop("settings", None)
    extra: Object = {"envFrom": [{"configMapRef": {"name": settings}}]} if settings else {}
    sidecars = parts.pop("sidecars", ())
    probe = http_probe(parts.pop("probe", "/healthz"), "http", 5, 10)
    extra |= {"readinessProbe": probe, "limits": {"cpu": "1", "memory": "512Mi"}}
    main = with_port(name, IMAGES[name], "http", number, **extra, **parts)
    return pod_template({NAME: name, "app.kubernetes.io/part-of": "harbourline"}, main, *sidecars)


def proxy_sidecar() -> Object:
    """Istio's sidecar."""
    return container("istio-proxy", "docker.io/istio/proxyv2:1.27.3", args=["proxy", "sidecar"])


def secret_value(secret: str, key: str) -> Object:
    """The `valueFrom` of a Secret's key."""
    return {"secretKeyRef": {"name": secret, "key": key}}


def world(seed: str, *parts: str) -> Fleet:
    """The cluster at rest. `parts`: booking, fulfilment, data, kafka, mesh (Envoy sidecars and an outbound gateway)."""
    fleet = Fleet(seed, "booking", pod_network="10.42.3")
    for name, ip in NODES.items():
        fleet.put(node(name, CREATED, ip, "v1.33.4", heartbeat=PODS_AT))
    wanted = {"kube-system"}.union(*(BUILDERS[part][0] for part in parts))
    for name in sorted(wanted):
        fleet.put(namespace(name, CREATED))
    _system(fleet)
    for name, values in SETTINGS.items():
        if name.split("/")[0] in parts:
            fleet.put(config_map(name.split("/")[1], name.split("/")[0], CREATED, values))
    for part, (_, build) in BUILDERS.items():
        if part in parts:
            build(fleet, parts)
    _services(fleet)
    fleet.sync(later(PODS_AT, 60))
    return fleet


def _services(fleet: Fleet) -> None:
    for name, (workload, *_) in SERVICES.items():
        where = name.split("/")[0]
        if any((kind, where, workload) in fleet.objects for kind in ("Deployment", "StatefulSet")):
            add_service(fleet, name)


def add_service(fleet: Fleet, ref: str, created: datetime = CREATED) -> Object:
    """Put the Service `ref` of `SERVICES`."""
    where, name = ref.split("/")
    _, number, target, ip, label = SERVICES[ref]
    title = target if isinstance(target, str) else "http"
    return fleet.put(service(name, where, created, {title: (number, target)}, ip, selector={NAME: label}))


def _system(fleet: Fleet) -> None:
    dns = with_port("coredns", "registry.k8s.io/coredns/coredns:v1.12.3", "dns", 53)
    deploy(
        fleet,
        "kube-system/coredns",
        pod_template({"k8s-app": "kube-dns"}, dns),
        CREATED,
        pods_at=PODS_AT,
        node="hl-node-a",
    )
    fleet.put(
        service("kube-dns", "kube-system", CREATED, {"dns": (53, 53)}, "10.43.0.10", selector={"k8s-app": "kube-dns"})
    )


def _booking(fleet: Fleet, parts: tuple[str, ...]) -> None:
    sidecars = (proxy_sidecar(),) if "mesh" in parts else ()
    web = with_port("controller", "registry.k8s.io/ingress-nginx/controller:v1.13.2", "http", 80)
    deploy(fleet, "edge/ingress-nginx-controller", pod_template({NAME: "ingress-nginx"}, web), CREATED, pods_at=PODS_AT)
    fleet.put(ingress("harbourline", "booking", CREATED, "www.harbourline.example", {"/": ("storefront-web", 80)}))
    deploy(
        fleet,
        "booking/storefront",
        server("storefront", 3000, settings="storefront-env"),
        CREATED,
        pods_at=PODS_AT,
        revision=31,
    )
    timetable = server(
        "timetable-server",
        8080,
        args=["--maps-base-url=https://maps.googleapis.com"],
        env={"REDIS_ADDR": "cache.data.svc.cluster.local:6379"},
    )
    deploy(fleet, "booking/timetable-server", timetable, CREATED, replicas=2, pods_at=PODS_AT, revision=12)
    password = {"SPRING_DATASOURCE_PASSWORD": secret_value("reservations-db-login", "password")}
    spring = server("reservations", 8080, settings="reservations-env", env=password, probe="/actuator/health/readiness")
    deploy(fleet, "booking/reservations", spring, CREATED, pods_at=PODS_AT, revision=44)
    key = {"STRIPE_API_KEY": secret_value("stripe-live", "api-key")}
    cashier = server("cashier", 8000, settings="cashier-env", env=key, sidecars=sidecars)
    deploy(fleet, "booking/cashier", cashier, CREATED, replicas=2, pods_at=PODS_AT, revision=19)


def _fulfilment(fleet: Fleet, _: tuple[str, ...]) -> None:
    keys = {
        "SENDGRID_API_KEY": secret_value("sendgrid", "api-key"),
        "TWILIO_AUTH_TOKEN": secret_value("twilio", "token"),
    }
    files: Object = {"volumeMounts": [{"name": "config", "mountPath": "/etc/messenger"}]}
    main = container("messenger", IMAGES["messenger"], env=keys, limits={"cpu": "500m", "memory": "256Mi"}, **files)
    volumes = [{"name": "config", "configMap": {"name": "messenger-config"}}]
    deploy(
        fleet,
        "fulfilment/messenger",
        pod_template({NAME: "messenger"}, main, volumes=volumes),
        CREATED,
        replicas=2,
        pods_at=PODS_AT,
        revision=9,
    )
    login = {"LEDGER_PASSWORD": secret_value("ledger-login", "password")}
    main = container(
        "ticket-printer",
        IMAGES["ticket-printer"],
        env=login,
        envFrom=[{"configMapRef": {"name": "ticket-printer-env"}}],
        limits={"cpu": "500m", "memory": "384Mi"},
    )
    deploy(
        fleet,
        "fulfilment/ticket-printer",
        pod_template({NAME: "ticket-printer"}, main),
        CREATED,
        pods_at=PODS_AT,
        revision=6,
    )


def _stores(fleet: Fleet, _: tuple[str, ...]) -> None:
    database = with_port("postgres", "docker.io/library/postgres:17.2", "postgres", 5432)
    stateful_set(
        fleet,
        "data/pg-reservations",
        pod_template({NAME: "pg-reservations"}, database),
        CREATED,
        service="reservations-db",
        pods_at=PODS_AT,
    )
    fleet.put(claim("data-pg-reservations-0", "data", CREATED, ("gp3", "20Gi"), "pvc-7c41e0d2"))
    cache = with_port("redis", "docker.io/valkey/valkey:8.0.2", "redis", 6379)
    exporter = container("exporter", "docker.io/oliver006/redis_exporter:v1.74.0", (9121,))
    stateful_set(
        fleet,
        "data/redis-cache",
        pod_template({NAME: "redis-cache"}, cache, exporter),
        CREATED,
        service="cache",
        pods_at=PODS_AT,
    )


def _kafka(fleet: Fleet, _: tuple[str, ...]) -> None:
    broker = with_port("kafka", "quay.io/strimzi/kafka:0.48.0-kafka-4.1.0", "clients", 9092)
    stateful_set(
        fleet,
        "data/kafka",
        pod_template({NAME: "kafka"}, broker),
        CREATED,
        service="kafka-bootstrap",
        pods_at=PODS_AT,
    )


def _gateway(fleet: Fleet, _: tuple[str, ...]) -> None:
    main = with_port("istio-proxy", "docker.io/istio/proxyv2:1.27.3", "http", 8080, args=["proxy", "router"])
    deploy(fleet, "edge/outbound-gateway", pod_template({NAME: "outbound-gateway"}, main), CREATED, pods_at=PODS_AT)
    fleet.put(
        service("outbound", "edge", CREATED, {"http": (80, "http")}, "10.43.2.40", selector={NAME: "outbound-gateway"})
    )


BUILDERS: dict[str, tuple[tuple[str, ...], Callable[[Fleet, tuple[str, ...]], None]]] = {
    "booking": (("booking", "edge"), _booking),
    "fulfilment": (("fulfilment",), _fulfilment),
    "data": (("data",), _stores),
    "kafka": (("data",), _kafka),
    "mesh": (("edge",), _gateway),
}
"""Part to its namespaces and what puts it there."""
