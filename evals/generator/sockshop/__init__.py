"""Labelled runs of Sock Shop, the system of the project's first documents."""

from evals.generator.kit_run import Run
from evals.generator.sockshop import (
    benign_runs,
    capacity_runs,
    change_runs,
    config_runs,
    container_runs,
    egress_runs,
    gap_runs,
    gateway_runs,
    key_runs,
    network_runs,
    owned_runs,
    queue_runs,
    restart_runs,
    standin_runs,
    twin_runs,
    vendor_runs,
    zero_runs,
)

DEMO = ("sockshop/r5/during", "sockshop/i3/during")
BOUNDARY = """\
version: 1
third_party:
  - name: Stripe
    hosts: ["api.stripe.com", "*.stripe.com"]
    workloads: ["sock-shop/stripe-mock"]
    images: ["stripe/stripe-mock"]
    status: {kind: statuspage, url: "https://status.stripe.com/api/v2/summary.json"}
    contact: "payments on-call opens a Stripe ticket"
    fallback: "backup gateway behind PAYMENT_GATEWAY_URL"
  - {name: Datadog, hosts: ["*.datadoghq.com"], role: telemetry}
owned:
  - {namespaces: ["sock-shop", "datadog", "monitoring", "kube-system"]}
edges:
  - {from: sock-shop/orders, to: sock-shop/payment}
  - {from: sock-shop/orders, to: sock-shop/shipping}
trust_annotations: ["sock-shop"]
"""


FAMILIES = (
    benign_runs,
    capacity_runs,
    change_runs,
    config_runs,
    container_runs,
    egress_runs,
    gap_runs,
    gateway_runs,
    key_runs,
    network_runs,
    owned_runs,
    queue_runs,
    restart_runs,
    standin_runs,
    twin_runs,
    vendor_runs,
    zero_runs,
)


def runs() -> list[Run]:
    """All of them, family by family."""
    return [run for family in FAMILIES for run in family.runs()]
