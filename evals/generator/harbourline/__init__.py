"""Harbourline, a ferry ticket shop: an invented application of another stack, with faults on all sides."""

from evals.generator.harbourline import (
    admission,
    backends,
    contracts,
    credentials,
    daemons,
    database,
    delays,
    images,
    load,
    mesh,
    network,
    nodes,
    placement,
    quiet,
    rates,
    releases,
    stores,
    timing,
    trust,
    vendors,
    wiring,
)
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
    """All runs of the ferry shop."""
    return [
        run
        for part in (
            admission,
            backends,
            contracts,
            credentials,
            daemons,
            database,
            delays,
            images,
            load,
            mesh,
            network,
            nodes,
            placement,
            quiet,
            rates,
            releases,
            stores,
            timing,
            trust,
            vendors,
            wiring,
        )
        for run in part.runs()
    ]
