"""Detectors: pure functions from a scene to findings, one file per family.

To add one: write `agent/detectors/<family>.py` with `detect(scene) -> Iterator[Finding]`, and put it into `DETECTORS`.
"""

from collections.abc import Callable, Iterator

from agent.detectors import (
    addresses,
    autoscalers,
    calls,
    capacity,
    clocks,
    containers,
    contract,
    credentials,
    dead_addresses,
    dns,
    duplicates,
    egress,
    empty_services,
    feeds,
    images,
    logins,
    misroutes,
    network,
    nodes,
    one_pod,
    outcomes,
    own_dns,
    policies,
    probes,
    proxies,
    queues,
    quota,
    rates,
    replicas,
    rollout,
    routes,
    sandbox,
    scheduling,
    services,
    serving,
    slow,
    storage,
    store_ports,
    stores,
    tls,
)
from agent.finding import Finding
from agent.scene import Scene

DETECTORS: tuple[Callable[[Scene], Iterator[Finding]], ...] = (
    calls.detect,
    replicas.detect,
    addresses.detect,
    autoscalers.detect,
    capacity.detect,
    clocks.detect,
    containers.detect,
    contract.detect,
    credentials.detect,
    dead_addresses.detect,
    dns.detect,
    duplicates.detect,
    egress.detect,
    empty_services.detect,
    feeds.detect,
    images.detect,
    logins.detect,
    misroutes.detect,
    network.detect,
    nodes.detect,
    one_pod.detect,
    outcomes.detect,
    own_dns.detect,
    policies.detect,
    probes.detect,
    proxies.detect,
    queues.detect,
    quota.detect,
    rates.detect,
    rollout.detect,
    routes.detect,
    sandbox.detect,
    scheduling.detect,
    services.detect,
    serving.detect,
    slow.detect,
    storage.detect,
    store_ports.detect,
    stores.detect,
    tls.detect,
)


def detect_all(scene: Scene) -> list[Finding]:
    """Every finding of every detector, in the table's order."""
    return [finding for detect in DETECTORS for finding in detect(scene)]
