"""Runs an external benchmark through `diagnose`, and keeps and prints how well it went."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.diagnose import diagnose, look
from agent.diagnosis import Diagnosis
from evals.adapters.cloud_opsbench import Case, find_cases, labelled, load_case, question
from evals.adapters.cloud_opsbench_labels import OUT_OF_REACH, Prediction, prediction_of
from evals.adapters.cross import Cross, Kept, crossed
from evals.adapters.score import Answered, BenchmarkSummary, LabelScore, Share, summarize
from evals.attempts import Failed, attempt
from evals.progress import Listener
from evals.results import RESULTS, SUMMARY, replace_file
from tools.errors import InputError

CLOUD_OPSBENCH = "cloud-opsbench"
CROSS = "cross.json"
_MOST_ANSWERS = 3


class Chosen(Struct, frozen=True):
    """Which cases of a folder are run: one application's, and evenly spread ones at most."""

    folder: Path
    app: str | None = None
    limit: int | None = None

    def cases(self) -> list[Path]:
        """The folders.

        Raises:
            InputError: there is none.
        """
        found = [case for case in find_cases(self.folder) if self.app in {None, app_of(case)}]
        if not found:
            raise InputError("--app", None, f"no case of {self.app!r} below {self.folder}")
        step = len(found) / min(self.limit or len(found), len(found))
        return [found[int(number * step)] for number in range(round(len(found) / step))]


def app_of(case: Path) -> str:
    """The application that a case is from: each has a namespace of its own."""
    return question(case).namespace


def run_cloud_opsbench(chosen: Chosen, out: Path, listener: Listener) -> BenchmarkSummary:
    """Diagnose the chosen cases, write `results.jsonl` and `summary.json` into `out`.

    Raises:
        InputError: there is no case, or `out` can't be written.
    """
    folders = chosen.cases()
    rows = []
    for number, folder in enumerate(folders, 1):
        listener.step(number, len(folders), folder.name)
        rows.append(_attempt(chosen, folder))
    summary = summarize(CLOUD_OPSBENCH, rows, OUT_OF_REACH)
    replace_file(out / RESULTS, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    replace_file(out / SUMMARY, msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
    return summary


def cross_check(chosen: Chosen, out: Path, listener: Listener) -> Cross:
    """Learn the numbers of the ranking on a part of the cases and try them on the rest; `cross.json` goes to `out`.

    Raises:
        InputError: there is no case, a case is malformed, or `out` can't be written.
    """
    folders, cases = chosen.cases(), []
    for number, folder in enumerate(folders, 1):
        listener.step(number, len(folders), f"reading {folder.name}")
        cases.append(_kept(folder))
    found = crossed(cases, listener)
    replace_file(out / CROSS, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    return found


def _kept(folder: Path) -> Kept:
    case, gold = load_case(folder), labelled(folder)
    scene, findings = look(case.incident, case.sources, case.boundary)
    right = Prediction(gold.fault_object, gold.root_cause)
    return Kept(app_of(folder), gold.fault_object, right, scene, findings, case.boundary)


def answers_of(diagnosis: Diagnosis) -> list[Prediction]:
    """The ranked answers, each said once."""
    return list(dict.fromkeys(prediction_of(cause) for cause in diagnosis.causes))[:_MOST_ANSWERS]


def _attempt(chosen: Chosen, folder: Path) -> Answered:
    gold = labelled(folder)
    row = Answered(
        case=str(folder.relative_to(chosen.folder)),
        app=app_of(folder),
        label=gold.root_cause,
        about=gold.fault_object,
    )
    made = attempt(lambda: _timed(load_case(folder)))
    if isinstance(made, Failed):
        return msgspec.structs.replace(row, error=made.why)
    diagnosis, seconds = made
    answers = answers_of(diagnosis)
    right = Prediction(gold.fault_object, gold.root_cause)
    return msgspec.structs.replace(
        row,
        said=answers[0].root_cause if answers else "",
        said_about=answers[0].fault_object if answers else "",
        others=tuple(f"{one.fault_object} {one.root_cause}" for one in answers[1:]),
        rank=answers.index(right) + 1 if right in answers else None,
        verdict=diagnosis.verdict,
        confidence=diagnosis.confidence,
        seconds=seconds,
    )


def _timed(case: Case) -> tuple[Diagnosis, float]:
    started = time.perf_counter()
    found = diagnose(case.incident, case.sources, case.boundary)
    return found, round(time.perf_counter() - started, 4)


def render(summary: BenchmarkSummary) -> str:
    """The table: overall, by application, by half of the faulty objects, and each label with what it was taken for."""
    lines = [f"{summary.benchmark}: {summary.cases} cases, {summary.failed} failed"]
    if summary.median_seconds is not None:
        lines[0] += f", {summary.median_seconds * 1000:.0f} ms a diagnosis"
    lines += ["", f"{'':34} {'A@1':>20} {'A@3':>20} {'n':>5}"]
    lines += [_row("all cases (micro)", summary.micro), _row("all labels (macro)", summary.macro)]
    lines += [_row(name, shares) for name, shares in summary.applications.items()]
    lines += [_row(f"{name} half of objects", shares) for name, shares in summary.object_halves.items()]
    lines += ["", f"{'label':34} {'A@1':>5} {'A@3':>5} {'n':>4}  taken for"]
    lines += _labels(summary.labels.items())
    lacking = {name: found.lacks for name, found in summary.labels.items() if found.lacks}
    if lacking:
        lines += ["", "* rests on evidence that no source offers:"]
        lines += [f"  {name}: {lacks}" for name, lacks in lacking.items()]
    return "\n".join(lines) + "\n"


def _row(name: str, shares: dict[str, Share]) -> str:
    cells = (shares.get(key) for key in ("a@1", "a@3"))
    texts = [f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" if one else "" for one in cells]
    count = next((one.n for one in shares.values()), 0)
    return f"{name:34} {texts[0]:>20} {texts[1]:>20} {count:>5}"


def _labels(labels: Iterable[tuple[str, LabelScore]]) -> Sequence[str]:
    lines = []
    for name, found in labels:
        wrong = ", ".join(f"{label} x{count}" for label, count in found.taken_for.items())
        star = "*" if found.lacks else ""
        lines.append(
            f"{name + star:34} {found.at_1.value:5.2f} {found.at_3.value:5.2f} {found.at_1.n:4}  {wrong}".rstrip()
        )
    return lines
