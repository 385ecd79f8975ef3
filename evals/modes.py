"""The page of failure modes: what each means, what shows it, its labelled runs, and how many are answered right."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from agent.diagnosis import Diagnosis
from agent.failure_modes import FailureMode, failure_modes
from agent.run_input import load_run
from evals.agents import agents_named
from evals.progress import Listener
from evals.run import Label, load_labelled
from evals.score import score_run

_JUDGED = ("verdict", "component", "failure_mode", "detail")
_HEAD = """\
# Failure modes

Every cause that the engine can name, by group. A run counts as right when everything that its label scores of verdict,
component, failure mode and detail is right; a label may allow more than one mode, and a mode can be allowed on other
runs than those named beside it. `faultside show mode ID` tells each from its neighbours and says what to do.

Written by `make modes` from `agent/failure_modes.yaml` and the engine's answers to `evals/runs`; a test keeps it in
step. The figures of the outside benchmark come from `faultside-evals benchmark cloud-opsbench DIR`.
"""
_COLUMNS = "| failure mode | meaning | seen in | labelled runs | right |\n|---|---|---|---|---|"


class Answered(Struct, frozen=True):
    """One labelled run and the engine's answer to it.

    Attributes:
        named: The mode and detail of the leading cause, or what a `no_fault` calls itself.
        right: Whether all is right that the label scores.
    """

    run: str
    label: Label
    named: tuple[str | None, str | None]
    right: bool


def answers(folders: Sequence[Path], listener: Listener) -> list[Answered]:
    """The engine's answers to all labelled runs.

    Raises:
        InputError: a run can't be read.
    """
    engine = agents_named(["engine"])["engine"]
    found = []
    for number, folder in enumerate(folders, 1):
        run = load_labelled(folder)
        listener.step(number, len(folders), run.id)
        if run.label is not None:
            diagnosis = engine(load_run(folder))
            found.append(Answered(run.id, run.label, _named(diagnosis), _right(diagnosis, run.label)))
    return found


def page(found: Iterable[Answered]) -> str:
    """The page as Markdown."""
    of_mode: dict[str, list[Answered]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.run):
        if one.label.failure_mode is not None:
            of_mode[one.label.failure_mode].append(one)
    lines, group = [_HEAD], ""
    for mode in failure_modes().values():
        if mode.group != group:
            group = mode.group
            lines += [*([""] if len(lines) > 1 else []), f"## {group}", "", _COLUMNS]
        lines += _rows(mode, of_mode[mode.id])
    return "\n".join(lines) + "\n"


def _rows(mode: FailureMode, found: list[Answered]) -> list[str]:
    rows = [_row(f"`{mode.id}`", mode.means, ", ".join(mode.seen_in), found)]
    for detail, means in mode.details.items():
        rows.append(_row(f"— {detail}", means, "", [one for one in found if one.label.detail == detail]))
    return rows


def _row(name: str, means: str, seen_in: str, found: list[Answered]) -> str:
    score = f"{sum(one.right for one in found)} of {len(found)}" if found else "-"
    return f"| {name} | {means} | {seen_in} | {' '.join(one.run for one in found)} | {score} |"


def _named(diagnosis: Diagnosis) -> tuple[str | None, str | None]:
    return diagnosis.failure_mode, diagnosis.causes[0].detail if diagnosis.causes else None


def _right(diagnosis: Diagnosis, label: Label) -> bool:
    scores = score_run(diagnosis, label, seconds=0.0)
    return all(scores[name].value in {None, 1.0} for name in _JUDGED)
