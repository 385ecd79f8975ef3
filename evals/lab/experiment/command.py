"""`faultside-lab run`: the pieces put together."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from evals.lab.cluster.places import Places
from evals.lab.cluster.state import memory
from evals.lab.cluster.status import running
from evals.lab.experiment.fault import load_fault
from evals.lab.experiment.journal import journal_of
from evals.lab.experiment.report import render
from evals.lab.experiment.run import Experiment, Outcome, run
from evals.lab.experiment.target import Target, named_target, own_target
from tools.errors import InputError
from tools.recorder import check_folder


class Wanted(Struct, frozen=True):
    """The command's options as they were typed."""

    fault: str
    out: Path | None = None
    context: str | None = None
    kubeconfig: Path | None = None
    prometheus: str | None = None
    baseline: float = 20.0


class Told(Struct, frozen=True):
    """What is said at the end."""

    text: str
    is_right: bool


def perform(wanted: Wanted, places: Places, tell: Callable[[str], None]) -> Told:
    """Run an experiment, and write its report beside its recording.

    Raises:
        InputError: an option is wrong, or the cluster did not do what it should.
    """
    fault = load_fault(wanted.fault)
    out = wanted.out or Path("out") / "lab" / f"{fault.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    check_folder(out)
    target = _target(wanted, places, tell)
    journal = journal_of(places.home, target.kubectl)
    with journal.held():
        outcome = run(Experiment(fault, target, journal, out, wanted.baseline), tell)
    report = out / "report.md"
    report.write_text(render(outcome, _machine(places, target)), encoding="utf-8")
    (out / "diagnosis.json").write_text(json.dumps(outcome.live.diagnosis, indent=1) + "\n", encoding="utf-8")
    return Told(_text(outcome, report), outcome.is_right)


def _target(wanted: Wanted, places: Places, tell: Callable[[str], None]) -> Target:
    if wanted.context is not None:
        return named_target(places, wanted.kubeconfig, wanted.context, wanted.prometheus)
    for name, value in (("--kubeconfig", wanted.kubeconfig), ("--prometheus", wanted.prometheus)):
        if value is not None:
            raise InputError(name, None, "goes with --context NAME: no cluster is touched that was not named")
    return own_target(places, tell)


def _machine(places: Places, target: Target) -> dict[str, str]:
    state = running(places) if target.own else None
    if state is None or state.room is None:
        return {}
    versions = ", ".join(f"{name} {version}" for name, version in state.versions.items())
    return {"Versions": versions, "Memory of the whole cluster": f"{memory(state.room)} MiB"}


def _text(outcome: Outcome, report: Path) -> str:
    label = outcome.experiment.fault.label
    rows = [
        ("expected", f"{label.verdict}, {label.component or 'nothing'}, {label.failure_mode or 'none'}"),
        ("live", outcome.live.told()),
        ("replay", outcome.replayed.told()),
        ("healed", outcome.healed.told()),
        ("since", outcome.after.told()),
        ("right after", "never" if outcome.right_after is None else f"{outcome.right_after:.1f} s"),
        ("report", str(report)),
        ("recording", str(outcome.experiment.out / "run")),
    ]
    return "".join(f"{name:<12}{value}\n" for name, value in rows)
