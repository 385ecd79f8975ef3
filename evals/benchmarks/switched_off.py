"""Does the agent carry weight? Each run is diagnosed without the detector that decides it, alone and with a reader.

`python -m evals.benchmarks.switched_off [RUNS]`: the reader of evals/scripts sees what a model sees. Counted are runs
whose verdict, component and failure mode are right, and answers that are wrong and sure.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from agent.consult import Model
from agent.detectors import DETECTORS
from agent.diagnose import concluded, look
from agent.diagnosis import Diagnosis
from agent.finding import Finding
from agent.investigate.chain import given
from agent.investigate.loop import LangChainInvestigator
from agent.run_input import load_run
from agent.scene import Scene
from agent.settle import MOVES
from agent.verdict import Engine, decide
from evals.run import Label, find_runs, load_labelled
from evals.score import score_run
from evals.scripted import ScriptedModel
from evals.scripts.reader import reader

SURE = 0.8
_SCORES = ("verdict", "component", "failure_mode")


class Outcome(Struct, frozen=True):
    """One run without its deciding detector."""

    run: str
    mode: str
    before: bool
    after: bool
    worse: bool
    moved: bool
    wrong: bool
    confidence: float
    held: int
    claims: int


def outcomes(folders: list[Path]) -> Iterator[Outcome]:
    """Each run whose cause some detector decides."""
    model = Model(LangChainInvestigator([given("reader", ScriptedModel(script=reader))]))
    for folder in folders:
        label = load_labelled(folder).label
        run = load_run(folder)
        scene, found = look(run.incident, run.sources, run.boundary)
        decision = decide(scene, found, run.boundary)
        if label is None or not decision.causes:
            continue
        lead = decision.causes[0].candidate.finding
        findings = list(without(scene, lead))
        engine = Engine(scene, findings, decide(scene, findings, run.boundary), run.boundary)
        alone = concluded(engine, run.sources, None, time.perf_counter())
        both = concluded(engine, run.sources, model, time.perf_counter())
        yield _outcome(folder.name, lead.condition, label, alone, both)


def without(scene: Scene, lead: Finding) -> Iterator[Finding]:
    """All findings but those of the detectors that found `lead`."""
    for detect in DETECTORS:
        found = list(detect(scene))
        if lead not in found:
            yield from found


def _outcome(run: str, mode: str, label: Label, alone: Diagnosis, both: Diagnosis) -> Outcome:
    before, after = _right(alone, label), _right(both, label)
    said = both.provenance.said
    moved = said is not None and said.case in MOVES
    return Outcome(
        run=run,
        mode=mode,
        before=all(before),
        after=all(after),
        worse=any(then > now for then, now in zip(before, after, strict=True)),
        moved=moved,
        wrong=not (after[0] and after[1]),
        confidence=both.confidence,
        held=sum(claim.verified for claim in said.claims) if said else 0,
        claims=len(said.claims) if said else 0,
    )


def _right(diagnosis: Diagnosis, label: Label) -> list[bool]:
    scores = score_run(diagnosis, label, 0.0)
    return [scores[name].value in {1.0, None} for name in _SCORES]


def main() -> None:
    """Print the figures."""
    found = list(outcomes(find_runs([Path(sys.argv[1] if len(sys.argv) > 1 else "evals/runs")])))
    lost = [one for one in found if not one.before]
    back = [one for one in lost if one.after]
    moved = [one for one in found if one.moved]
    wrong = [one for one in moved if one.wrong]
    by_mode: dict[str, Counter[bool]] = defaultdict(Counter)
    for one in lost:
        by_mode[one.mode][one.after] += 1
    lines = [
        f"{len(found)} runs with a cause, each without the detector that decides it",
        f"  right all the same, the engine alone: {len(found) - len(lost)}",
        f"  right with the reader:                {sum(one.after for one in found)}",
        f"  causes lost: {len(lost)}, recovered with verified claims: {len(back)} ({len(back) / len(lost):.0%})",
        f"  made worse: {sum(one.worse for one in found)}",
        f"  decided, refined or overruled by the reader: {len(moved)}; verdict or component wrong: {len(wrong)}",
        f"  of these told with a confidence of {SURE} or more: {sum(one.confidence >= SURE for one in wrong)}",
        f"  claims that hold: {sum(one.held for one in found)} of {sum(one.claims for one in found)}",
        "not recovered, by the failure mode of the run:",
        *(
            f"  {count[False]:>3} of {sum(count.values())} {mode}"
            for mode, count in sorted(by_mode.items())
            if count[False]
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
