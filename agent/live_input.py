"""The sources of a live diagnosis."""

from agent.boundary import Boundary
from agent.incident import Incident
from agent.live_datadog import with_datadog
from agent.live_prometheus import with_prometheus
from agent.providers import catalogue
from agent.settings import StatusSettings, read
from agent.sweep import LIVE
from tools.evidence import HISTORY
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.requests import Bounds
from tools.outbound.fetch import Outbound
from tools.outbound.guard import Guard, origins_of
from tools.redact import redacted
from tools.source import Sources, StatusSource
from tools.status_feeds import MAX_BYTES
from tools.status_feeds.live import LiveStatus

_DEFAULT_NAMESPACE = "default"

LATER = Bounds(requests=200, seconds=86_400.0, call_seconds=8.0)
"""For questions after the sweep: each has a clock of its own, and whoever asks them counts them."""


def open_status(
    boundary: Boundary, switched_on: bool | None = None, seconds: float | None = LIVE.seconds
) -> StatusSource | None:
    """Providers' status feeds, where somebody switched them on; None says that the environment decides.

    Raises:
        InputError: the environment's setting is none.
    """
    said = read(StatusSettings)
    if not (said.feeds if switched_on is None else switched_on):
        return None
    known = (*boundary.third_parties, *catalogue().providers)
    guard = Guard(origins_of(one.status.url for one in known if one.status), loopback=said.loopback)
    return LiveStatus(Outbound(guard=guard, most_bytes=MAX_BYTES), seconds or 0.0)


def open_cluster(incident: Incident, kubeconfig: str | None, context: str | None, *, keep: bool = False) -> Sources:
    """The cluster of a kubeconfig context and what the environment names beside it; nothing is sent to them yet.

    `keep` is for a recording.

    Raises:
        InputError: the kubeconfig or its context is missing or wrong, or a variable is.
    """
    server = connect(kubeconfig, context)
    home = incident.namespace or server.namespace or _DEFAULT_NAMESPACE
    bounds = Bounds(requests=LIVE.requests, seconds=LIVE.seconds or 0.0)
    cluster = LiveCluster(server, [home], incident.start - HISTORY, bounds, keep=keep)
    later = LiveCluster(server, [home], bounds=LATER)
    name = redacted(f"{server.name} ({server.address})")
    sources = Sources(name=name, now=incident.asked_at, cluster=cluster, later=later)
    return with_datadog(with_prometheus(sources), incident)
