import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.lab.build import COREDNS, KWOK, STRIPE_MOCK, Program, app, built, kubernetes, kubernetes_version
from evals.lab.cluster.down import take_down
from evals.lab.cluster.places import places
from evals.lab.cluster.state import Process, State, read_state, started_at
from evals.lab.cluster.status import status
from tools.errors import InputError


def test_a_process_is_told_from_a_later_one_of_the_same_number() -> None:
    started = started_at(os.getpid())
    assert started is not None
    assert Process(os.getpid(), started).alive()
    assert not Process(os.getpid(), started - 1).alive()


def test_a_process_that_ended_is_gone_before_it_is_collected() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as ended:
        assert ended.stdout is not None
        ended.stdout.read()
        while started_at(ended.pid) is not None:
            pass


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State("group", Process(1, 2), ["/run/x"], {"etcd": 3}, {"kubernetes": 4}, {"kubernetes": "v1"})
    state.save(tmp_path / "deep" / "state.json")
    assert read_state(tmp_path / "deep" / "state.json") == state
    assert read_state(tmp_path / "none.json") is None


def test_a_torn_state_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"cgroup": "gro', encoding="utf-8")
    with pytest.raises(InputError, match=r"state\.json: does not tell what to undo"):
        read_state(tmp_path / "state.json")


def test_down_removes_what_the_state_names_and_nothing_else(tmp_path: Path) -> None:
    lab = places(tmp_path / "lab")
    made, used = tmp_path / "made", tmp_path / "used"
    for folder in (made, used, lab.cluster / "logs", lab.built):
        folder.mkdir(parents=True)
    (used / "somebody's").touch()
    (lab.cluster / "logs" / "etcd.log").write_text("last words", encoding="utf-8")
    State(lab.mark, Process(os.getpid(), 1), [str(made), str(used)]).save(lab.state)
    assert status(lab).startswith("down, with leftovers")
    assert take_down(lab)
    assert not made.exists()
    assert used.exists()
    assert not lab.cluster.exists()
    assert lab.built.exists()
    assert (lab.logs / "etcd.log").read_text(encoding="utf-8") == "last words"
    assert status(lab) == "down\n"
    assert not take_down(lab)


def test_two_labs_have_two_marks(tmp_path: Path) -> None:
    assert places(tmp_path / "one").mark != places(tmp_path / "two").mark
    assert places(tmp_path / "one").mark == places(tmp_path / "x" / ".." / "one").mark


@pytest.mark.parametrize("program", [kubernetes(), COREDNS, STRIPE_MOCK, KWOK])
def test_what_is_built_is_pinned_and_summed(program: Program) -> None:
    pins = [line for line in (program.folder / "go.mod").read_text(encoding="utf-8").splitlines() if " v" in line]
    assert pins
    assert not [line for line in pins if "latest" in line or "../" in line]
    assert (program.folder / "go.sum").stat().st_size > 1000


def test_kubernetes_is_told_its_version() -> None:
    assert kubernetes_version() == "v1.34.4"
    assert ("k8s.io/component-base/version.gitVersion", "v1.34.4") in kubernetes().known


def test_without_go_the_person_is_told_what_to_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"Go 1\.25 or newer has to build the cluster once"):
        built(app("pause"), tmp_path, lambda _: None)


def test_what_is_built_already_needs_no_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tmp_path / "go"
    first.write_text(
        """#!/bin/sh
[ "$1" = env ] && { echo go1.26.0; exit; }
for word; do last=$out; out=$word; done
mkdir -p "${last%/*}"
touch "$last"
"""
    )
    first.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said: list[str] = []
    binary = built(app("pause"), tmp_path / "built", said.append)
    first.unlink()
    monkeypatch.setenv("PATH", "")
    assert built(app("pause"), tmp_path / "built", said.append) == binary
    assert said == ["building pause (once)"]
