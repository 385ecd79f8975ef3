"""What the shipped role lets faultside read on a real API server, and what is told when it is less."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.lab.cluster.keys import Keys, kubeconfig
from evals.lab.cluster.places import Places
from evals.lab.cluster.state import read_state
from evals.lab.cluster.status import own_kubectl
from evals.lab.experiment.shop import stage
from evals.lab.experiment.target import Target
from evals.lab.kubectl import Kubectl, wait_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
Bind = Callable[..., None]
ROOT = Path(__file__).parents[2]
ROLE = ROOT / "deploy" / "rbac.yaml"
CRASHES = """
apiVersion: v1
kind: Pod
metadata: {name: batch, namespace: sock-shop}
spec:
  containers:
    - name: batch
      image: docker.io/library/sock-shop-payment-gateway:v2
      imagePullPolicy: IfNotPresent
      env: [{name: PORT, value: eighty}]
"""


@pytest.fixture(scope="module")
def kubectl(running_lab: Places) -> Kubectl:
    found = own_kubectl(running_lab)
    stage(Target("the lab", found, running_lab.built, own=True), ("shop", "payment", "gateway"))
    return found


@pytest.fixture
def reader(running_lab: Places, tmp_path: Path) -> Path:
    """The kubeconfig of somebody who may do nothing until a role is bound."""
    state = read_state(running_lab.state)
    assert state is not None
    place = tmp_path / "kubeconfig"
    keys = Keys(running_lab.cluster / "keys")
    place.write_text(kubeconfig(keys, "reader", f"https://127.0.0.1:{state.ports['kubernetes']}"), encoding="utf-8")
    return place


@pytest.fixture
def bound(kubectl: Kubectl) -> Iterator[Bind]:
    """Binds the shipped role, or what is left of it, to the reader."""

    def bind(*without: str) -> None:
        role = next(one for one in yaml.safe_load_all(ROLE.read_text(encoding="utf-8")) if one["kind"] == "ClusterRole")
        for rule in role["rules"]:
            rule["resources"] = [one for one in rule["resources"] if one not in without]
        role["rules"] = [rule for rule in role["rules"] if rule["resources"]]
        kubectl.apply(yaml.safe_dump(role))
        kubectl("create", "clusterrolebinding", "reader", f"--clusterrole={role['metadata']['name']}", "--user=reader")

    yield bind
    kubectl("delete", "clusterrolebinding", "reader", "--ignore-not-found")
    kubectl("delete", "clusterrole", "faultside", "--ignore-not-found")


def asked(kubeconfig: Path, question: str = "Can customers order?") -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "agent.cli",
        "diagnose",
        question,
        "-n",
        "sock-shop",
        "--kubeconfig",
        str(kubeconfig),
    ]
    command += ["--format", "json", "--since", "2m"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refused(found: dict[str, Any]) -> set[str]:
    """What the API server refused, by kind."""
    return {one["id"].split("/")[-1] for one in found["evidence"] if one["status"] == "denied"}


@pytest.mark.usefixtures("kubectl")
def test_who_may_read_nothing_is_told_so_and_nobody_is_called_healthy(reader: Path) -> None:
    found = asked(reader)
    assert found["verdict"] == "inconclusive"
    assert "forbidden" in json.dumps(found)


def test_the_shipped_role_is_enough(reader: Path, bound: Bind) -> None:
    bound()
    found = asked(reader)
    assert refused(found) == set()
    assert "forbidden" not in json.dumps(found)
    assert found["verdict"] == "no_fault"


def test_half_of_the_role_leaves_named_gaps_and_no_health(reader: Path, bound: Bind) -> None:
    bound("pods/log", "events", "endpointslices", "endpoints")
    found = asked(reader)
    assert found["verdict"] == "inconclusive"
    told = json.dumps(found["gaps"]) + json.dumps(found["evidence"])
    for what in ("pods/log", "endpointslices", "events"):
        assert what in told


def test_a_crashed_containers_last_words_are_read_whatever_the_kubelet_says_meanwhile(
    kubectl: Kubectl, reader: Path, bound: Bind, tmp_path: Path
) -> None:
    bound()
    kubectl.apply(CRASHES)
    restarts = ("-n", "sock-shop", "get", "pod", "batch", "-o", "jsonpath={.status.containerStatuses[0].restartCount}")
    try:
        wait_until(lambda: int(kubectl(*restarts) or 0) >= 2, "the pod was restarted", 120, 1.0)
        question = "Why does batch not start?"
        found = asked(reader, question)
        command = [
            sys.executable,
            "-m",
            "agent.cli",
            "record",
            question,
            "-n",
            "sock-shop",
            "--kubeconfig",
            str(reader),
        ]
        subprocess.run([*command, "--out", str(tmp_path / "run")], cwd=ROOT, capture_output=True, check=True)
    finally:
        kubectl("-n", "sock-shop", "delete", "pod", "batch", "--wait=false")
    assert (found["verdict"], found["component"]) == ("internal", "sock-shop/pod/batch")
    logs = (tmp_path / "run" / "logs" / "sock-shop" / "batch").glob("*.log")
    assert any("unknown port" in log.read_text(encoding="utf-8") for log in logs)
