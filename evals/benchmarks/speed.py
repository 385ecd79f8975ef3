"""How long the engine takes: one diagnosis in process, the whole command, and `--help`.

Times are of the processor, the best of a few, since a recording is read by one thread that waits for nobody; a busy
machine changes them less than those of a clock. Run it with `python -m evals.benchmarks.speed`, or `make speed`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import yaml

from agent.diagnose import diagnose
from agent.run_input import load_run
from evals.run import find_runs
from tools.logs import read_log

RUNS = Path(__file__).parents[1] / "runs"
REPEATS = 3
STARTS = 11


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def in_process() -> list[float]:
    """Seconds of `diagnose()` for every shipped run, the best of a few repeats each: what loading costs is left out."""
    found = []
    for folder in find_runs([RUNS]):
        run = load_run(folder)
        once = partial(diagnose, run.incident, run.sources, run.boundary)
        found.append(min(_seconds(once) for _ in range(REPEATS)))
    return found


def log_reading() -> tuple[int, float]:
    """Lines of all shipped logs, and the seconds that reading them takes, the best of a few repeats."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(RUNS.rglob("*.log"))]
    seconds = min(_seconds(lambda: [read_log(text) for text in texts]) for _ in range(REPEATS))
    return sum(text.count("\n") for text in texts), seconds


def whole_process(*arguments: str) -> float:
    """Seconds that a whole `faultside` process takes, its modules compiled before, as pip does on installation."""
    command = [sys.executable, "-m", "agent.cli", *arguments]
    with tempfile.TemporaryDirectory() as compiled:
        kept = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
        once = partial(subprocess.run, command, check=True, capture_output=True, env=kept)
        once()
        return min(_seconds(once) for _ in range(STARTS))


def _seconds(work: Callable[[], object]) -> float:
    start = _spent()
    work()
    return _spent() - start


def _spent() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def main() -> None:
    """Print the table."""
    times = in_process()
    demo = RUNS / yaml.safe_load((RUNS / "demo.yaml").read_text(encoding="utf-8"))["runs"][0]
    lines, seconds = log_reading()
    command = whole_process("diagnose", "--run", str(demo))
    rows = [
        (f"diagnose(), {len(times)} shipped runs: p50", f"{1000 * quantile(times, 0.5):.0f} ms"),
        ("diagnose(): p95", f"{1000 * quantile(times, 0.95):.0f} ms"),
        ("diagnose(): slowest", f"{1000 * max(times):.0f} ms"),
        ("log lines read a second, logs of the shipped runs", f"{lines / seconds:,.0f}"),
        ("faultside diagnose --run (incident-6), whole process", f"{1000 * command:.0f} ms"),
        ("faultside --help, whole process", f"{1000 * whole_process('--help'):.0f} ms"),
    ]
    sys.stdout.write("".join(f"{what:<56}{took:>8}\n" for what, took in rows))


if __name__ == "__main__":
    main()
