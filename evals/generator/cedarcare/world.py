"""Cedarcare at rest: Envoy gateway, .NET, Go and Python services, PostgreSQL by an operator, NATS, an object store."""

from evals.generator.cedarcare.facts import CREATED, NAME, NAMESPACES, NODES, PODS_AT, PROGRAMS, Program
from evals.generator.kit import Object, digest, later, thing
from evals.generator.kit_changes import daemon_set, deploy, stateful_set
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_objects import claim, container, http_probe, namespace, node, pod_template, service, volume
from evals.generator.kit_pods import add_pod

SPOOL = "intake-spool"


class Fleet(Cluster):
    """A cluster whose pods spread over `NODES` by their names."""

    def put(self, *added: Object) -> Object:
        """As the kit's; pods get their node here."""
        for one in added:
            if one["kind"] == "Pod" and one["spec"].get("nodeName") not in NODES:
                one["spec"]["nodeName"] = self._turn(one)
            if one["kind"] == "Pod":
                one["status"]["hostIP"] = NODES[one["spec"]["nodeName"]]
        return super().put(*added)

    def _turn(self, pod: Object) -> str:
        owner = pod["metadata"].get("ownerReferences", [{}])[0].get("name", "")
        others = [p for p in self.of_kind("Pod") if p["metadata"].get("ownerReferences", [{}])[0].get("name") == owner]
        return sorted(NODES)[(int(digest("node", owner, length=2), 16) + len(others)) % len(NODES)]

    def pods(self, ref: str) -> list[Object]:
        """As the kit's, and those of a database cluster that its operator runs without a StatefulSet."""
        if ("Cluster", *self.split(ref)) in self.objects:
            return self.owned_by(self.get("Cluster", ref), "Pod")
        return super().pods(ref)


def world(seed: str, *parts: str) -> Fleet:
    """The cluster at rest with these parts of `NAMESPACES`; `frontdesk` brings all that a booking needs."""
    fleet = Fleet(seed, "frontdesk", pod_network="10.244.7")
    for name, ip in NODES.items():
        fleet.put(node(name, CREATED, ip, "v1.34.1", heartbeat=PODS_AT))
    for name in sorted({"kube-system"}.union(*(NAMESPACES[part] for part in parts))):
        fleet.put(namespace(name, CREATED))
    wanted = {*parts, "edge", "scheduling"} if "frontdesk" in parts else set(parts)
    for ref, program in PROGRAMS.items():
        if program.part in wanted:
            install(fleet, ref, program)
    if "scheduling" in wanted:
        _database(fleet)
    if set(parts) & {"scheduling", "messaging", "imaging"}:
        _broker(fleet)
    if "imaging" in wanted:
        _archive(fleet)
    fleet.sync(later(PODS_AT, 60))
    return fleet


def ship_logs(fleet: Fleet) -> None:
    """Vector on every node; only the run that is about it has it."""
    shipper = container("vector", "docker.io/timberio/vector:0.49.0-distroless-libc")
    daemon_set(fleet, "kube-system/vector", pod_template({NAME: "vector"}, shipper), PODS_AT, list(NODES))


def install(fleet: Fleet, ref: str, program: Program) -> None:
    """A Deployment and its Service, as Argo CD applies them from a chart."""
    where, name = ref.split("/")
    labels = {NAME: name, "app.kubernetes.io/instance": name, "app.kubernetes.io/managed-by": "Helm"}
    tracked = {"argocd.argoproj.io/tracking-id": f"{name}:apps/Deployment:{ref}"}
    deploy(
        fleet,
        ref,
        pod_template({NAME: name, "app.kubernetes.io/instance": name}, _main(name, program), **_pod(name)),
        CREATED,
        labels=labels,
        annotations=tracked,
        replicas=program.replicas,
        pods_at=PODS_AT,
        revision=program.revision,
        manager="argocd-controller",
    )
    if program.port:
        title = "grpc" if program.port == 9000 else "http"
        ports = {title: (80 if where == "gateway" else program.port, title)}
        fleet.put(service(name, where, CREATED, ports, program.address, selector={NAME: name}))
    if name == "intake":
        fleet.put(claim(SPOOL, where, CREATED, ("standard-rwo", "20Gi"), "pvc-51c2aa07"))
        fleet.put(volume("pvc-51c2aa07", CREATED, ("standard-rwo", "20Gi"), (where, SPOOL)))


