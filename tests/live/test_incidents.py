"""The seeds' incidents on a cluster of the lab: live verdict, recording, replay, and nothing left to undo."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.lab.cluster.places import Places
from evals.lab.cluster.status import own_kubectl
from evals.lab.experiment.command import Wanted, perform
from evals.lab.experiment.journal import journals
from evals.lint import lint
from tools.errors import InputError

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["incident-6", "incident-3"])
def test_an_incident_is_told_apart_live_and_from_its_recording(running_lab: Places, tmp_path: Path, name: str) -> None:
    said: list[str] = []
    told = perform(Wanted(name, out=tmp_path / "out"), running_lab, said.append)
    assert told.is_right, said
    assert "orders go through again" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert lint(tmp_path / "out" / "run") == []
    assert not journals(running_lab.home)


def test_a_killed_run_is_undone_by_the_next_command(running_lab: Places, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "evals.lab.cli"]
    command = [
        *words,
        "run",
        "incident-6",
        "--home",
        str(running_lab.home),
        "--out",
        str(tmp_path / "out"),
        "--baseline",
        "5",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        _wait_for(lambda: _replicas(running_lab) == "0", 120)
        running.send_signal(signal.SIGKILL)
    assert journals(running_lab.home)
    done = subprocess.run(
        [*words, "undo", "--home", str(running_lab.home)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "undone: incident-6\n"
    assert _replicas(running_lab) == "1"


def test_ctrl_c_undoes_at_once(running_lab: Places, tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "evals.lab.cli",
        "run",
        "incident-6",
        "--home",
        str(running_lab.home),
        "--baseline",
        "5",
    ]
    command = [*words, "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        _wait_for(lambda: _replicas(running_lab) == "0", 120)
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(60) == 130
    assert not journals(running_lab.home)
    assert _replicas(running_lab) == "1"


def _replicas(running_lab: Places) -> str:
    try:
        return own_kubectl(running_lab)(
            *("-n", "sock-shop", "get", "deployment", "stripe-mock", "-o", "jsonpath={.spec.replicas}")
        )
    except InputError:
        return ""


def _wait_for(true: object, seconds: float) -> None:
    end = time.monotonic() + seconds
    assert callable(true)
    while not true():
        assert time.monotonic() < end
        time.sleep(0.3)
