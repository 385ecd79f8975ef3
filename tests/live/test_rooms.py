"""Several clusters on one machine, and one whose owner is killed: the namespaces and what is mounted there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evals.lab.build import app, built
from evals.lab.cluster.down import take_down
from evals.lab.cluster.mount_points import mounted
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import PRIVATE, Furniture, Room, open_room
from evals.lab.cluster.state import State, read_state
from evals.lab.kubectl import wait_until
from tests.live.conftest import ROOT, own_lab

pytestmark = pytest.mark.live
WANTED = "/run/faultside-lab-tests"
"""A folder that no machine has."""


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[tuple[Places, Places]]:
    with ExitStack() as stack:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        yield stack.enter_context(own_lab(tmp_path / "one")), stack.enter_context(own_lab(tmp_path / "two"))


def a_room(lab: Places) -> Room:
    """Namespaces without a Kubernetes in them."""
    for name in ("logs", "wanted"):
        (lab.cluster / name).mkdir(parents=True)
    init = built(app("pause"), lab.built, lambda _: None)
    return open_room(lab, State(cgroup=lab.mark), init, Furniture({}, {WANTED: lab.cluster / "wanted"}))


def test_a_cluster_that_goes_leaves_the_others_mounts_and_the_last_one_nothing(labs: tuple[Places, Places]) -> None:
    one, two = labs
    a_room(one)
    other = a_room(two)
    assert take_down(one)
    there = {line.split()[4] for line in Path(f"/proc/{other.first.pid}/mountinfo").read_text().splitlines()}
    assert {*PRIVATE, WANTED} <= there
    assert take_down(two)
    assert not Path(WANTED).exists()


def test_a_folder_that_was_there_stays(labs: tuple[Places, Places]) -> None:
    Path(WANTED).mkdir()
    try:
        a_room(labs[0])
        assert WANTED in mounted()
        assert take_down(labs[0])
        assert list(Path(WANTED).iterdir()) == []
    finally:
        Path(WANTED).rmdir()


def test_nobody_waits_outside_for_a_daemon_that_is_stopped(labs: tuple[Places, Places]) -> None:
    lab, _ = labs
    name = "73537.5"
    daemon = a_room(lab).start(["sleep", name], lab.cluster / "logs" / "sleep.log")
    os.kill(daemon, signal.SIGSTOP)
    time.sleep(0.2)
    os.kill(daemon, signal.SIGCONT)
    assert take_down(lab)
    done = subprocess.run(["pgrep", "-f", name], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_a_killed_runs_cluster_goes_with_it(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\nfrom tests.live.conftest import own_lab\nfrom tests.live.test_rooms import a_room\n"
        "with own_lab(pathlib.Path(sys.argv[1])) as lab:\n    a_room(lab)\n    print(lab.home, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    lab = Places(Path(done.stdout.strip()))
    wait_until(lambda: read_state(lab.state) is None, "the cluster is down", 20)
    assert not lab.cluster.exists()
