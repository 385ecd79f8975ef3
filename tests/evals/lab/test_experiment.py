"""What an experiment does to a cluster, with a program in kubectl's place that keeps what it was told."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from evals.lab.cluster.places import Places, places
from evals.lab.experiment.command import Wanted, perform
from evals.lab.experiment.fault import load_fault
from evals.lab.experiment.journal import Entry, Journal, journal_of, journals
from evals.lab.experiment.labelled import add_label
from evals.lab.experiment.target import named_target
from evals.lab.kubectl import Kubectl
from tools.errors import InputError

ROOT = Path(__file__).parents[3]
RUN = ROOT / "evals" / "runs" / "sockshop" / "r-2a6171"
FOREIGN = '{"metadata": {"name": "sock-shop", "labels": {"team": "shop"}}}'


@pytest.fixture
def kubectl(tmp_path: Path) -> Path:
    """It says what lies in `says`, fails where `fails` lies, and writes down its words."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/told
[ ! -e {tmp_path}/fails ] || {{ cat {tmp_path}/fails >&2; exit 1; }}
case "$*" in
  *get-contexts*) printf 'prod\\nstaging\\n' ;;
  *) [ ! -e {tmp_path}/says ] || cat {tmp_path}/says ;;
esac
"""
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def lab(tmp_path: Path, kubectl: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("PATH", f"{kubectl.parent}:/usr/bin:/bin")
    return places(tmp_path / "lab")


def told(tmp_path: Path) -> list[str]:
    place = tmp_path / "told"
    return place.read_text(encoding="utf-8").splitlines() if place.exists() else []


def entry(kubectl: Path) -> Entry:
    return Entry("incident-6", str(kubectl), None, "staging", "sock-shop", (("scale", "deployment/x", "--replicas=1"),))


def test_what_was_written_down_is_undone_once(tmp_path: Path, kubectl: Path) -> None:
    journal = Journal(tmp_path / "lab" / "journal.json")
    journal.write(entry(kubectl))
    assert journal.undo() == entry(kubectl)
    assert journal.undo() is None
    assert told(tmp_path) == ["--context staging --namespace sock-shop scale deployment/x --replicas=1"]


def test_what_a_cluster_refused_to_undo_stays_written_down(tmp_path: Path, kubectl: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    journal.write(entry(kubectl))
    (tmp_path / "fails").write_text("Error from server (Forbidden): deployments is forbidden", encoding="utf-8")
    with pytest.raises(InputError, match="incident-6 is not undone: Error from server"):
        journal.undo()
    assert journal.read() == entry(kubectl)


def test_what_is_gone_needs_no_undoing(tmp_path: Path, kubectl: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    journal.write(entry(kubectl))
    (tmp_path / "fails").write_text('Error from server (NotFound): namespaces "sock-shop" not found', encoding="utf-8")
    assert journal.undo() == entry(kubectl)
    assert journal.read() is None


@pytest.mark.parametrize("option", [{"kubeconfig": Path("x")}, {"prometheus": "http://127.0.0.1:1"}])
def test_a_cluster_that_was_not_named_is_not_touched(tmp_path: Path, lab: Places, option: dict[str, object]) -> None:
    wanted = Wanted("incident-6", out=tmp_path / "out", **option)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="goes with --context NAME: no cluster is touched that was not named"):
        perform(wanted, lab, lambda _: None)
    assert told(tmp_path) == []


def test_an_unknown_context_is_told_with_those_that_there_are(lab: Places) -> None:
    with pytest.raises(InputError, match="expected one of prod, staging, got 'produ'"):
        named_target(lab, None, "produ", None)


def test_a_namespace_of_somebody_else_is_left_alone(tmp_path: Path, lab: Places) -> None:
    (tmp_path / "says").write_text(FOREIGN, encoding="utf-8")
    with pytest.raises(InputError, match="namespace sock-shop: is not the lab's in context prod; nothing was changed"):
        named_target(lab, None, "prod", None)
    assert not [line for line in told(tmp_path) if " get " not in line and "get-contexts" not in line]


def test_a_named_context_is_named_in_every_call(tmp_path: Path, lab: Places) -> None:
    named_target(lab, tmp_path / "kubeconfig", "prod", None)("get", "pods")
    assert told(tmp_path)[-1] == f"--kubeconfig {tmp_path}/kubeconfig --context prod --namespace sock-shop get pods"


def copy_of_a_run(folder: Path) -> Path:
    subprocess.run(["cp", "-r", str(RUN), str(folder)], check=True)
    head = yaml.safe_load((folder / "run.yaml").read_text(encoding="utf-8"))
    del head["label"]
    (folder / "run.yaml").write_text(yaml.safe_dump({**head, "boundary": {"version": 1}}), encoding="utf-8")
    return folder


def test_a_recording_gets_the_label_of_its_fault(tmp_path: Path) -> None:
    run = copy_of_a_run(tmp_path / "run")
    add_label(run, load_fault("incident-6"))
    label = yaml.safe_load((run / "run.yaml").read_text(encoding="utf-8"))["label"]
    assert (label["verdict"], label["failure_mode"]) == ("external", "scaled_to_zero")


@pytest.mark.parametrize("leak", ["incident 6 begins now", "replicas: scaled_to_zero"])
def test_a_recording_that_gives_itself_away_is_refused(tmp_path: Path, leak: str) -> None:
    run = copy_of_a_run(tmp_path / "run")
    log = next(run.rglob("payment.log"))
    log.write_text(f"2025-11-11T06:37:53.1Z {leak}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"gives the answer away|holds the name"):
        add_label(run, load_fault("incident-6"))


def test_the_command_lists_its_faults() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evals.lab.cli", "faults"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "incident-6" in done.stdout


def test_a_group_of_commands_alone_shows_its_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evals.lab.cli", "cluster"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.count("\n") > 5
    assert done.stderr == ""


def test_each_cluster_has_a_journal_of_its_own(tmp_path: Path, kubectl: Path) -> None:
    ours, theirs = (journal_of(tmp_path, Kubectl(kubectl, None, name)) for name in ("ours", "theirs"))
    ours.write(entry(kubectl))
    assert theirs.read() is None
    assert journals(tmp_path) == [ours]


def test_two_runs_in_one_cluster_are_one_too_many(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    with journal.held(), pytest.raises(InputError, match="another run is under way in this cluster"), journal.held():
        pass
    with journal.held():
        pass


def test_undo_without_anything_to_undo_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evals.lab.cli", "undo", "--home", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.startswith("there was")
