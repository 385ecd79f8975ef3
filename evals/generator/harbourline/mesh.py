"""Proxies of ours on the way out, and the way out itself: gateway, egress, one node."""

from evals.generator.harbourline.finish import external, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit_changes import scale
from evals.generator.kit_run import Run

VENDOR_HOPS = ("cashier>stripe", "timetable>maps", "messenger>sendgrid", "messenger>twilio")


def runs() -> list[Run]:
    """Every run of this module."""
    return [_gateway_gone(), _everything_outside(), _one_node(), _behind_the_mesh()]


def _gateway_gone() -> Run:
    scene = Scene("n1", "2026-03-13T18:20:00Z", "booking", "data", "mesh")
    scene.fleet.get("ConfigMap", "booking/cashier-env")["data"]["STRIPE_API_BASE"] = "http://api.stripe.com"
    scene.traffic(-880, -10, step=66)
    scale(scene.fleet, "edge/outbound-gateway", 0, scene.time(-5))
    scene.traffic(
        0,
        715,
        Break("cashier>stripe", status=503, body="no healthy upstream", mesh="sidecar", flags="UH no_healthy_upstream"),
    )
    label = internal(
        "edge/outbound-gateway",
        "scaled_to_zero",
        ("scale_up",),
        "Our sidecars answer 503 UH by themselves because our outbound"
        " gateway has no replicas since a manual scale; Stripe was never reached.",
        modes=("proxy_down", "egress_down"),
        components=("edge/outbound",),
        must_not=("contact_vendor", "restart@booking/cashier"),
    )
    question = (
        "Checkout gives 502 since twenty past six. The mesh shows 503s on calls to Stripe. Do we open a "
        "ticket with them?"
    )
    return run(
        scene,
        "gateway-gone",
        "503s on outbound traffic, second case",
        question,
        label,
        family="network",
        refs=("edge/outbound-gateway", "booking/cashier"),
    )


def _everything_outside() -> Run:
    scene = Scene("n2", "2026-03-16T10:44:00Z", "booking", "fulfilment", "data")
    scene.traffic(-880, 0, step=80)
    breaks = [Break(hop, "connect_timeout") for hop in VENDOR_HOPS]
    scene.traffic(0, 715, *breaks, step=85)
    label = internal(
        None,
        "egress_down",
        ("repair_node", "fix_network_policy", "collect_more_evidence"),
        "Stripe, Google Maps, SendGrid and"
        " Twilio all time out at once from every pod and node, while calls inside the network work: our way out.",
        modes=("network_policy_blocks",),
        must_not=("contact_vendor", "restart@booking/cashier", "rollback@booking/cashier"),
    )
    question = "Payments, mails and the sailings search all broke around quarter to eleven. Which vendor is it?"
    return run(
        scene,
        "all-outside",
        "Payments, mails and search break together",
        question,
        label,
        family="network",
        namespace=None,
        refs=("booking/cashier", "fulfilment/messenger"),
    )


def _one_node() -> Run:
    scene = Scene("n3", "2026-03-17T21:08:00Z", "booking", "data")
    scene.traffic(-880, 0, step=45)
    breaks = [Break(hop, "connect_timeout", node="hl-node-b") for hop in ("cashier>stripe", "timetable>maps")]
    scene.traffic(0, 715, *breaks, step=34)
    label = internal(
        "node/hl-node-b",
        "egress_down",
        ("repair_node", "fix_scheduling"),
        "Stripe and Google Maps are unreachable only from"
        " pods on hl-node-b; their twins on hl-node-a reach both, so the way out of that node is broken.",
        modes=("packet_loss", "network_delay", "node_component_down", "node_not_ready"),
        must_not=("contact_vendor", "rollback@booking/cashier"),
    )
    question = "Roughly half of the payments time out since nine tonight, retrying often helps. Is Stripe flaky?"
    return run(
        scene,
        "one-node-egress",
        "Half of the payments time out",
        question,
        label,
        family="network",
        refs=("booking/cashier", "booking/timetable-server"),
    )


def _behind_the_mesh() -> Run:
    scene = Scene("v5", "2026-03-06T18:20:00Z", "booking", "data", "mesh")
    _plain_stripe(scene)
    scene.traffic(-880, 0, step=66)
    body = '{"error":{"type":"api_error","message":"An error occurred internally with Stripe"}}'
    scene.traffic(0, 715, Break("cashier>stripe", status=503, body=body, flags="- via_upstream"), step=50)
    label = external(
        "api.stripe.com",
        "dependency_errors",
        "The outbound gateway reached Stripe and passed its 503 on (via_upstream, no"
        " response flag); gateway and sidecars are healthy.",
        modes=("dependency_unavailable",),
        must_not=("restart@edge/outbound-gateway", "restart@booking/cashier", "rollback@booking/cashier"),
    )
    question = "Checkout gives 502 since twenty past six. The mesh shows 503s on outbound traffic. Is it our gateway?"
    return run(scene, "stripe-503-via-upstream", "503s on outbound traffic, first case", question, label)


def _plain_stripe(scene: Scene) -> None:
    """In the mesh the cashier speaks HTTP to its sidecar and the gateway adds TLS."""
    scene.fleet.get("ConfigMap", "booking/cashier-env")["data"]["STRIPE_API_BASE"] = "http://api.stripe.com"
