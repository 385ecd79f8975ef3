"""What a live sweep of a big cluster costs: seconds, requests and memory, against the loopback API server.

The server runs in a process of its own: `python -m evals.benchmarks.live`, or `make live-speed`.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.incident import Incident
from agent.sweep import LIVE, sweep
from evals.benchmarks.big_cluster import STARTED, big_cluster, place
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import Connection, connect
from tools.source import Sources

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

DEPLOYMENTS, PODS_EACH = 500, 10


class Counted:
    """A connection that counts what passes."""

    def __init__(self, server: Connection) -> None:
        """Count nothing yet."""
        self._server = server
        self.name, self.namespace, self.address = server.name, server.namespace, server.address
        self.lists = self.logs = 0

    def get(self, path: str, query: Mapping[str, str], connect: float, read: float) -> "BaseHTTPResponse":
        """Count and pass on."""
        if path.endswith("/log"):
            self.logs += 1
        else:
            self.lists += 1
        return self._server.get(path, query, connect, read)

    def close(self) -> None:
        """Pass on."""
        self._server.close()


def serve(kubeconfig: Path) -> None:
    """Serve the big cluster until stdin is closed."""
    with ApiServer(Answers(big_cluster(DEPLOYMENTS, PODS_EACH))) as server:
        server.kubeconfig(kubeconfig)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


def measure(kubeconfig: Path) -> list[tuple[str, str]]:
    """One sweep, from the first import to the last log line."""
    start = time.perf_counter()
    counted = Counted(connect(str(kubeconfig), None))
    connected = time.perf_counter()
    namespace, name = place(DEPLOYMENTS // 2)
    now = STARTED + timedelta(hours=1)
    incident = Incident(
        question=f"{name} fails", namespace=namespace, start=now - timedelta(minutes=30), end=now, asked_at=now
    )
    cluster = LiveCluster(counted, [namespace])
    busy = time.process_time()
    snapshot = sweep(incident, Sources(name="loopback", now=now, cluster=cluster), LIVE)
    swept, busy = time.perf_counter(), time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        ("pods, deployments read", f"{len(snapshot.pods):,}, {len(snapshot.objects['Deployment']):,}"),
        ("library loaded and configured", f"{connected - start:.2f} s"),
        ("sweep", f"{swept - connected:.2f} s"),
        ("sweep, CPU time of this process", f"{busy:.2f} s"),
        ("requests", str(counted.lists + counted.logs)),
        ("  lists", str(counted.lists)),
        ("  logs (near the symptom)", str(counted.logs)),
        ("largest memory of the process", f"{peak:.0f} MB"),
        ("gaps", ", ".join(gap.id for gap in snapshot.gaps) or "none"),
    ]


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        kubeconfig = Path(folder, "kubeconfig")
        command = [sys.executable, "-m", "evals.benchmarks.live", "--serve", str(kubeconfig)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own command
            server.stdout.readline()  # type: ignore[union-attr]
            rows = measure(kubeconfig)
            server.stdin.close()  # type: ignore[union-attr]
    sys.stdout.write("".join(f"{what:<40}{found:>16}\n" for what, found in rows))


if __name__ == "__main__":
    main()
