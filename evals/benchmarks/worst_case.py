"""The most harmful model there can be: whatever code would believe of any hypothesis is tried on every run.

`python -m evals.benchmarks.worst_case [RUNS]`: each component with each failure mode, as if the model had quoted all
evidence there is. Counted are the hypotheses that a table row supports, how they are settled, and answers made worse.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from agent.diagnose import compose, look
from agent.diagnosis import Provenance
from agent.named import known
from agent.run_input import RunInput, load_run
from agent.settle import MOVES, Case, settle_support
from agent.supports import modes, provable
from agent.verdict import Decision, Engine, decide
from evals.run import Label, find_runs, load_labelled
from evals.score import score_run
from tools.views import Views

_SCORES = ("verdict", "component", "failure_mode")


class Tried(Struct, frozen=True):
    """One hypothesis that a table row supports."""

    run: str
    component: str
    mode: str
    case: Case
    worse: bool


def tried(folder: Path) -> Iterator[Tried]:
    """Every supported hypothesis of a run that the engine has not weighed itself."""
    label, run = load_labelled(folder).label, load_run(folder)
    scene, findings = look(run.incident, run.sources, run.boundary)
    engine = Engine(scene, findings, decide(scene, findings, run.boundary), run.boundary)
    weighed = {(one.component, one.condition) for one in findings}
    cite = Views(scene.snapshot, scene.graph, scene.changes).cite
    for component in known(scene):
        for mode in sorted(modes()):
            support = None if (component, mode) in weighed else next(provable(scene, component, mode, cite), None)
            if support is not None and label is not None:
                case, after = settle_support(engine, support)
                yield Tried(folder.name, component, mode, case, case in MOVES and _worse(run, engine, after, label))


def _worse(run: RunInput, engine: Engine, after: Decision, label: Label) -> bool:
    before, now = (_right(run, engine, one, label) for one in (engine.decision, after))
    return any(was > still for was, still in zip(before, now, strict=True))


def _right(run: RunInput, engine: Engine, decision: Decision, label: Label) -> list[bool]:
    answer = compose(engine.scene, decision, run.boundary, Provenance(version="", looked_at=""))
    scores = score_run(answer, label, 0.0)
    return [scores[name].value in {1.0, None} for name in _SCORES]


def main() -> None:
    """Print the figures."""
    folders = find_runs([Path(sys.argv[1] if len(sys.argv) > 1 else "evals/runs")])
    found = [one for folder in folders for one in tried(folder)]
    cases = Counter(one.case for one in found)
    worse = [one for one in found if one.worse]
    lines = [
        f"{len(folders)} runs, {len(found)} supported hypotheses that the engine had not weighed itself",
        *(f"  {count:>4} {case}" for case, count in cases.most_common()),
        f"answers made worse: {len(worse)}",
        *(f"  {one.run}: {one.component} {one.mode}" for one in worse),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
