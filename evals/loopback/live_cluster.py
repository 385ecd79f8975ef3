"""A served run's cluster, asked over HTTP as the engine asks a live one."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.incident import Incident
from evals.loopback.api_server import ApiServer
from tools.evidence import HISTORY
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.requests import DEFAULT, Bounds


@contextmanager
def live_cluster(
    server: ApiServer, incident: Incident, bounds: Bounds = DEFAULT, *, keep: bool = False
) -> Iterator[LiveCluster]:
    """The cluster behind a running server, for one sweep about the incident; `keep` is for a recording."""
    homes = [incident.namespace] if incident.namespace else []
    with tempfile.TemporaryDirectory() as folder:
        config = server.kubeconfig(Path(folder, "kubeconfig"))
        with closing(connect(str(config), None)) as connection:
            yield LiveCluster(connection, homes, incident.start - HISTORY, bounds, keep=keep)
