"""What tools do with generated calls: `python -m evals.benchmarks.tool_calls`, or `make tool-calls`.

Half of the calls go to recordings, half to Kubernetes, Prometheus and Datadog on loopback, which keep every request.
Each call has to end in evidence within its bounds or in a ToolError, and nothing but reads may have been sent.
"""

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct, field

from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from agent.toolbox import toolbox_for
from evals.benchmarks.served import served
from evals.benchmarks.tool_call_arguments import Call, Caller
from evals.loopback.faults import Fault, always
from evals.turns import tokens_of
from tools.errors import ToolError
from tools.evidence import Evidence
from tools.questions import MOST_CHARS, QUESTIONS, Toolbox, told

RUNS = Path(__file__).parents[1] / "runs"
SEED = 20251111
MOST_VALUE = 60_000
"""Characters of an answer's value as JSON."""
MOST_REFUSAL = 900
"""Characters of a ToolError."""
_RENEWED = 40
"""Calls of one toolbox; then a new one has to read further logs anew."""
_FAULTS = (
    Fault(status=403),
    Fault(status=500),
    Fault(close=True),
    Fault(body=b"<html>"),
    Fault(keep=30),
    Fault(status=401),
)
"""What the live systems do in the last tenth of the calls."""
_TRIED = ("sockshop", "harbourline", "cedarcare")


class Tally(Struct):
    """What came of the calls.

    Attributes:
        wrong: What should not have happened, one line each.
        read: Answers that are ok, as a model reads them.
        requests: What the loopback servers got.
    """

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = []
    longest_text: int = 0
    longest_value: int = 0
    read: list[str] = []
    longest_refusal: int = 0
    slowest: float = 0.0
    slowest_call: str = ""
    seconds: float = 0.0
    requests: int = 0


def replay(folder: Path) -> Toolbox:
    """A toolbox over a recording."""
    run = load_run(folder)
    declared = tuple((edge.caller, edge.callee) for edge in run.boundary.edges)
    scene = Scene(run.incident, sweep(run.incident, run.sources, Limits()), declared)
    return toolbox_for(scene, run.sources, run.boundary)


def try_calls(toolbox: Toolbox, count: int, seed: int, tally: Tally) -> None:
    """Make so many calls and note what came of them."""
    caller = Caller(toolbox, seed)
    started = time.perf_counter()
    for number in range(count):
        if number % _RENEWED == 0:
            toolbox.logs.clear()
            toolbox.unread.clear()
        _try(toolbox, caller.call(), tally)
    tally.seconds += time.perf_counter() - started


def try_live(folder: Path, count: int, seed: int, tally: Tally) -> None:
    """The same over live systems on this machine, which fail in the end, and whose requests are checked afterwards."""
    with served(folder) as systems:
        spoilt = count // 10
        try_calls(systems.toolbox, count - spoilt, seed, tally)
        for server in (systems.kubernetes, systems.prometheus, systems.datadog):
            server.faults = always(_FAULTS[seed % len(_FAULTS)])
        try_calls(systems.toolbox, spoilt, seed + 1, tally)
        tally.requests += len(systems.requests)
        tally.wrong.extend(f"sent: {one}" for one in systems.changing())


def _try(toolbox: Toolbox, call: Call, tally: Tally) -> None:
    tool, arguments = call
    tally.calls += 1
    tally.tools[tool] += 1
    shown = f"{tool} {repr(arguments)[:200]}"
    started = time.perf_counter()
    try:
        answer = QUESTIONS[tool].ask(toolbox, arguments)
    except ToolError as error:
        tally.outcomes["refused with a way out"] += 1
        tally.longest_refusal = max(tally.longest_refusal, len(str(error)))
        if len(str(error)) > MOST_REFUSAL or not str(error).isprintable():
            tally.wrong.append(f"{shown}: refused in unfit words: {str(error)[:200]!r}")
    except Exception:  # noqa: BLE001 - a traceback is what is looked for
        tally.wrong.append(f"{shown}: {traceback.format_exc()}")
    else:
        tally.outcomes[answer.status] += 1
        tally.wrong.extend(f"{shown}: {said}" for said in _faults(toolbox, answer, tally))
    spent = time.perf_counter() - started
    if spent > tally.slowest:
        tally.slowest, tally.slowest_call = spent, shown


def _faults(toolbox: Toolbox, answer: Evidence, tally: Tally) -> Iterator[str]:
    """What is wrong with an answer."""
    value = json.dumps(answer.value, allow_nan=False)
    tally.longest_text = max(tally.longest_text, len(answer.text))
    tally.longest_value = max(tally.longest_value, len(value))
    if answer.status == "ok":
        tally.read.append(told(answer))
    if len(answer.text) > MOST_CHARS:
        yield f"a text of {len(answer.text)} characters"
    if len(value) > MOST_VALUE:
        yield f"a value of {len(value)} characters"
    if not answer.text.strip() or not all(line.isprintable() for line in answer.text.split("\n")):
        yield f"no readable text: {answer.text[:100]!r}"
    if not answer.query or not answer.id.isprintable() or len(answer.id) > 400:
        yield f"no way to ask again or to cite it: {answer.id!r}"
    if toolbox.cite(answer.id) is not answer:
        yield "it can't be cited"


def folders(each: int) -> list[Path]:
    """So many runs of every application, spread over its list."""
    found = []
    for name in _TRIED:
        runs = sorted(path.parent for path in (RUNS / name).glob("*/run.yaml"))
        found += runs[:: max(1, len(runs) // each)][:each]
    return found


def rows(tally: Tally) -> Sequence[tuple[str, str]]:
    """The figures."""
    tokens = [tokens_of(one) for one in tally.read]
    return [
        ("calls", f"{tally.calls:,}"),
        *((f"  {outcome}", f"{count:,}") for outcome, count in tally.outcomes.most_common()),
        ("wrong: tracebacks, unbounded or unreadable answers, requests that are no reads", str(len(tally.wrong))),
        ("requests that the systems got", f"{tally.requests:,}"),
        (f"longest text of an answer (bound {MOST_CHARS:,})", f"{tally.longest_text:,}"),
        ("tokens (o200k) of an answer that is ok: median", f"{median(tokens):.0f}"),
        ("  the largest", f"{max(tokens)}"),
        (f"longest value as JSON (bound {MOST_VALUE:,})", f"{tally.longest_value:,}"),
        (f"longest refusal (bound {MOST_REFUSAL})", f"{tally.longest_refusal}"),
        ("slowest call", f"{tally.slowest:.2f} s"),
        ("all calls", f"{tally.seconds:.1f} s"),
    ]


def main() -> None:
    """Print the table; exit 1 when something was wrong."""
    options = argparse.ArgumentParser(description="Ask tools in generated ways, and see that nothing goes wrong.")
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=SEED)
    asked = options.parse_args()
    tally = Tally()
    chosen = folders(4)
    count = -(-asked.calls // (2 * len(chosen)))
    for number, folder in enumerate(chosen):
        try_calls(replay(folder), count, asked.seed + number, tally)
        try_live(folder, count, asked.seed + 1000 + number, tally)
    sys.stdout.write("".join(f"{what:<82}{found:>10}\n" for what, found in rows(tally)))
    sys.stdout.write(f"the slowest was {tally.slowest_call}\n")
    for wrong in tally.wrong[:20]:
        sys.stdout.write(f"\nWRONG {wrong}\n")
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
