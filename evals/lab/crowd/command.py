"""`faultside-lab crowd`: simulated pods on the lab's cluster, a live sweep of them, and everything away again."""

import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from evals.benchmarks.live import Cost
from evals.lab.build import KWOK, built
from evals.lab.cluster.places import Places
from evals.lab.cluster.state import memory
from evals.lab.cluster.status import own_kubectl
from evals.lab.cluster.up import up
from evals.lab.crowd.kwok import simulated
from evals.lab.crowd.objects import LABEL, manifests
from evals.lab.experiment.journal import Entry, Journal, journal_of
from evals.lab.kubectl import Kubectl, wait_until
from tools.errors import InputError

PODS_EACH = 10
_SWEEPS = 3
_SECONDS, _REQUESTS, _MEMORY = 3.0, 40, 300.0
"""The bars: seconds and MB have to be below, requests may be as many."""
_MB = 2**20 / 1e6
_READY_WITHIN = 900.0
_STATES = ("-n", "monitoring", "scale", "deployment/kube-state-metrics")
_UNDO = (
    ("delete", "namespaces", "--selector", LABEL, "--wait=false"),
    ("delete", "nodes", "--selector", LABEL, "--wait=false"),
    (*_STATES, "--replicas=1"),
)

Tell = Callable[[str], None]


class Measured(Struct, frozen=True):
    """What the sweeps took.

    Attributes:
        load: Processes that wanted a core in the minute before the last sweep.
        cluster: MiB of the whole cluster.
    """

    costs: list[Cost]
    load: float
    cluster: int

    @property
    def seconds(self) -> float:
        """Of the one in the middle."""
        return statistics.median(cost.seconds for cost in self.costs)

    @property
    def requests(self) -> int:
        """The most."""
        return max(cost.requests for cost in self.costs)

    @property
    def peak(self) -> float:
        """The most, in MB."""
        return max(cost.peak for cost in self.costs) * _MB

    @property
    def is_good(self) -> bool:
        """Whether all bars are met by sweeps that read all pods."""
        if any("kubernetes/pod" in gap for cost in self.costs for gap in cost.gaps):
            return False
        return self.seconds < _SECONDS and self.requests <= _REQUESTS and self.peak < _MEMORY

    def text(self) -> str:
        """A table."""
        each = ", ".join(f"{cost.seconds:.2f}" for cost in self.costs)
        last = self.costs[-1]
        rows = [
            ("pods, deployments read", f"{last.pods:,}, {last.deployments:,}", ""),
            ("sweep", f"{self.seconds:.2f} s (of {each})", f"< {_SECONDS:g} s"),
            ("  CPU time of faultside", f"{last.busy:.2f} s", ""),
            ("requests", f"{self.requests} ({last.lists} lists, {last.logs} logs)", f"<= {_REQUESTS}"),
            ("largest memory", f"{self.peak:.0f} MB", f"< {_MEMORY:g} MB"),
            ("gaps", _counted(last.gaps), ""),
            ("memory of the cluster", f"{self.cluster:,} MiB", ""),
            ("load of the machine", f"{self.load:.1f}", ""),
        ]
        lines = [f"{name:<26}{found:<34}{bar}".rstrip() + "\n" for name, found, bar in rows]
        return "".join(lines) + ("all bars are met\n" if self.is_good else "a bar is missed\n")


def _counted(gaps: Sequence[str]) -> str:
    """Gaps by what they are of: the logs that were not read differ from sweep to sweep."""
    found = Counter("logs" if gap.startswith("gap/logs/") else gap for gap in gaps)
    return ", ".join(f"{gap} ({number})" if gap == "logs" else gap for gap, number in found.items()) or "none"


def crowd(places: Places, deployments: int, tell: Tell) -> Measured:
    """Measure live sweeps of a cluster with ten simulated pods for each deployment.

    Only the lab's own cluster is used: nodes are nobody's namespace.

    Raises:
        InputError: this machine can't, or the pods were not ready in time.
    """
    program = built(KWOK, places.built, tell)
    state = up(places, tell)
    if state.room is None:
        raise InputError("cluster up", None, "the cluster has just ended")
    kubectl = own_kubectl(places)
    journal = journal_of(places.home, kubectl)
    with journal.held(), simulated(program, state.room, places), gathered(kubectl, journal, tell):
        _gather(kubectl, deployments, tell)
        costs = [_swept(places.kubeconfig, deployments // 2) for _ in range(_SWEEPS)]
        measured = Measured(costs, os.getloadavg()[0], memory(state.room))
        tell(f"swept {_SWEEPS} times")
    return measured


@contextmanager
def gathered(kubectl: Kubectl, journal: Journal, tell: Tell) -> Iterator[None]:
    """Whatever happens in it, the crowd is gone afterwards; what an earlier one left goes first."""
    if journal.undo() is not None:
        _wait_until_gone(kubectl)
    journal.write(Entry("crowd", str(kubectl.program), str(kubectl.kubeconfig), kubectl.context, "default", _UNDO))
    try:
        # Its stand-in lists every pod at every scrape, which is no part of what is measured.
        kubectl(*_STATES, "--replicas=0")
        yield
    finally:
        # The nodes last: kwok ends the pods, but only those of nodes that there are.
        kubectl(*_UNDO[0])
        _wait_until_gone(kubectl)
        journal.undo()
        tell("the crowd is gone")


def _gather(kubectl: Kubectl, deployments: int, tell: Tell) -> None:
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests(deployments, PODS_EACH)})
    kubectl("create", "--validate=false", "-f", "-", given=listed, seconds=_READY_WITHIN)
    tell(f"{deployments} deployments are written")
    available = ("get", "deployments", "-A", "-o", "jsonpath={range .items[*]}{.status.availableReplicas}{'\\n'}{end}")
    wanted = deployments * PODS_EACH

    def ready() -> bool:
        return sum(map(int, kubectl(*available).split())) >= wanted

    took = wait_until(ready, f"{wanted} simulated pods are ready", _READY_WITHIN, 2.0)
    tell(f"{wanted:,} simulated pods are ready, {took:.0f} s later")


def _wait_until_gone(kubectl: Kubectl) -> None:
    left = ("get", "namespaces", "--selector", LABEL, "-o", "name")
    wait_until(lambda: not kubectl(*left).strip(), "the crowd's namespaces are gone", _READY_WITHIN, 2.0)


def _swept(kubeconfig: Path, number: int) -> Cost:
    """One sweep in a process of its own, whose memory is nobody else's."""
    command = [sys.executable, "-m", "evals.benchmarks.live", "--measure", str(kubeconfig), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 - our own
    return msgspec.json.decode(done.stdout, type=Cost)
