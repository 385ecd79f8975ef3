"""Harbourline, a ferry ticket shop: an invented application of another stack than Sock Shop, on all sides of the boundary."""

from evals.generator.harbourline import answers, load, network, platform, quiet, stores, vendors
from evals.generator.kit_run import Run

DEMO: list[str] = []
BOUNDARY = """\
version: 1
third_party:
  - name: Stripe
    hosts: ["api.stripe.com", "*.stripe.com"]
    status: {kind: statuspage, url: "https://status.stripe.com/api/v2/summary.json"}
    contact: "the payments rota opens a ticket in the Stripe dashboard"
    fallback: "hold seats for 24 h and collect the payment later"
  - name: Twilio
    hosts: ["api.twilio.com", "*.twilio.com"]
    status: {kind: statuspage, url: "https://status.twilio.com/api/v2/summary.json"}
owned:
  - {namespaces: ["booking", "fulfilment", "data", "edge"]}
"""


def runs() -> list[Run]:
    return [run for part in (vendors, network, answers, stores, platform, load, quiet) for run in part.runs()]
