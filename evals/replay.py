"""Evaluating again what models once answered, without the models: their recorded turns go through today's code."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from evals.agents import Agent, Mode, in_recorded_order
from evals.evaluate import Plan, evaluate
from evals.progress import Listener
from evals.results import RESULTS, Line, read_lines
from evals.summary import Summary
from evals.turns import Turn
from tools.errors import InputError

if TYPE_CHECKING:
    from agent.diagnosis import Diagnosis
    from agent.run_input import RunInput


def replay(recorded: Path, runs: Sequence[Path], out: Path, listener: Listener) -> tuple[Summary, list[Line]]:
    """Diagnose runs with the turns that an evaluation recorded, score them, and write results of the usual form.

    Raises:
        InputError: nothing was recorded, or `out` can't be written.
    """
    lines = [line for line in read_lines(recorded) if line.turns is not msgspec.UNSET]
    if not lines:
        raise InputError(str(recorded / RESULTS), None, "expected recorded turns of a model, found none")
    names = dict.fromkeys(line.agent for line in lines)
    agents = {name: _agent(name, [line for line in lines if line.agent == name]) for name in names}
    repeat = max(line.repeat for line in lines)
    return evaluate(Plan(runs=runs, agents=agents, out=out, repeat=repeat, fresh=True), listener)


def _agent(name: str, lines: Iterable[Line]) -> Agent:
    """An agent that answers each run from its recordings, the first repeat first."""
    left: dict[str, list[Sequence[Turn]]] = {}
    for line in sorted(lines, key=lambda one: one.repeat):
        left.setdefault(line.run, []).append(cast("tuple[Turn, ...]", line.turns))

    def agent(run: "RunInput") -> "Diagnosis":
        from agent.consult import Model
        from agent.diagnose import diagnose

        mode, _, model = name.partition(":")
        turns = left.get(run.head.id)
        if not turns:
            raise InputError(run.head.id, None, f"no turns of {name} are recorded for it")
        investigator = in_recorded_order(turns.pop(0), model)
        return diagnose(run.incident, run.sources, run.boundary, Model(investigator, mode=cast("Mode", mode)))

    return agent
