"""The small local model in hybrid mode on the two founding incidents: it must not change what the engine says.

Run: `python -m evals.benchmarks.local_model` after `faultside model install`; minutes a run on a processor.
Exit status 4 where an answer differs from the engine's or is malformed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from agent.conclusion import Conclusion
from agent.json_turns import CONCLUSION, read_turn
from evals.agents import agents_named
from evals.evaluate import Plan, evaluate
from evals.progress import Listener, StderrProgress
from evals.results import Line, brief
from evals.turns import Turn

RUNS = Path("evals/runs/sockshop")
FOUNDING = ("r-2a6171", "r-b02a29", "r-4c2045", "r-43b8bb", "r-2d45aa", "r-a55e44")
"""Incident-6 (the third outage) and incident-3 (payment) by turns: during, before and after each."""
_ENGINE, _HYBRID = "engine", "hybrid:local"
_BELOW = 4


class Answer(Struct, frozen=True):
    """One run: both answers in short, and how the model behaved."""

    run: str
    engine: str
    hybrid: str
    turns: int
    malformed: int
    tokens: int
    seconds: float


def measure(out: Path, listener: Listener, runs: Sequence[str] = FOUNDING) -> list[Answer]:
    """Diagnose with and without the model; answers of the same code in `out` are kept."""
    agents = agents_named([_ENGINE, _HYBRID])
    _, lines = evaluate(Plan(runs=[RUNS / one for one in runs], agents=agents, out=out), listener)
    by_key = {(line.run, line.agent): line for line in lines}
    return [_answer(by_key[run, _ENGINE], by_key[run, _HYBRID]) for run in runs]


def well_formed(turn: Turn) -> bool:
    """Whether a turn is a tool call or a conclusion as the schema wants it."""
    try:
        tool, arguments = read_turn(turn.text)
        if tool == CONCLUSION:
            Conclusion.model_validate(arguments)
    except ValueError:
        return False
    return not turn.error


def _answer(engine: Line, hybrid: Line) -> Answer:
    turns = hybrid.turns or ()
    return Answer(
        run=engine.run,
        engine=_short(engine),
        hybrid=_short(hybrid),
        turns=len(turns),
        malformed=sum(not well_formed(turn) for turn in turns),
        tokens=hybrid.tokens or 0,
        seconds=hybrid.seconds or 0.0,
    )


def _short(line: Line) -> str:
    said = brief(line)
    return f"{said.verdict} {said.component or '-'} {said.failure_mode or '-'}" if said else f"failed: {line.error}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/local-model"))
    parser.add_argument("runs", nargs="*", default=FOUNDING)
    chosen = parser.parse_args()
    with StderrProgress() as progress:
        found = measure(chosen.out, progress, chosen.runs)
    for one in found:
        same = "same" if one.engine == one.hybrid else f"hybrid says {one.hybrid}"
        spent = f"{one.turns} turns, {one.malformed} malformed, {one.tokens} tokens, {one.seconds:.0f} s"
        sys.stdout.write(f"{one.run}  {spent}  {one.engine}: {same}\n")
    if any(one.engine != one.hybrid or one.malformed or not one.turns for one in found):
        sys.exit(_BELOW)


if __name__ == "__main__":
    main()
