"""Every way to fail of every source, and each source killed in the middle of a sweep: a valid diagnosis, in time?

`python -m evals.benchmarks.faults [RUN ...]`: rows are faults, columns are sources, figures are seconds. Exit status 4
when a diagnosis was late, took the other side, told health of silence, or did not name its gap.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from evals.benchmarks.spoilt import ELSEWHERE, FAULTS, SYSTEMS, Outcome, outcome

RUNS = Path(__file__).parents[1] / "runs"
LIMIT = 2.0
KILLED_AFTER = (0, 1, 2, 5, 10, 15, 20, 30)
_DEFAULT = ("sockshop/r-2a6171", "sockshop/r-b02a29")


def outcomes(folder: Path) -> Iterator[Outcome]:
    """One diagnosis for each fault of each source."""
    for fault in (*FAULTS, *ELSEWHERE):
        for system in SYSTEMS:
            yield outcome(folder, system, fault, LIMIT)
    for requests in KILLED_AFTER:
        for system in SYSTEMS:
            yield outcome(folder, system, f"killed after {requests}", LIMIT, requests)


def main() -> None:
    """Print the table and what is wrong."""
    wrong: list[str] = []
    folders = [Path(one) for one in sys.argv[1:]] or [RUNS / one for one in _DEFAULT]
    slowest, count = 0.0, 0
    for folder in folders:
        sys.stdout.write(f"{folder.name}, limit {LIMIT:g} s\n{'':<20}" + "".join(f"{one:>12}" for one in SYSTEMS))
        for one in outcomes(folder):
            sys.stdout.write(f"\n{one.fault:<20}" if one.system == SYSTEMS[0] else "")
            problems = one.problems(LIMIT)
            sys.stdout.write(f"{one.seconds:>11.2f}{'!' if problems else ' '}")
            sys.stdout.flush()
            wrong += [f"{folder.name}, {one.system}, {one.fault}: {said}" for said in problems]
            slowest, count = max(slowest, one.seconds), count + 1
        sys.stdout.write("\n\n")
    sys.stdout.write(f"{count} diagnoses, the slowest {slowest:.2f} s; {len(wrong)} problems\n")
    sys.stdout.write("".join(f"  {one}\n" for one in wrong))
    sys.exit(4 if wrong else 0)


if __name__ == "__main__":
    main()
