"""Our own side of the network: outbound gateway, egress, nodes, cluster DNS, Services, policies, CA bundle and clock."""

from evals.generator.harbourline import world
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Break, Scene
from evals.generator.kit import condition, later, stamp
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_objects import network_policy
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Run

VENDOR_HOPS = ("cashier>stripe", "timetable>maps", "messenger>sendgrid", "messenger>twilio")


def runs() -> list[Run]:
    return [
        gateway_gone(), everything_outside(), one_node(), dns(), egress_policy(), database_policy(), selector(), target_port(), ca_bundle(), clock(),
    ]  # fmt: skip


def gateway_gone() -> Run:
    scene = Scene("n1", "2026-03-13T18:20:00Z", "booking", "data", "mesh")
    scene.fleet.get("ConfigMap", "booking/cashier-env")["data"]["STRIPE_API_BASE"] = "http://api.stripe.com"
    scene.traffic(-880, -10, step=66)
    scale(scene.fleet, "edge/outbound-gateway", 0, scene.time(-5))
    scene.traffic(
        0,
        715,
        Break("cashier>stripe", status=503, body="no healthy upstream", mesh="sidecar", flags="UH no_healthy_upstream"),
    )
    label = internal("edge/outbound-gateway", "scaled_to_zero", ("scale_up",), "Our sidecars answer 503 UH by themselves because our outbound"
                     " gateway has no replicas since a manual scale; Stripe was never reached.",
                     modes=("proxy_down", "egress_down"), components=("edge/outbound",), must_not=("contact_vendor", "restart@booking/cashier"))  # fmt: skip
    question = "Checkout gives 502 since twenty past six. The mesh shows 503s on calls to Stripe. Do we open a ticket with them?"
    return run(scene, "gateway-gone", "503s on outbound traffic, second case", question, label, family="network",
               refs=("edge/outbound-gateway", "booking/cashier"))  # fmt: skip


def everything_outside() -> Run:
    scene = Scene("n2", "2026-03-16T10:44:00Z", "booking", "fulfilment", "data")
    scene.traffic(-880, 0, step=80)
    breaks = [Break(hop, "connect_timeout") for hop in VENDOR_HOPS]
    scene.traffic(0, 715, *breaks, step=85)
    label = internal(None, "egress_down", ("repair_node", "fix_network_policy", "collect_more_evidence"), "Stripe, Google Maps, SendGrid and"
                     " Twilio all time out at once from every pod and node, while calls inside the network work: our way out.",
                     modes=("network_policy_blocks",), must_not=("contact_vendor", "restart@booking/cashier", "rollback@booking/cashier"))  # fmt: skip
    question = "Payments, mails and the sailings search all broke around quarter to eleven. Which vendor is it?"
    return run(scene, "all-outside", "Payments, mails and search break together", question, label, family="network", namespace=None,
               refs=("booking/cashier", "fulfilment/messenger"))  # fmt: skip


def one_node() -> Run:
    scene = Scene("n3", "2026-03-17T21:08:00Z", "booking", "data")
    scene.traffic(-880, 0, step=45)
    breaks = [Break(hop, "connect_timeout", node="hl-node-b") for hop in ("cashier>stripe", "timetable>maps")]
    scene.traffic(0, 715, *breaks, step=34)
    label = internal("node/hl-node-b", "egress_down", ("repair_node", "fix_scheduling"), "Stripe and Google Maps are unreachable only from"
                     " pods on hl-node-b; their twins on hl-node-a reach both, so the way out of that node is broken.",
                     modes=("packet_loss", "network_delay", "node_component_down", "node_not_ready"),
                     must_not=("contact_vendor", "rollback@booking/cashier"))  # fmt: skip
    question = "Roughly half of the payments time out since nine tonight, retrying often helps. Is Stripe flaky?"
    return run(scene, "one-node-egress", "Half of the payments time out", question, label, family="network",
               refs=("booking/cashier", "booking/timetable-server"))  # fmt: skip


def dns() -> Run:
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
    label = internal("kube-system/coredns", "cluster_dns_down", ("fix_dns", "fix_config"), "CoreDNS crash-loops on a broken Corefile, so no name"
                     " resolves for anyone; the storefront, the first caller, fails on names in the cluster.",
                     modes=("crash_loop", "bad_config"), components=("kube-system/kube-dns",),
                     must_not=("contact_vendor", "restart@booking/storefront", "rollback@booking/storefront"))  # fmt: skip
    asked = alert(scene.time(120), "IngressErrorRatio", "www.harbourline.example answers 5xx to more than half of all requests",
                  namespace="booking", ingress="harbourline")  # fmt: skip
    return run(
        scene,
        "cluster-dns",
        "The whole shop answers 502",
        asked,
        label,
        family="network",
        refs=("booking/storefront", "kube-system/coredns"),
    )


def egress_policy() -> Run:
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
    label = internal("booking/baseline-egress", "network_policy_blocks", ("fix_network_policy",), "A NetworkPolicy created seconds before the"
                     " first timeout lets namespace booking reach private addresses only; other namespaces still reach their vendors.",
                     modes=("egress_down",), components=("booking/cashier",), must_not=("contact_vendor", "rollback@booking/cashier"))  # fmt: skip
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


