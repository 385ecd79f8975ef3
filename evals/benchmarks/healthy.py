"""Clusters in which nothing is broken: how often a cause is named all the same."""

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from agent.diagnose import diagnose
from agent.run_input import load_run
from evals.benchmarks.estate.cluster import Size, make, write
from evals.run import find_runs, load_labelled

RUNS = Path(__file__).parents[1] / "runs"
BIG = (1000, 2500, 5000)
"""Sizes of which a few are tried after the small ones."""
_CAUSE = frozenset({"internal", "external"})


class Tally(Struct, frozen=True):
    """Verdicts on what was healthy, and where a cause was named."""

    what: str
    verdicts: Counter[str]
    named: list[str]

    def __str__(self) -> str:
        """One line, and one more for every cause that was named."""
        total = self.verdicts.total()
        said = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common())
        share = len(self.named) / total if total else 0.0
        head = f"{self.what}: a cause named in {len(self.named)} of {total} ({share:.1%}); {said}"
        return "\n".join([head, *(f"  {one}" for one in self.named)])


def healthy_clusters(count: int) -> Tally:
    """Diagnose `count` clusters of 100 and 300 pods in turn, and one for every hundred of them of each big size."""
    small = [Size((100, 300)[seed % 2], seed) for seed in range(count)]
    big = [Size(pods, seed) for pods in BIG for seed in range(-(-count // 100))]
    with tempfile.TemporaryDirectory() as folder:
        folders = ((str(size), write(make(size, None), Path(folder) / str(size.seed))) for size in (*small, *big))
        return _tally("healthy clusters", folders)


def healthy_runs() -> Tally:
    """Diagnose the shipped runs whose label says that nothing is broken, healed faults aside."""
    labels = ((folder, load_labelled(folder).label) for folder in find_runs([RUNS]))
    quiet = [
        one for one, label in labels if label and label.verdict == "no_fault" and label.failure_mode != "recovered"
    ]
    return _tally("healthy shipped runs", ((folder.name, folder) for folder in quiet))


def _tally(what: str, folders: Iterable[tuple[str, Path]]) -> Tally:
    verdicts: Counter[str] = Counter()
    named = []
    for name, folder in folders:
        run = load_run(folder)
        answer = diagnose(run.incident, run.sources, run.boundary)
        verdicts[answer.verdict] += 1
        if answer.verdict in _CAUSE:
            named.append(f"{name}: {answer.verdict} {answer.component} {answer.failure_mode}")
    return Tally(what, verdicts, named)
