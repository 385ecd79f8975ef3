"""kwok: it says of nodes and pods that they run, and answers for their kubelets."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evals.lab.cluster.keys import Keys
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import NODE_ADDRESS, Room
from evals.lab.cluster.state import Process, inside
from evals.lab.crowd.objects import SIMULATED
from evals.lab.kubectl import wait_until

_PORT = 10247
_LINES, _EVERY = 400, timedelta(seconds=5)
_LOGS = """apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {{name: crowd}}
spec: {{logs: [{{logsFile: {log}, follow: false}}]}}
"""


@contextmanager
def simulated(program: Path, room: Process, places: Places) -> Iterator[None]:
    """While it runs, among the cluster's own processes, with which it ends at the latest.

    It has the kubelet's certificate, so that the API server believes it when it asks for the log of a simulated pod.
    """
    _stop(room)  # one that a killed run left
    _start(program, room, places)
    try:
        yield
    finally:
        _stop(room)


def _start(program: Path, room: Process, places: Places) -> None:
    keys, folder = Keys(places.cluster / "keys"), places.cluster / "crowd"
    folder.mkdir(exist_ok=True)
    (folder / "pod.log").write_text(_log(datetime.now(UTC)), encoding="utf-8")
    (folder / "kwok.yaml").write_text(_LOGS.format(log=folder / "pod.log"), encoding="utf-8")
    command: list[str | Path] = [
        program,
        f"--config={folder / 'kwok.yaml'}",
        f"--kubeconfig={keys.kubeconfig('admin')}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={SIMULATED}=fake",
        "--cidr=10.128.0.0/16",
        f"--node-ip={NODE_ADDRESS}",
        f"--node-port={_PORT}",
        f"--server-address=0.0.0.0:{_PORT}",
        f"--tls-cert-file={keys.certificate('kubelet')}",
        f"--tls-private-key-file={keys.key('kubelet')}",
        "--node-lease-duration-seconds=40",
    ]
    Room(room, {}).start(command, places.cluster / "logs" / "kwok.log")


def _stop(room: Process) -> None:
    def running() -> list[int]:
        return [pid for pid, name in inside(room).items() if name == "kwok"]

    for pid in running():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not running(), "kwok has ended", 10)


def _log(now: datetime) -> str:
    """Half an hour of an undisturbed service, as a container runtime writes it."""
    times = [now - _EVERY * number for number in reversed(range(_LINES))]
    return "".join(
        f'{one:%Y-%m-%dT%H:%M:%S}.000000000Z stdout F level=info msg="GET /items/{number}" status=200 took=12ms\n'
        for number, one in enumerate(times)
    )
