"""A second node whose agent falls silent: what the controllers make of it, and what is answered."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.lab.cluster.keys import SECOND
from evals.lab.cluster.places import Places
from evals.lab.cluster.status import own_kubectl
from evals.lab.cluster.up import add_node
from evals.lab.experiment.shop import served, stage
from evals.lab.experiment.target import Target
from evals.lab.kubectl import wait_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
ROOT = Path(__file__).parents[2]
STAY = {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": SECOND}}}}}


def test_a_node_that_falls_silent_is_found_behind_its_pods(running_lab: Places) -> None:
    kubectl = own_kubectl(running_lab)
    target = Target("the lab", kubectl, running_lab.built, own=True)
    stage(target, ("shop", "payment", "gateway"))  # before there is a second node: all but payment stay on the first
    agent = add_node(running_lab, lambda _: None)
    assert add_node(running_lab, lambda _: None) == agent
    target("patch", "deployment/payment", "--type=merge", "-p", json.dumps(STAY))
    target("rollout", "status", "deployment/payment", "--timeout=90s", seconds=100)
    wait_until(lambda: served(target, 8) >= 3, "customers are served from the second node", 60, 0.5)
    ready = ("get", "node", SECOND, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}")
    os.kill(agent, signal.SIGSTOP)
    try:
        wait_until(lambda: kubectl(*ready) == "Unknown", "the node is not ready", 90, 0.5)
        wait_until(lambda: served(target, 4) == 0, "customers are not served", 60, 0.5)
        command = [sys.executable, "-m", "agent.cli", "diagnose", "Can customers order?", *target.options()]
        command += ["--since", "2m", "--mode", "engine", "--format", "json"]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        took = time.monotonic() - begun
        found = json.loads(done.stdout)
    finally:
        os.kill(agent, signal.SIGCONT)
    assert (found["verdict"], found["failure_mode"]) == ("internal", "node_not_ready"), json.dumps(found)[:2000]
    assert SECOND in found["component"]
    assert took < 25  # whose log nobody gives is waited for once, and not until the diagnosis has no time left
