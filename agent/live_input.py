"""The sources of a live diagnosis."""

from agent.incident import Incident
from agent.sweep import HISTORY, LIVE
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.requests import Bounds
from tools.redact import redacted
from tools.source import Sources

_DEFAULT_NAMESPACE = "default"


def open_cluster(incident: Incident, kubeconfig: str | None, context: str | None, *, keep: bool = False) -> Sources:
    """The cluster of a kubeconfig context, for one incident; nothing is sent to it yet. `keep` is for a recording.

    Raises:
        InputError: the kubeconfig or its context is missing or wrong.
    """
    server = connect(kubeconfig, context)
    home = incident.namespace or server.namespace or _DEFAULT_NAMESPACE
    bounds = Bounds(requests=LIVE.requests, seconds=LIVE.seconds or 0.0)
    cluster = LiveCluster(server, [home], incident.start - HISTORY, bounds, keep=keep)
    name = redacted(f"{server.name} ({server.address})")
    return Sources(name=name, now=incident.asked_at, cluster=cluster)
