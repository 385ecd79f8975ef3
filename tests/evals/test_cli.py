import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.results import RESULTS, SUMMARY

MakeRun = Callable[..., Path]
UNDECIDED = {"verdict": "inconclusive"}
DECIDED = {"verdict": "internal", "component": "shop/till", "failure_mode": "oom_killed"}


def evals(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "evals.cli", *map(str, words)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_help_loads_no_heavy_library() -> None:
    heavy = ("pydantic", "msgspec", "yaml", "langchain", "kubernetes", "openai", "agent.diagnosis")
    program = f"import sys, evals.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    text = evals("--help").stdout
    for name in ("run", "report", "rescore", "lint"):
        assert f"\n  {name} " in text


def test_a_run_is_scored_reported_and_scored_again(tmp_path: Path, make_run: MakeRun) -> None:
    root, out = make_run("a", label=UNDECIDED).parent, tmp_path / "out"
    first = evals("run", root, "--agent", "engine", "--out", out, "--fail-under", "verdict=0.98")
    assert "\nr-a  Title of a  + . . . . .  " in first.stdout
    assert "  inconclusive  same\n" in first.stdout
    assert first.stderr == ""
    assert json.loads((out / RESULTS).read_text())["scores"]["verdict"]["value"] == 1.0
    assert json.loads((out / SUMMARY).read_text())["agents"]["engine"]["lines"] == 1
    assert evals("report", out).stdout == first.stdout
    assert evals("rescore", out, root).stdout == first.stdout
    second = evals("run", root, "--out", out)
    assert second.stdout == first.stdout
    assert second.stderr == f"1 earlier results in {out} are kept; --fresh makes them again\n"


def test_below_a_threshold_the_status_is_4_and_the_table_is_still_there(tmp_path: Path, make_run: MakeRun) -> None:
    folder = make_run("a", label=DECIDED)
    done = evals("run", folder, "--out", tmp_path / "out", "--fail-under", "verdict=0.98", code=4)
    assert done.stderr == "engine: verdict is 0.0000, below 0.98\n"
    assert "verdict: expected internal, got inconclusive" in done.stdout
    assert "abstention: inconclusive on a decidable run" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["run", "RUN", "--out", "OUT", "--agent", "oracle"],
            "--agent: expected engine, hybrid:MODEL or llm:MODEL, got 'oracle'",
        ),
        (["run", "RUN", "--out", "OUT", "--fail-under", "luck=1"], "--fail-under: expected one of verdict,"),
        (["run", "RUN", "--out", "OUT", "--boundary", "none.yaml"], "none.yaml: expected a boundary file"),
        (["run", "nowhere", "--out", "OUT"], "nowhere: expected a run or a folder of runs, found nothing"),
        (["run", "RUN", "--out", "OUT", "--repeat", "0"], "Invalid value for '--repeat'"),
        (["run", "RUN"], "Missing option '--out'"),
        (["report", "nowhere"], "summary.json: cannot be read"),
        (["rescore", "OUT", "RUN"], "expected results of these runs, found none"),
        (["lint", "nowhere"], "nowhere: expected a run"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(
    tmp_path: Path, make_run: MakeRun, words: list[str], message: str
) -> None:
    places = {"RUN": str(make_run("a")), "OUT": str(tmp_path / "out")}
    done = evals(*(places.get(word, word) for word in words), code=2)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_lint_passes_a_fair_run(make_run: MakeRun) -> None:
    folder = make_run("a", label=DECIDED)
    make_run("b", label=None)
    log = folder / "logs" / "shop" / "till-1" / "till.log"
    log.parent.mkdir(parents=True)
    log.write_text("2025-11-11T06:30:00Z too_many_connections, healthy before\n")
    assert evals("lint", folder.parent).stdout == "2 runs, 0 bad\n"


def test_lint_names_every_bad_run_in_one_line(make_run: MakeRun) -> None:
    log = make_run("log", label=DECIDED) / "logs" / "shop" / "till-1" / "till.log"
    log.parent.mkdir(parents=True)
    log.write_text("2025-11-11T06:30:00Z injecting OOM_killed now\n")
    make_run("why", label=DECIDED | {"why": "the till wants more memory"}, id="The till wants more memory")
    make_run("question", label=DECIDED, incident={"question": "was the till OOM killed?"})
    make_run("misspelt", lable=DECIDED)
    make_run("nobody", label={"verdict": "internal", "failure_mode": "oom_killed"})
    make_run("fault", label={"verdict": "no_fault", "failure_mode": "oom_killed"})
    make_run("nofault", label=DECIDED | {"failure_mode": "healthy"})
    make_run("both", label=DECIDED | {"remediation": {"must": ["restart"], "must_not": ["restart"]}})
    make_run("mode", label={"verdict": "internal", "failure_mode": "gone"})
    (make_run("json") / "cluster.json").write_text("{")
    binary = make_run("binary") / "logs" / "shop" / "till-1" / "till.log"
    binary.parent.mkdir(parents=True)
    binary.write_bytes(b"\x00\x01" * 500)
    fine = make_run("fine")
    done = evals("lint", fine.parent, code=2)
    rows = {line.removeprefix(f"{fine.parent}/").partition("/")[0]: line for line in done.stderr.splitlines()}
    expected = {
        "log": "till.log: gives the answer away: 'OOM_killed'",
        "why": "gives the answer away: 'The till wants more memory'",
        "question": "gives the answer away: 'OOM killed'",
        "misspelt": "got the key 'lable'",
        "nobody": "label.component: expected one for the verdict internal, got none",
        "fault": "expected one of the group 'nothing broken' for no_fault, got oom_killed",
        "nofault": "expected a fault for the verdict internal, got healthy",
        "both": "expected each action on one side, got restart on both",
        "mode": "expected a failure mode, got 'gone'",
        "json": "cluster.json",
        "binary": "expected a text log, found a binary file",
    }
    assert set(rows) == set(expected)
    for name, message in expected.items():
        assert message in rows[name]
    assert done.stdout == "12 runs, 11 bad\n"
