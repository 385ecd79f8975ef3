"""The way out of the cluster."""

from evals.generator.kit import Object, later
from evals.generator.kit_changes import deploy
from evals.generator.kit_objects import container, pod_template, service
from evals.generator.kit_run import Run
from evals.generator.sockshop.live import ADDRESS, HOST, live
from evals.generator.sockshop.orders import broken, place
from evals.generator.sockshop.scene import calm, finish, ours

FAMILY = {"family": "our network"}
RESTARTS = ("restart@sock-shop/payment", "scale_up@sock-shop/payment")


def way_out_closed() -> Run:
    """Two vendors that have nothing to do with each other stop answering at the same minute."""
    shop = live("egress", "2025-11-22")
    calm(shop, "09:20", "10:00", placed=4)
    error = f'Post "{HOST}/v1/charges": dial tcp {ADDRESS}:443: i/o timeout'
    agent = shop.cluster.pods("datadog/datadog-agent")[0]["metadata"]["name"]
    for number, clock in enumerate(("10:02:10", "10:04:33", "10:06:20", "10:09:05")):
        place(shop, clock, 30.0 + number, broken(error, 30.0))
        at = later(shop.at(clock), 11)
        text = (
            'Post "https://agent-intake.logs.us5.datadoghq.com./api/v2/logs": dial tcp 34.149.66.137:443: i/o timeout'
        )
        shop.logs.add(
            f"datadog/{agent}",
            "agent",
            at,
            f"{at:%Y-%m-%d %H:%M:%S} UTC | CORE | ERROR | (pkg/logs/client/http/destination.go:408 in "
            f"unconditionalSend) | {text}",
        )
    label = ours(
        "-/node/sockshop-worker",
        "egress_down",
        ("fix_network_policy", "fix_address", "repair_node", "fix_dns", "fix_config"),
        "Stripe and Datadog became unreachable in the same minutes; calls inside the cluster work.",
        unscored=("component", "remediation"),
    )
    return finish(
        shop,
        ("10:00", "10:12"),
        "Payments and telemetry stop together",
        label,
        question="Payments hang since ten, and our dashboards stopped updating. Is the payment provider down?",
        metrics=("payment",),
        **FAMILY,
    )


def proxy_gone() -> Run:
    """Payment goes out through our proxy, which has no replicas."""
    shop = live("proxy", "2025-11-22")
    made = shop.at("2025-11-17T07:00:00Z")
    template = pod_template(
        {"name": "egress-proxy"}, container("squid", "docker.io/ubuntu/squid:6.6-24.04_edge", (3128,))
    )
    shop.cluster.put(service("egress-proxy", "sock-shop", made, {"": (3128, 3128)}, "10.96.88.17"))
    deploy(shop.cluster, "egress-proxy", template, made)

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["env"].append({"name": "HTTPS_PROXY", "value": "http://egress-proxy:3128"})

    shop.roll_out("payment", change, "2025-11-17T07:10:00Z")
    calm(shop, "13:20", "14:00", placed=4)
    shop.scale("egress-proxy", 0, "14:01:40", manager="kubectl")
    error = f'Post "{HOST}/v1/charges": proxyconnect tcp: dial tcp 10.96.88.17:3128: connect: connection refused'
    for number, clock in enumerate(("14:03:10", "14:04:52", "14:07:30", "14:09:44")):
        place(shop, clock, 26.0 + number, broken(error, 0.01))
    label = ours(
        "egress-proxy",
        "scaled_to_zero",
        ("scale_up", "rollback"),
        "Our proxy on the way to the vendor has no replicas; the vendor was never reached.",
        modes=("proxy_down",),
        must_not=RESTARTS,
    )
    return finish(
        shop,
        ("14:00", "14:12"),
        "Payments fail at the proxy",
        label,
        question="The shop declines every payment since two o'clock. Is Stripe down?",
        metrics=("payment", "egress-proxy"),
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [way_out_closed(), proxy_gone()]
