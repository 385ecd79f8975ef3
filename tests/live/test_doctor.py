"""The checkup on a real API server: what it says is missing is, and the commands that it prints grant it."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.lab.cluster.places import Places
from evals.lab.cluster.status import own_kubectl

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
ROOT = Path(__file__).parents[2]


def _account(lab: Places, name: str, folder: Path) -> Path:
    """The kubeconfig of a new service account without any right."""
    kubectl = own_kubectl(lab)
    kubectl("create", "serviceaccount", name, "-n", "default")
    assert kubectl.kubeconfig is not None
    config = yaml.safe_load(kubectl.kubeconfig.read_text(encoding="utf-8"))
    for user in config["users"]:
        user["user"] = {"token": kubectl("create", "token", name, "-n", "default").strip()}
    place = folder / name
    place.write_text(yaml.safe_dump(config), encoding="utf-8")
    return place


def _examined(config: Path) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "agent.cli", "doctor", "-n", "default", "--kubeconfig", str(config)]
    done = subprocess.run([*command, "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, [one for one in checks if one["system"] == "kubernetes"]


def _granted(lab: Places, checks: list[dict[str, Any]]) -> None:
    kubectl = own_kubectl(lab)
    for one in checks:
        for command in one["do"].split(" && ") if one["do"].startswith("kubectl create") else ():
            kubectl(*shlex.split(command)[1:])


def test_an_account_without_rights_gets_them_by_the_commands_that_are_printed(
    running_lab: Places, tmp_path: Path
) -> None:
    config = _account(running_lab, "nobody-yet", tmp_path)
    status, checks = _examined(config)
    assert status == 2
    assert [one["name"] for one in checks if one["state"] == "missing"] == ["objects", "logs"]
    _granted(running_lab, checks)
    status, checks = _examined(config)
    assert (status, {one["state"] for one in checks}) == (0, {"ok", "warning"})
    _granted(running_lab, checks)
    status, checks = _examined(config)
    assert (status, {one["state"] for one in checks}) == (0, {"ok"})


@pytest.mark.parametrize(("role", "said"), [("edit", "create pods/exec"), ("cluster-admin", "everything")])
def test_an_account_that_could_change_something_is_warned_about(
    role: str, said: str, running_lab: Places, tmp_path: Path
) -> None:
    config = _account(running_lab, f"who-{role}", tmp_path)
    who = f"--serviceaccount=default:who-{role}"
    own_kubectl(running_lab)("create", "clusterrolebinding", f"who-{role}", f"--clusterrole={role}", who)
    _, checks = _examined(config)
    [warned] = [one for one in checks if one["name"] == "read-only"]
    assert warned["state"] == "warning"
    assert said in warned["said"]
