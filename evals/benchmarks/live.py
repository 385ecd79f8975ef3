"""What a live sweep of a big cluster costs: seconds, requests and memory, against the loopback API server.

The server runs in a process of its own: `python -m evals.benchmarks.live`, or `make live-speed`. With
`--measure KUBECONFIG NUMBER` one sweep of a cluster that runs is measured, about the deployment of that number.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

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


class Cost(Struct, frozen=True):
    """What one sweep took: seconds, and the process's largest memory in MiB. `loaded` is the library's import."""

    pods: int
    deployments: int
    loaded: float
    seconds: float
    busy: float
    lists: int
    logs: int
    peak: float
    gaps: tuple[str, ...]

    @property
    def requests(self) -> int:
        """Lists and logs."""
        return self.lists + self.logs

    def rows(self) -> list[tuple[str, str]]:
        """For a table."""
        return [
            ("pods, deployments read", f"{self.pods:,}, {self.deployments:,}"),
            ("library loaded and configured", f"{self.loaded:.2f} s"),
            ("sweep", f"{self.seconds:.2f} s"),
            ("sweep, CPU time of this process", f"{self.busy:.2f} s"),
            ("requests", str(self.requests)),
            ("  lists", str(self.lists)),
            ("  logs (near the symptom)", str(self.logs)),
            ("largest memory of the process", f"{self.peak:.0f} MB"),
            ("gaps", ", ".join(self.gaps) or "none"),
        ]


def measure(kubeconfig: Path, now: datetime, number: int = DEPLOYMENTS // 2) -> Cost:
    """One sweep about the deployment of that number, from the first import to the last log line."""
    start = time.perf_counter()
    counted = Counted(connect(str(kubeconfig), None))
    connected = time.perf_counter()
    namespace, name = place(number)
    incident = Incident(
        question=f"{name} fails", namespace=namespace, start=now - timedelta(minutes=30), end=now, asked_at=now
    )
    cluster = LiveCluster(counted, [namespace])
    busy = time.process_time()
    snapshot = sweep(incident, Sources(name=counted.name, now=now, cluster=cluster), LIVE)
    swept, busy = time.perf_counter(), time.process_time() - busy
    return Cost(
        pods=len(snapshot.pods),
        deployments=len(snapshot.objects["Deployment"]),
        loaded=connected - start,
        seconds=swept - connected,
        busy=busy,
        lists=counted.lists,
        logs=counted.logs,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        gaps=tuple(gap.id for gap in snapshot.gaps),
    )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
        return
    if sys.argv[1:2] == ["--measure"]:
        cost = measure(Path(sys.argv[2]), datetime.now(UTC), int(sys.argv[3]))
        sys.stdout.write(msgspec.json.encode(cost).decode() + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        kubeconfig = Path(folder, "kubeconfig")
        command = [sys.executable, "-m", "evals.benchmarks.live", "--serve", str(kubeconfig)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own command
            server.stdout.readline()  # type: ignore[union-attr]
            rows = measure(kubeconfig, STARTED + timedelta(hours=1)).rows()
            server.stdin.close()  # type: ignore[union-attr]
    sys.stdout.write("".join(f"{what:<40}{found:>16}\n" for what, found in rows))


if __name__ == "__main__":
    main()
