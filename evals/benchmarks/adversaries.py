"""Whether a bad model can make a diagnosis worse: every shipped run with each adversary, against the engine alone.

Run: `python -m evals.benchmarks.adversaries [RUN_OR_FOLDER ...]`; exit status 4 where any score of any run is lower.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from evals.agents import SCRIPTED, agents_named
from evals.compared import Compared, compared
from evals.evaluate import Plan, evaluate
from evals.progress import Listener, StderrProgress
from evals.run import find_runs
from evals.scripts.adversaries import ADVERSARIES

_ENGINE = "engine"
_BELOW = 4


def measure(folders: list[Path], out: Path, listener: Listener) -> dict[str, Compared]:
    """Every adversary by name, compared with the engine; answers of the same code and runs in `out` are kept."""
    names = {name: f"hybrid:{SCRIPTED}:{name}" for name in ADVERSARIES}
    plan = Plan(runs=folders, agents=agents_named([_ENGINE, *names.values()]), out=out)
    _, lines = evaluate(plan, listener)
    return {name: compared(lines, _ENGINE, agent) for name, agent in names.items()}


def render(found: Mapping[str, Compared]) -> str:
    """The table, and what is worse."""
    rows = [f"{'adversary':12} {'runs':>5} {'worse':>6} {'better':>7} {'failed':>7}  how its say was settled"]
    for name, one in found.items():
        cases = ", ".join(f"{case} {count}" for case, count in one.cases.most_common())
        rows.append(f"{name:12} {one.runs:5} {len(one.worse):6} {len(one.better):7} {len(one.failed):7}  {cases}")
    for name, one in found.items():
        rows += [f"{name}: {w.run} {w.score} {w.before:g} -> {w.after:g}: {w.why}" for w in one.worse]
        rows += [f"{name}: {line}" for line in one.failed]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path, default=[Path("evals/runs")])
    parser.add_argument("--out", type=Path, default=Path("out/adversaries"))
    chosen = parser.parse_args()
    with StderrProgress() as progress:
        found = measure(find_runs(chosen.runs), chosen.out, progress)
    sys.stdout.write(render(found))
    if any(one.worse or one.failed for one in found.values()):
        sys.exit(_BELOW)


if __name__ == "__main__":
    main()
