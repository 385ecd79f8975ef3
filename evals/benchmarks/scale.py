"""What a diagnosis costs as the cluster grows, and whether the one fault is still found.

`python -m evals.benchmarks.scale`, or `make scale`: every cluster is written as a run folder and diagnosed in a process
of its own; `--write` puts table and plot into docs/. `--healthy N` diagnoses N clusters without a fault instead.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from agent.diagnosis import Diagnosis
from evals.benchmarks.estate.cluster import Size, make, write
from evals.benchmarks.estate.faults import FAULTS
from evals.benchmarks.healthy import healthy_clusters, healthy_runs
from evals.benchmarks.scale_plot import plot, slope
from evals.run import LabelledRun, load_labelled
from evals.score import score_run

DOCS = Path(__file__).parents[2] / "docs"
SIZES = (100, 300, 1000, 2500, 5000)
SECONDS, MEGABYTES = 2.0, 300.0
"""The bars at the largest size."""
BEGIN, END = "<!-- scale: made by a command -->", "<!-- /scale -->"


class Measured(Struct, frozen=True):
    """One cluster: what it holds, what it cost, and whether the answer was right."""

    pods: int
    namespaces: int
    megabytes: float
    load: float
    diagnose: float
    memory: float
    right: bool


class Row(Struct, frozen=True):
    """All clusters of one size."""

    pods: int
    namespaces: int
    found: list[Measured]

    def median(self, name: str) -> float:
        """The median of a measure."""
        return float(statistics.median(getattr(one, name) for one in self.found))

    def most(self, name: str) -> float:
        """The largest value of a measure."""
        return float(max(getattr(one, name) for one in self.found))

    @property
    def right(self) -> int:
        """Right answers."""
        return sum(one.right for one in self.found)


def measure(size: Size, fault: str, folder: Path) -> Measured:
    """Make one cluster, and diagnose it in a fresh process."""
    run = write(make(size, fault), folder)
    text = (run / "cluster.json").read_bytes()
    command = [sys.executable, "-m", "evals.benchmarks.scale_once", str(run)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - our own command
    right = is_right(Diagnosis.model_validate(told["diagnosis"]), load_labelled(run))
    if not right:
        answer = told["diagnosis"]
        sys.stderr.write(
            f"missed: {size} {fault}: {answer['verdict']} {answer['component']} {answer['failure_mode']}\n"
        )
    shutil.rmtree(run)
    pods = text.count(b'"kind":"Pod","metadata"')
    costs = (told["load"], told["diagnose"], told["memory"])
    return Measured(pods, size.namespaces + 1, len(text) / 1e6, *costs, right)


def is_right(diagnosis: Diagnosis, run: LabelledRun) -> bool:
    """Whether verdict, component and failure mode of the first cause are the label's."""
    scores = score_run(diagnosis, run.label, 0.0)
    return all(scores[name].value in {1.0, None} for name in ("verdict", "component", "failure_mode"))


def rows(clusters: int) -> Iterator[Row]:
    """Measure `clusters` of every size; the faults take turns, and every round of them has another cluster."""
    names = list(FAULTS)
    step = max(1, len(names) // clusters)
    chosen = [(number // len(names), names[number * step % len(names)]) for number in range(clusters)]
    with tempfile.TemporaryDirectory() as folder:
        for pods in SIZES:
            found = [measure(Size(pods, seed), fault, Path(folder)) for seed, fault in chosen]
            yield Row(round(statistics.median(one.pods for one in found)), found[0].namespaces, found)


HEAD = """\
| pods | namespaces | cluster.json | load | `diagnose()` median | max | peak memory | fault found |
|--:|--:|--:|--:|--:|--:|--:|--:|"""


def table(found: Sequence[Row]) -> str:
    """The rows as Markdown, and the exponents of growth."""
    lines = [HEAD]
    for row in found:
        costs = f"{row.median('megabytes'):.1f} MB | {row.median('load'):.2f} s | {row.median('diagnose'):.2f} s"
        worst = f"{row.most('diagnose'):.2f} s | {row.most('memory'):.0f} MB | {row.right} of {len(row.found)}"
        lines.append(f"| {row.pods:,} | {row.namespaces} | {costs} | {worst} |")
    grown = [
        f"{name} {exponent(found, measure):.2f}"
        for name, measure in (("`diagnose()`", "diagnose"), ("loading", "load"))
    ]
    lines += ["", f"Exponent of growth (1 is linear), fitted over all sizes: {', '.join(grown)}."]
    return "\n".join(lines)


def exponent(found: Sequence[Row], name: str) -> float:
    """The log-log slope of a measure's medians."""
    return slope([(row.pods, row.median(name)) for row in found])


def publish(found: Sequence[Row], docs: Path) -> None:
    """Put the table between its markers in docs/scale.md, and the plots beside it."""
    page = docs / "scale.md"
    text = page.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{table(found)}\n{END}{after}", encoding="utf-8")
    across = [*SIZES, 6000]
    seconds = [(row.pods, row.median("diagnose")) for row in found]
    memory = [(row.pods, row.most("memory")) for row in found]
    title = "seconds of diagnose(), median; dashed: the bar at 5,000 pods"
    drawn = plot(title, seconds, SECONDS, (across, [0.01, 0.03, 0.1, 0.3, 1, 3]))
    (docs / "scale-seconds.svg").write_text(drawn, encoding="utf-8")
    title = "peak memory in MB, largest; dashed: the bar at 5,000 pods"
    drawn = plot(title, memory, MEGABYTES, (across, [30, 100, 300]))
    (docs / "scale-memory.svg").write_text(drawn, encoding="utf-8")


def main() -> None:
    """Print the table; `--write` publishes it, `--healthy` counts causes named in healthy clusters."""
    parser = argparse.ArgumentParser(prog="python -m evals.benchmarks.scale")
    parser.add_argument("--clusters", type=int, default=len(FAULTS), metavar="N", help="clusters of each size")
    parser.add_argument("--write", action="store_true", help="put table and plots into docs/")
    parser.add_argument("--healthy", type=int, metavar="N", help="diagnose N clusters without a fault instead")
    chosen = parser.parse_args()
    if chosen.healthy is not None:
        sys.stdout.write(f"{healthy_clusters(chosen.healthy)}\n{healthy_runs()}\n")
        return
    found = list(rows(chosen.clusters))
    sys.stdout.write(table(found) + "\n")
    if chosen.write:
        publish(found, DOCS)


if __name__ == "__main__":
    main()
