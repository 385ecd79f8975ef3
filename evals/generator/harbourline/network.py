"""Our own network inside the cluster: DNS, Services and policies."""

from evals.generator.harbourline.facts import NAME
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import stamp
from evals.generator.kit_objects import network_policy
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_dns(), _egress_policy(), _database_policy(), _selector(), _target_port()]


def _dns() -> Run:
    scene = Scene("n4", "2026-03-18T08:25:00Z", "booking", "data")
    scene.traffic(-880, -20, step=60)
    pod = scene.fleet.pods("kube-system/coredns")[0]
    crash_loop(scene.fleet, pod, scene.time(-8), scene.time(560), 7, reason="Error", exit_code=1)
    for previous in (False, True):
        name = f"kube-system/{pod['metadata']['name']}"
        scene.logs.add(
            name,
            "coredns",
            scene.time(560),
            "/etc/coredns/Corefile:11 - Error during parsing: Unknown directive 'forwad'",
            previous=previous,
        )
    hops = ("storefront>timetable", "storefront>reservations")
    scene.traffic(0, 715, *[Break(hop, "dns_down", took=4.0) for hop in hops], step=45)
    label = internal(
        "kube-system/coredns",
        "cluster_dns_down",
        ("fix_dns", "fix_config"),
        "CoreDNS crash-loops on a broken Corefile, so no name"
        " resolves for anyone; the storefront, the first caller, fails on names in the cluster.",
        modes=("crash_loop", "bad_config"),
        components=("kube-system/kube-dns",),
        must_not=("contact_vendor", "restart@booking/storefront", "rollback@booking/storefront"),
    )
    asked = alert(
        scene.time(120),
        "IngressErrorRatio",
        "www.harbourline.example answers 5xx to more than half of all requests",
        namespace="booking",
        ingress="harbourline",
    )
    return run(
        scene,
        "cluster-dns",
        "The whole shop answers 502",
        asked,
        label,
        family="network",
        refs=("booking/storefront", "kube-system/coredns"),
    )


def _egress_policy() -> Run:
    scene = Scene("n5", "2026-03-19T14:30:00Z", "booking", "fulfilment", "data")
    scene.traffic(-880, 0, step=80)
    peers = [{"namespaceSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": peers}]}
    scene.fleet.put(
        network_policy(
            "baseline-egress",
            "booking",
            scene.time(-3),
            spec,
            annotations={"argocd.argoproj.io/tracking-id": "baseline"},
        )
    )
    scene.traffic(
        0, 715, Break("cashier>stripe", "connect_timeout"), Break("timetable>maps", "connect_timeout"), step=85
    )
    label = internal(
        "booking/baseline-egress",
        "network_policy_blocks",
        ("fix_network_policy",),
        "A NetworkPolicy created seconds before the"
        " first timeout lets namespace booking reach private addresses only; other namespaces still "
        "reach their vendors.",
        modes=("egress_down",),
        components=("booking/cashier",),
        must_not=("contact_vendor", "rollback@booking/cashier"),
    )
    question = (
        "Since half past two all card payments time out and the sailings search is empty, while mails go out. Why?"
    )
    return run(
        scene,
        "egress-policy",
        "Payments and search time out, mails work",
        question,
        label,
        family="network",
        refs=("booking/cashier",),
    )


def _database_policy() -> Run:
    scene = Scene("n6", "2026-03-20T12:15:00Z", "booking", "data")
    scene.traffic(-880, 0)
    peers = [{"podSelector": {"matchLabels": {NAME: "backup"}}}]
    spec = {
        "podSelector": {"matchLabels": {NAME: "pg-reservations"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": peers}],
    }
    scene.fleet.put(network_policy("pg-allow-list", "data", scene.time(-6), spec))
    body = "The connection attempt failed.\nCaused by: java.net.SocketTimeoutException: Connect timed out"
    scene.traffic(0, 715, Break("reservations>db", "text", body=body, took=5.1))
    label = internal(
        "data/pg-allow-list",
        "network_policy_blocks",
        ("fix_network_policy",),
        "A NetworkPolicy made just before the first timeout"
        " admits only backup pods to PostgreSQL, which is up with an endpoint.",
        components=("booking/reservations",),
        must_not=("restart@data/pg-reservations", "scale_up@booking/reservations"),
    )
    asked = alert(
        scene.time(180),
        "HikariPoolExhausted",
        "reservations waits for database connections",
        namespace="booking",
        service="reservations",
    )
    return run(
        scene,
        "database-policy",
        "Bookings wait for the database",
        asked,
        label,
        family="network",
        refs=("booking/reservations", "data/pg-reservations"),
    )


def _selector() -> Run:
    scene = Scene("n7", "2026-03-23T09:40:00Z", "booking", "data")
    scene.traffic(-880, 0)
    service = scene.fleet.get("Service", "booking/reservations-api")
    service["spec"]["selector"] = {NAME: "reservations", "app.kubernetes.io/track": "stable"}
    signed = {
        "manager": "kubectl-edit",
        "operation": "Update",
        "apiVersion": "v1",
        "time": stamp(scene.time(-4)),
        "fieldsType": "FieldsV1",
    }
    scene.fleet.touch(service, signed | {"fieldsV1": {"f:spec": {"f:selector": {}}}})
    scene.fleet.sync(scene.time(-4))
    scene.traffic(
        0,
        715,
        Break("storefront>reservations", "connect_timeout", share=0.4),
        Break("storefront>reservations", "refused"),
    )
    label = internal(
        "booking/reservations-api",
        "selector_mismatch",
        ("fix_selector",),
        "The Service's selector was edited and matches no pod, so it has no endpoints although reservations is Ready.",
        components=("booking/reservations",),
        must_not=("restart@booking/reservations", "scale_up@booking/reservations", "contact_vendor"),
    )
    question = "Bookings fail with 502 and 504 since twenty to ten, though all pods look fine. What is broken?"
    return run(
        scene,
        "selector",
        "Bookings fail although all pods look fine",
        question,
        label,
        family="network",
        refs=("booking/reservations", "booking/storefront"),
    )


def _target_port() -> Run:
    scene = Scene("n8", "2026-03-24T15:03:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    service = scene.fleet.get("Service", "booking/timetable")
    service["spec"]["ports"][0]["targetPort"] = 9090
    signed = {
        "manager": "helm",
        "operation": "Update",
        "apiVersion": "v1",
        "time": stamp(scene.time(-4)),
        "fieldsType": "FieldsV1",
    }
    scene.fleet.touch(
        service,
        signed | {"fieldsV1": {"f:spec": {"f:ports": {'k:{"port":8080,"protocol":"TCP"}': {"f:targetPort": {}}}}}},
    )
    scene.fleet.sync(scene.time(-4))
    scene.traffic(0, 715, Break("storefront>timetable", "refused"), step=30)
    label = internal(
        "booking/timetable",
        "target_port_mismatch",
        ("fix_port", "rollback"),
        "Every call is refused with both endpoints Ready: the Service now sends to 9090 while the pods listen on 8080.",
        components=("booking/timetable-server",),
        must_not=("restart@booking/timetable-server", "scale_up@booking/timetable-server"),
    )
    question = "The sailings search is dead since three, 502 for everybody. Bookings by deep link still work. Cause?"
    return run(
        scene,
        "target-port",
        "Sailings search is dead",
        question,
        label,
        family="network",
        refs=("booking/timetable-server",),
    )
