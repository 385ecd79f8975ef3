"""Runs x agents x repeats: diagnose, score, and keep every result as soon as it is there."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from pydantic import ValidationError

from agent.diagnosis import Diagnosis
from agent.incident import first_fault
from agent.run_input import RunInput, load_run
from evals.agents import Agent
from evals.attempts import Failed, attempt
from evals.made_from import mark_of, read_marks, write_marks
from evals.progress import Listener
from evals.results import RESULTS, SUMMARY, Key, Line, append_line, read_lines, replace_file, write_lines
from evals.run import LabelledRun, load_labelled
from evals.score import score_run
from evals.summary import Described, Summary, described, summarize
from evals.turns import kept_turns
from tools.errors import InputError


class Plan(Struct, frozen=True, kw_only=True):
    """What to evaluate.

    Attributes:
        runs: Run folders.
        boundary: A boundary file that replaces what the runs name.
        fresh: Forget earlier results of these runs and agents.
    """

    runs: Sequence[Path]
    agents: Mapping[str, Agent]
    out: Path
    repeat: int = 1
    boundary: Path | None = None
    fresh: bool = False


class _Entry(Struct, frozen=True):
    """A run of the plan; `run` is None, with the reason, when its head or label can't be read."""

    id: str
    folder: Path
    run: LabelledRun | None
    error: str | None = None

    @property
    def described(self) -> Described:
        return described(self.run) if self.run else Described("", str(self.folder))


def evaluate(plan: Plan, listener: Listener) -> tuple[Summary, list[Line]]:
    """Make every result of the plan that isn't there yet, and write `results.jsonl` and `summary.json`.

    Earlier results of the same inputs and code are kept and scored anew, so that a corrected label counts at
    once; failed attempts are made again. A run that fails leaves a line with its error, and the rest goes on.

    Returns:
        The summary of the plan's runs and their lines, in the order of the runs.

    Raises:
        InputError: two runs share an id, or `out` can't be read or written.
    """
    entries = _entries(plan.runs)
    by_id = {entry.id: entry for entry in entries}
    kept = [_rescored(line, by_id.get(line.run)) for line in _still_good(plan, entries)]
    done = {line.key for line in kept}
    wanted = [one for one in _attempts(plan, entries) if one[0] not in done]
    if reused := len(entries) * len(plan.agents) * plan.repeat - len(wanted):
        listener.note(f"{reused} earlier results in {plan.out} are kept; --fresh makes them again")
    for number, (key, entry) in enumerate(wanted, 1):
        listener.step(number, len(wanted), f"{key[1]} on {key[0]}")
        line = _attempt(key, entry, plan)
        append_line(plan.out, line)
        kept.append(line)
    return _conclude(plan.out, kept, entries)


def rescore(out: Path, runs: Sequence[Path], listener: Listener) -> tuple[Summary, list[Line]]:
    """Score stored diagnoses against the labels as they are now; diagnoses nothing.

    Raises:
        InputError: there are no results, or none of these runs.
    """
    entries = _entries(runs)
    by_id = {entry.id: entry for entry in entries}
    lines = read_lines(out)
    known = sum(line.run in by_id for line in lines)
    if not known:
        raise InputError(str(out / RESULTS), None, "expected results of these runs, found none")
    if known < len(lines):
        listener.note(f"{len(lines) - known} results of other runs are left as they are")
    for entry in entries:
        if entry.error:
            listener.note(entry.error)
    return _conclude(out, [_rescored(line, by_id.get(line.run)) for line in lines], entries)


def _entries(folders: Sequence[Path]) -> list[_Entry]:
    found: dict[str, _Entry] = {}
    for folder in folders:
        entry = _entry(folder)
        if entry.id in found:
            other = found[entry.id].folder
            raise InputError(str(folder), None, f"expected an id of its own, got {entry.id!r}, which {other} has")
        found[entry.id] = entry
    return list(found.values())


def _entry(folder: Path) -> _Entry:
    try:
        run = load_labelled(folder)
    except InputError as error:
        return _Entry(folder.name, folder, None, str(error))
    return _Entry(run.id, folder, run)


def _attempts(plan: Plan, entries: Sequence[_Entry]) -> Iterator[tuple[Key, _Entry]]:
    for entry in entries:
        for agent in plan.agents:
            for repeat in range(1, plan.repeat + 1):
                yield (entry.id, agent, repeat), entry


def _still_good(plan: Plan, entries: Sequence[_Entry]) -> list[Line]:
    """Earlier results that need not be made again; what is left on disk is exactly these, with their marks."""
    marks, now = read_marks(plan.out), {entry.id: mark_of(entry.folder, plan.boundary) for entry in entries}

    def stays(line: Line) -> bool:
        if line.run not in now or line.agent not in plan.agents:
            return True
        same = now[line.run] and marks.get(line.agent, {}).get(line.run) == now[line.run]
        return line.error is None and not plan.fresh and bool(same)

    kept = [line for line in read_lines(plan.out) if stays(line)]
    write_lines(plan.out, kept)
    write_marks(plan.out, marks | {name: marks.get(name, {}) | now for name in plan.agents})
    return kept


def _attempt(key: Key, entry: _Entry, plan: Plan) -> Line:
    run, agent, repeat = key
    if entry.run is None:
        return Line(run=run, agent=agent, repeat=repeat, error=entry.error)
    return line_of(key, plan.agents[agent], entry.run, plan.boundary)


def line_of(key: Key, agent: Agent, run: LabelledRun, boundary: Path | None = None) -> Line:
    """One attempt: diagnosed, scored, and with the turns of the agent's model, if it has one that is recorded."""
    with kept_turns() as turns:
        made = attempt(lambda: _timed(agent, load_run(run.folder, boundary)))
    begun = Line(run=key[0], agent=key[1], repeat=key[2], turns=tuple(turns) or msgspec.UNSET)
    if isinstance(made, Failed):
        return msgspec.structs.replace(begun, error=made.why)
    diagnosis, seconds = made
    return msgspec.structs.replace(
        begun,
        diagnosis=msgspec.Raw(diagnosis.model_dump_json().encode()),
        scores=score_run(diagnosis, run.label, seconds),
        tokens=diagnosis.provenance.tokens,
        seconds=seconds,
    )


def _timed(agent: Agent, inputs: RunInput) -> tuple[Diagnosis, float]:
    started = time.perf_counter()
    diagnosis = agent(inputs)
    return diagnosis, time.perf_counter() - started


def _rescored(line: Line, entry: _Entry | None) -> Line:
    if entry is None or entry.run is None or not line.answered:
        return line
    try:
        diagnosis = Diagnosis.model_validate_json(bytes(line.diagnosis))
    except ValidationError as error:
        raise InputError(RESULTS, None, f"run {line.run}: diagnosis.{first_fault(error)}") from None
    return msgspec.structs.replace(line, scores=score_run(diagnosis, entry.run.label, line.seconds or 0.0))


def _conclude(out: Path, lines: Sequence[Line], entries: Sequence[_Entry]) -> tuple[Summary, list[Line]]:
    place = {entry.id: number for number, entry in enumerate(entries)}
    ordered = sorted(lines, key=lambda line: (place.get(line.run, len(place)), line.agent, line.repeat))
    write_lines(out, ordered)
    own = [line for line in ordered if line.run in place]
    summary = summarize(own, {entry.id: entry.described for entry in entries})
    replace_file(out / SUMMARY, msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n")
    return summary, own
