"""Harbourline sells ferry tickets: nginx ingress, Node, Go, Java and Python services, PostgreSQL, Redis, Kafka, and vendors outside."""

from datetime import datetime
from typing import Any

from evals.generator.kit import Object, digest, later, moment
from evals.generator.kit_changes import deploy, job, stateful_set
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
from evals.generator.kit_pods import restart

NODES = {"hl-node-a": "10.20.0.11", "hl-node-b": "10.20.0.12"}
CREATED = moment("2026-01-12T09:14:20Z")
PODS_AT = moment("2026-02-24T07:40:11Z")
LEDGER = "tickets-ledger.c9x2kq7mvd1a.eu-west-1.rds.amazonaws.com"
NAME = "app.kubernetes.io/name"
SERVICES: dict[str, tuple[str, int, int | str, str, str]] = {
    "edge/ingress-nginx-controller": ("ingress-nginx-controller", 80, 80, "10.43.2.10", "ingress-nginx"),
    "booking/storefront-web": ("storefront", 80, "http", "10.43.12.10", "storefront"),
    "booking/timetable": ("timetable-server", 8080, "http", "10.43.12.20", "timetable-server"),
    "booking/reservations-api": ("reservations", 8080, "http", "10.43.12.30", "reservations"),
    "booking/cashier-api": ("cashier", 8000, "http", "10.43.12.40", "cashier"),
    "data/reservations-db": ("pg-reservations", 5432, "postgres", "10.43.30.10", "pg-reservations"),
    "data/cache": ("redis-cache", 6379, "redis", "10.43.30.20", "redis-cache"),
    "data/kafka-bootstrap": ("kafka", 9092, "clients", "10.43.30.30", "kafka"),
}
"""Service to (workload, port, targetPort, address, value of the name label)."""