def database_policy() -> Run:
    scene = Scene("n6", "2026-03-20T12:15:00Z", "booking", "data")
    scene.traffic(-880, 0)
    peers = [{"podSelector": {"matchLabels": {world.NAME: "backup"}}}]
    spec = {
        "podSelector": {"matchLabels": {world.NAME: "pg-reservations"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": peers}],
    }
    scene.fleet.put(network_policy("pg-allow-list", "data", scene.time(-6), spec))
    body = "The connection attempt failed.\nCaused by: java.net.SocketTimeoutException: Connect timed out"
    scene.traffic(0, 715, Break("reservations>db", "text", body=body, took=5.1))
    label = internal("data/pg-allow-list", "network_policy_blocks", ("fix_network_policy",), "A NetworkPolicy made just before the first timeout"
                     " admits only backup pods to PostgreSQL, which is up with an endpoint.",
                     components=("booking/reservations",), must_not=("restart@data/pg-reservations", "scale_up@booking/reservations"))  # fmt: skip
    asked = alert(
        scene.time(180),
        "HikariPoolExhausted",
        "reservations waits for database connections",
        namespace="booking",
        service="reservations",
    )
    return run(scene, "database-policy", "Bookings wait for the database", asked, label, family="network",
               refs=("booking/reservations", "data/pg-reservations"))  # fmt: skip


def selector() -> Run:
    scene = Scene("n7", "2026-03-23T09:40:00Z", "booking", "data")
    scene.traffic(-880, 0)
    service = scene.fleet.get("Service", "booking/reservations-api")
    service["spec"]["selector"] = {world.NAME: "reservations", "app.kubernetes.io/track": "stable"}
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
    label = internal("booking/reservations-api", "selector_mismatch", ("fix_selector",), "The Service's selector was edited and matches no pod,"
                     " so it has no endpoints although reservations is Ready.", components=("booking/reservations",),
                     must_not=("restart@booking/reservations", "scale_up@booking/reservations", "contact_vendor"))  # fmt: skip
    question = "Bookings fail with 502 and 504 since twenty to ten, though all pods look fine. What is broken?"
    return run(scene, "selector", "Bookings fail although all pods look fine", question, label, family="network",
               refs=("booking/reservations", "booking/storefront"))  # fmt: skip


def target_port() -> Run:
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
    label = internal("booking/timetable", "target_port_mismatch", ("fix_port", "rollback"), "Every call is refused with both endpoints Ready: the"
                     " Service now sends to 9090 while the pods listen on 8080.", components=("booking/timetable-server",),
                     must_not=("restart@booking/timetable-server", "scale_up@booking/timetable-server"))  # fmt: skip
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


def ca_bundle() -> Run:
    scene = Scene("n9", "2026-03-25T11:20:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -30, step=40)

    def slim(template: world.Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/messenger:1.7.0-slim"

    for pod in roll_out(scene.fleet, "fulfilment/messenger", slim, scene.time(-12)):
        at = scene.time(-6)
        warning = "Warning: Ignoring extra certs from `/etc/ssl/certs/ca-certificates.crt`, load failed: error:80000002:system library::No such file or directory"
        scene.say(pod, at, warning)
    scene.traffic(0, 715, Break("messenger>sendgrid", "unknown_ca"), Break("messenger>twilio", "unknown_ca"), step=40)
    label = internal("fulfilment/messenger", "ca_bundle_missing", ("rollback", "fix_image"), "TLS to two unrelated vendors fails from the moment the"
                     " slim image runs, which lacks the CA bundle.", modes=("bad_rollout",))  # fmt: skip
    question = (
        "Neither mails nor text messages go out since about 11:20, certificate errors everywhere. Whose certificate?"
    )
    return run(
        scene,
        "ca-bundle",
        "Certificate errors for mails and text messages",
        question,
        label,
        family="network",
        refs=("fulfilment/messenger",),
    )


def clock() -> Run:
    """Lines of the node with the wrong clock carry its time, nine days back."""
    scene = Scene("n10", "2026-03-26T06:10:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    back = -9 * 86400 - 140
    node = scene.fleet.get("Node", "hl-node-b")
    for entry in node["status"]["conditions"]:
        entry["lastHeartbeatTime"] = stamp(scene.time(680 + back))
    problem = condition(
        "NTPProblem", True, scene.time(-20), "NTPIsDown", "chronyd is not running, system clock is not synchronised"
    )
    node["status"]["conditions"].append(problem)
    text = "Node condition NTPProblem is now: True, reason: NTPIsDown"
    event(scene.fleet, node, "NTPIsDown", text, scene.time(-20), type="Warning", source="node-problem-detector")
    scene.skew = {"hl-node-b": back}
    scene.traffic(
        0,
        715,
        Break("timetable>maps", "clock", node="hl-node-b"),
        Break("cashier>stripe", "clock", node="hl-node-b"),
        step=34,
    )
    label = internal("node/hl-node-b", "clock_skew", ("repair_node", "fix_scheduling"), "Only pods on hl-node-b reject the certificates of two vendors"
                     " as not yet valid; that node's clock runs nine days behind and its NTP is down.", modes=("dependency_tls_failure",),
                     must_not=("contact_vendor", "renew_certificate", "rollback@booking/cashier"))  # fmt: skip
    question = "Certificate errors on some payments and some searches since ten past six, not on all. Did a vendor mess up its certificate?"
    return run(scene, "clock", "Certificate errors on a part of the calls", question, label, family="network", namespace="booking",
               logs_from=scene.time(back - 900))  # fmt: skip