def _main(name: str, program: Program) -> Object:
    extra: Object = {"limits": {"cpu": "1", "memory": program.memory}, "requests": {"cpu": "100m", "memory": "128Mi"}}
    if program.port:
        title = "grpc" if program.port == 9000 else "http"
        extra["readinessProbe"] = health(name, program)
        extra["ports"] = [{"name": title, "containerPort": program.port, "protocol": "TCP"}]
    if name == "intake":
        extra["volumeMounts"] = [{"name": "spool", "mountPath": "/var/spool/intake"}]
    ports = extra.pop("ports", None)
    made = container(name, program.image, env=program.env, **extra)
    return made | ({"ports": ports} if ports else {})


def _pod(name: str) -> Object:
    if name != "intake":
        return {}
    spool = {"name": "spool", "persistentVolumeClaim": {"claimName": SPOOL}}
    return {"volumes": [spool], "securityContext": {"runAsUser": 10001, "fsGroup": 10001}}


def health(name: str, program: Program) -> Object:
    """The readiness probe that the chart gives a program."""
    if program.port == 9000:
        return {"grpc": {"port": 9000, "service": name}, "periodSeconds": 10, "failureThreshold": 3}
    return http_probe(program.probe, "http", 5, 10)


def _database(fleet: Fleet) -> None:
    owner = thing("Cluster", "pg-clinic", "platform", CREATED, spec={"instances": 2})
    owner["apiVersion"] = "postgresql.cnpg.io/v1"
    fleet.put(owner)
    main = container("postgres", "ghcr.io/cloudnative-pg/postgresql:17.5", (5432,), limits={"memory": "2Gi"})
    for number, role in ((1, "primary"), (2, "replica")):
        labels = {"cnpg.io/cluster": "pg-clinic", "cnpg.io/instanceRole": role}
        add_pod(fleet, owner, pod_template(labels, main), PODS_AT, name=f"pg-clinic-{number}", quiet=True)
        fleet.put(claim(f"pg-clinic-{number}", "platform", CREATED, ("standard-rwo", "100Gi"), f"pvc-pg-{number}"))
    chosen = {"cnpg.io/cluster": "pg-clinic", "cnpg.io/instanceRole": "primary"}
    fleet.put(service("pg-clinic-rw", "platform", CREATED, {"postgres": (5432, 5432)}, "10.100.4.10", selector=chosen))


def _broker(fleet: Fleet) -> None:
    main = container("nats", "docker.io/library/nats:2.11.8-alpine", (4222,), args=["--config", "/etc/nats/nats.conf"])
    template = pod_template({NAME: "nats"}, main)
    stateful_set(fleet, "platform/nats", template, CREATED, service="nats-headless", pods_at=PODS_AT)
    fleet.put(service("nats", "platform", CREATED, {"nats": (4222, 4222)}, "10.100.4.20", selector={NAME: "nats"}))


def _archive(fleet: Fleet) -> None:
    main = container("minio", "quay.io/minio/minio:RELEASE.2025-07-23T15-54-02Z", (9000,), args=["server", "/export"])
    main["volumeMounts"] = [{"name": "export", "mountPath": "/export"}]
    spec = {"volumes": [{"name": "export", "persistentVolumeClaim": {"claimName": "export-archive-0"}}]}
    stateful_set(fleet, "imaging/archive", pod_template({NAME: "archive"}, main, **spec), CREATED, pods_at=PODS_AT)
    fleet.put(claim("export-archive-0", "imaging", CREATED, ("standard-rwo", "500Gi"), "pvc-ar-0"))
    fleet.put(volume("pvc-ar-0", CREATED, ("standard-rwo", "500Gi"), ("imaging", "export-archive-0")))
    fleet.put(service("archive", "imaging", CREATED, {"s3": (9000, 9000)}, "10.100.5.30", selector={NAME: "archive"}))