IMAGES = {
    "storefront": "ghcr.io/harbourline/storefront:3.14.2",
    "timetable-server": "ghcr.io/harbourline/timetable-server:1.22.0",
    "reservations": "ghcr.io/harbourline/reservations:5.8.1",
    "cashier": "ghcr.io/harbourline/cashier:2.9.4",
    "messenger": "ghcr.io/harbourline/messenger:1.6.7",
    "ticket-printer": "ghcr.io/harbourline/ticket-printer:0.18.3",
}
SETTINGS: dict[str, dict[str, str]] = {
    "booking/storefront-env": {
        "TIMETABLE_URL": "http://timetable.booking.svc.cluster.local:8080",
        "RESERVATIONS_URL": "http://reservations-api.booking.svc.cluster.local:8080",
        "LEGACY_QUOTES_URL": "http://quotes-v1.booking.svc.cluster.local:9000",
    },
    "booking/reservations-env": {
        "SPRING_DATASOURCE_URL": "jdbc:postgresql://reservations-db.data.svc.cluster.local:5432/reservations",
        "SPRING_DATASOURCE_USERNAME": "reservations",
        "CASHIER_URL": "http://cashier-api.booking.svc.cluster.local:8000",
        "SPRING_KAFKA_BOOTSTRAP_SERVERS": "kafka-bootstrap.data.svc.cluster.local:9092",
    },
    "booking/cashier-env": {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_TIMEOUT_SECONDS": "10"},
    "fulfilment/messenger-config": {
        "messenger.yaml": "kafka:\n  brokers: [kafka-bootstrap.data.svc.cluster.local:9092]\n  topic: bookings\n"
        "email:\n  baseUrl: https://api.sendgrid.com\nsms:\n  baseUrl: https://api.twilio.com\n",
    },
    "fulfilment/ticket-printer-env": {
        "LEDGER_HOST": LEDGER,
        "LEDGER_DB": "ledger",
        "KAFKA_BROKERS": "kafka-bootstrap.data.svc.cluster.local:9092",
    },
}


class Fleet(Cluster):
    """A cluster whose pods spread over `NODES` by their names."""

    def put(self, *added: Object) -> Object:
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
    return [{"name": name, "containerPort": number, "protocol": "TCP"}]


def with_port(name: str, image: str, title: str, number: int, **parts: Any) -> Object:
    """A container with one named port."""
    return container(name, image, **parts) | {"ports": port(title, number)}


def server(name: str, number: int, **parts: Any) -> Object:
    """The pod template of one of our own HTTP services; `sidecars` follow the main container."""
    settings = parts.pop("settings", None)
    extra: Object = {"envFrom": [{"configMapRef": {"name": settings}}]} if settings else {}
    sidecars = parts.pop("sidecars", ())
    probe = http_probe(parts.pop("probe", "/healthz"), "http", 5, 10)
    extra |= {"readinessProbe": probe, "limits": {"cpu": "1", "memory": "512Mi"}}
    main = with_port(name, IMAGES[name], "http", number, **extra, **parts)
    return pod_template({NAME: name, "app.kubernetes.io/part-of": "harbourline"}, main, *sidecars)


def proxy_sidecar() -> Object:
    return container("istio-proxy", "docker.io/istio/proxyv2:1.27.3", args=["proxy", "sidecar"])


def secret_value(secret: str, key: str) -> Object:
    return {"secretKeyRef": {"name": secret, "key": key}}


def world(seed: str, *parts: str) -> Fleet:
    """The cluster at rest. `parts`: booking, fulfilment, data, kafka, mesh (Envoy sidecars and an outbound gateway)."""
    fleet = Fleet(seed, "booking", pod_network="10.42.3")
    for name, ip in NODES.items():
        fleet.put(node(name, CREATED, ip, "v1.33.4", heartbeat=PODS_AT))
    for name in dict.fromkeys(("kube-system", *({"kafka": "data", "mesh": "edge"}.get(p, p) for p in parts))):
        fleet.put(namespace(name, CREATED))
    _system(fleet)
    for name, values in SETTINGS.items():
        if name.split("/")[0] in parts:
            fleet.put(config_map(name.split("/")[1], name.split("/")[0], CREATED, values))
    if "booking" in parts:
        _booking(fleet, "mesh" in parts)
    if "fulfilment" in parts:
        _fulfilment(fleet)
    if "data" in parts:
        _stores(fleet)
    if "kafka" in parts:
        _kafka(fleet)
    if "mesh" in parts:
        _gateway(fleet)
    for name, (workload, *_) in SERVICES.items():
        where = name.split("/")[0]
        if any((kind, where, workload) in fleet.objects for kind in ("Deployment", "StatefulSet")):
            add_service(fleet, name)
    fleet.sync(later(PODS_AT, 60))
    return fleet


def add_service(fleet: Fleet, ref: str, created: datetime = CREATED) -> Object:
    where, name = ref.split("/")
    _, number, target, ip, label = SERVICES[ref]
    title = target if isinstance(target, str) else "http"
    return fleet.put(service(name, where, created, {title: (number, target)}, ip, selector={NAME: label}))


def _system(fleet: Fleet) -> None:
    dns = with_port("coredns", "registry.k8s.io/coredns/coredns:v1.12.3", "dns", 53)
    deploy(fleet, "kube-system/coredns", pod_template({"k8s-app": "kube-dns"}, dns), CREATED, pods_at=PODS_AT)
    fleet.put(
        service("kube-dns", "kube-system", CREATED, {"dns": (53, 53)}, "10.43.0.10", selector={"k8s-app": "kube-dns"})
    )


def _booking(fleet: Fleet, mesh: bool) -> None:
    sidecars = (proxy_sidecar(),) if mesh else ()
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


def _fulfilment(fleet: Fleet) -> None:
    keys = {
        "SENDGRID_API_KEY": secret_value("sendgrid", "api-key"),
        "TWILIO_AUTH_TOKEN": secret_value("twilio", "token"),
    }
    files = {"volumeMounts": [{"name": "config", "mountPath": "/etc/messenger"}]}
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


def _stores(fleet: Fleet) -> None:
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


def _kafka(fleet: Fleet) -> None:
    broker = with_port("kafka", "quay.io/strimzi/kafka:0.48.0-kafka-4.1.0", "clients", 9092)
    stateful_set(
        fleet,
        "data/kafka",
        pod_template({NAME: "kafka"}, broker),
        CREATED,
        service="kafka-bootstrap",
        pods_at=PODS_AT,
    )


def _gateway(fleet: Fleet) -> None:
    main = with_port("istio-proxy", "docker.io/istio/proxyv2:1.27.3", "http", 8080, args=["proxy", "router"])
    deploy(fleet, "edge/outbound-gateway", pod_template({NAME: "outbound-gateway"}, main), CREATED, pods_at=PODS_AT)
    fleet.put(
        service("outbound", "edge", CREATED, {"http": (80, "http")}, "10.43.2.40", selector={NAME: "outbound-gateway"})
    )


def noise(fleet: Fleet, at: datetime) -> None:
    """What every real cluster shows: an old restart, a finished job, and, depending on the seed, a failed one of somebody else."""
    for ref, ago in (("booking/reservations", 190000), ("fulfilment/messenger", 420000)):
        if ("Deployment", *fleet.split(ref)) in fleet.objects:
            restart(fleet, fleet.pods(ref)[0], later(at, -ago), reason="Error", exit_code=1, count=2)
    home = next(n for n in ("booking", "fulfilment", "data") if ("Namespace", "", n) in fleet.objects)
    failed = int(digest("noise", fleet.seed, length=2), 16) % 3 == 0
    name = "sitemap-builder-29532960" if failed else "fare-archive-29533020"
    image = "ghcr.io/harbourline/chores:0.4.0"
    job(fleet, f"{home}/{name}", pod_template({NAME: "chores"}, container("chores", image)), later(at, -5400),
        failed=failed)  # fmt: skip
