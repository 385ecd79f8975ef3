import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.diagnosis import Diagnosis
from agent.run_input import RunInput
from evals.agents import agents_named
from evals.evaluate import Plan, evaluate, rescore
from evals.report import render
from evals.results import RESULTS, SUMMARY
from evals.summary import calibration_error, wilson
from evals.thresholds import below, parse_thresholds
from tools.errors import InputError

MakeRun = Callable[..., Path]
MakeDiagnosis = Callable[..., Diagnosis]


class Fixed:
    """Answers every run alike, fails on the ids that it is told to, and remembers what it was asked."""

    def __init__(self, answer: Diagnosis, failing: dict[str, BaseException] | None = None) -> None:
        self.answer = answer
        self.failing = failing or {}
        self.asked: list[str] = []

    def __call__(self, run: RunInput) -> Diagnosis:
        self.asked.append(run.head.id)
        if run.head.id in self.failing:
            raise self.failing[run.head.id]
        return self.answer


class Quiet:
    """Hears everything and keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def step(self, number: int, total: int, what: str) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


def stored(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / RESULTS).read_text().splitlines()]


def test_one_line_for_each_run_agent_and_repeat(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs = (make_run("a"), make_run("b", label=None))
    agents = {"left": Fixed(make_diagnosis()), "right": Fixed(make_diagnosis(verdict="internal"))}
    evaluate(Plan(runs=runs, agents=agents, out=tmp_path / "out", repeat=2), Quiet())
    lines = stored(tmp_path / "out")
    assert [(line["run"], line["agent"], line["repeat"]) for line in lines] == [
        (run, agent, repeat) for run in ("r-a", "r-b") for agent in ("left", "right") for repeat in (1, 2)
    ]
    first = lines[0]
    assert list(first) == ["run", "agent", "repeat", "diagnosis", "scores", "tokens", "seconds", "error"]
    assert Diagnosis.model_validate(first["diagnosis"]) == make_diagnosis()
    assert first["scores"]["verdict"] == {"value": 1.0, "reason": "external"}
    assert (first["tokens"], first["error"]) == (7, None)
    assert first["seconds"] >= 0
    assert "verdict" not in lines[4]["scores"]


def test_the_summary_counts_each_agent(tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis) -> None:
    runs = (make_run("a"), make_run("b", label={"verdict": "internal"}), make_run("c", label=None))
    evaluate(Plan(runs=runs, agents={"fixed": Fixed(make_diagnosis())}, out=tmp_path / "out"), Quiet())
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert summary["runs"]["r-a"] == {
        "title": "Title of a",
        "folder": str(runs[0]),
        "expected": {"verdict": "external", "component": "shop/gateway", "failure_mode": "scaled_to_zero"},
    }
    assert summary["runs"]["r-c"]["expected"] is None
    own = summary["agents"]["fixed"]
    assert (own["lines"], own["failed"]) == (3, 0)
    assert own["scores"]["verdict"] == {"mean": 0.5, "n": 2}
    assert own["scores"]["component"] == {"mean": 1.0, "n": 1}
    assert own["verdict_interval"] == pytest.approx([0.0945, 0.9055], abs=1e-4)
    assert own["confusion"] == {"external": {"external": 1}, "internal": {"external": 1}}
    assert own["ece"] == pytest.approx(0.4)
    assert own["seconds"]["p50"] <= own["seconds"]["p95"]
    assert own["wrong"] == [
        {
            "run": "r-a",
            "repeat": 1,
            "reasons": {"remediation": "expected one of contact_vendor, got nothing"},
        },
        {"run": "r-b", "repeat": 1, "reasons": {"verdict": "expected internal, got external"}},
    ]


def test_a_run_that_fails_is_a_line_with_its_error_and_the_rest_goes_on(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs = [make_run(name) for name in ("a", "b", "c", "d")]
    (runs[1] / "run.yaml").write_text("format: 1\nid: [\n")
    (runs[2] / "cluster.json").write_text('{"kind": "List", "items": [')
    broken = Fixed(make_diagnosis(), {"r-a": ZeroDivisionError("by nought")})
    summary, _ = evaluate(Plan(runs=runs, agents={"fixed": broken}, out=tmp_path / "out"), Quiet())
    lines = {line["run"]: line for line in stored(tmp_path / "out")}
    assert list(lines) == ["r-a", "b", "r-c", "r-d"]
    assert lines["r-a"]["error"].startswith("Traceback")
    assert lines["r-a"]["error"].rstrip().endswith("ZeroDivisionError: by nought")
    assert "run.yaml" in lines["b"]["error"]
    assert "cluster.json" in lines["r-c"]["error"]
    assert "\n" not in lines["r-c"]["error"]
    assert lines["r-d"]["error"] is None
    for run in ("r-a", "b", "r-c"):
        assert (lines[run]["diagnosis"], lines[run]["scores"]) == (None, {})
    assert (summary.agents["fixed"].failed, summary.agents["fixed"].scores["verdict"].n) == (3, 1)


def test_what_is_there_is_kept_and_what_failed_is_made_again(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs = [make_run("a"), make_run("b")]
    first = Fixed(make_diagnosis(), {"r-b": RuntimeError("once")})
    evaluate(Plan(runs=runs, agents={"fixed": first}, out=tmp_path / "out"), Quiet())
    again, listener = Fixed(make_diagnosis(verdict="internal")), Quiet()
    evaluate(Plan(runs=runs, agents={"fixed": again}, out=tmp_path / "out"), listener)
    assert again.asked == ["r-b"]
    assert listener.notes == [f"1 earlier results in {tmp_path / 'out'} are kept; --fresh makes them again"]
    assert [line["diagnosis"]["verdict"] for line in stored(tmp_path / "out")] == ["external", "internal"]


def test_results_of_changed_inputs_are_made_again_and_a_changed_label_is_only_scored(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs, out = [make_run(name) for name in ("a", "b", "c")], tmp_path / "out"
    boundary = tmp_path / "boundary.yaml"
    boundary.write_text("version: 1\n")
    evaluate(Plan(runs=runs, agents={"fixed": Fixed(make_diagnosis())}, out=out), Quiet())
    (runs[0] / "gaps.yaml").write_text("[]\n")
    body = yaml.safe_load((runs[1] / "run.yaml").read_text())
    (runs[1] / "run.yaml").write_text(yaml.safe_dump(body | {"label": {"verdict": "internal"}}))
    again = Fixed(make_diagnosis())
    summary, _ = evaluate(Plan(runs=runs, agents={"fixed": again}, out=out), Quiet())
    assert again.asked == ["r-a"]
    assert summary.agents["fixed"].scores["verdict"].mean == pytest.approx(2 / 3)
    bounded = Fixed(make_diagnosis())
    evaluate(Plan(runs=runs, agents={"fixed": bounded}, out=out, boundary=boundary), Quiet())
    assert bounded.asked == ["r-a", "r-b", "r-c"]


def test_results_of_unknown_origin_are_made_again(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    plan = Plan(runs=[make_run("a")], agents={"fixed": Fixed(make_diagnosis())}, out=tmp_path / "out")
    evaluate(plan, Quiet())
    (tmp_path / "out" / "made_from.json").write_text("{")
    again = Fixed(make_diagnosis())
    evaluate(Plan(runs=plan.runs, agents={"fixed": again}, out=plan.out), Quiet())
    assert again.asked == ["r-a"]


def test_fresh_makes_everything_again_and_spares_other_agents(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs, out = [make_run("a")], tmp_path / "out"
    evaluate(Plan(runs=runs, agents={"dear": Fixed(make_diagnosis())}, out=out), Quiet())
    evaluate(Plan(runs=runs, agents={"fixed": Fixed(make_diagnosis())}, out=out, repeat=3), Quiet())
    again = Fixed(make_diagnosis(verdict="internal"))
    evaluate(Plan(runs=runs, agents={"fixed": again}, out=out, fresh=True), Quiet())
    assert again.asked == ["r-a"]
    assert [(line["agent"], line["diagnosis"]["verdict"]) for line in stored(out)] == [
        ("dear", "external"),
        ("fixed", "internal"),
    ]


def test_an_interrupted_evaluation_goes_on_where_it_was(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs, out = [make_run("a"), make_run("b")], tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        evaluate(
            Plan(runs=runs, agents={"fixed": Fixed(make_diagnosis(), {"r-b": KeyboardInterrupt()})}, out=out), Quiet()
        )
    with (out / RESULTS).open("a") as file:
        file.write('{"run": "r-b", "agent": "fix')
    again = Fixed(make_diagnosis())
    evaluate(Plan(runs=runs, agents={"fixed": again}, out=out), Quiet())
    assert again.asked == ["r-b"]
    assert [line["run"] for line in stored(out)] == ["r-a", "r-b"]


def test_results_of_other_runs_stay_but_do_not_count(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    out = tmp_path / "out"
    evaluate(Plan(runs=[make_run("b")], agents={"fixed": Fixed(make_diagnosis(verdict="internal"))}, out=out), Quiet())
    summary, lines = evaluate(Plan(runs=[make_run("a")], agents={"fixed": Fixed(make_diagnosis())}, out=out), Quiet())
    assert [line["run"] for line in stored(out)] == ["r-a", "r-b"]
    assert list(summary.runs) == ["r-a"]
    assert [line.run for line in lines] == ["r-a"]


def test_rescoring_follows_the_labels_and_asks_nobody(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    folder, out = make_run("a"), tmp_path / "out"
    evaluate(Plan(runs=[folder], agents={"fixed": Fixed(make_diagnosis())}, out=out), Quiet())
    seconds = stored(out)[0]["seconds"]
    body = yaml.safe_load((folder / "run.yaml").read_text())
    body["label"]["verdict"] = "internal"
    (folder / "run.yaml").write_text(yaml.safe_dump(body))
    summary, _ = rescore(out, [folder], Quiet())
    assert stored(out)[0]["scores"]["verdict"] == {"value": 0.0, "reason": "expected internal, got external"}
    assert stored(out)[0]["seconds"] == seconds
    assert summary.agents["fixed"].scores["verdict"].mean == 0.0


def test_rescoring_without_results_of_these_runs_is_refused(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match="expected results of these runs, found none"):
        rescore(out, [make_run("a")], Quiet())
    evaluate(Plan(runs=[make_run("b")], agents={"fixed": Fixed(make_diagnosis())}, out=out), Quiet())
    with pytest.raises(InputError, match="expected results of these runs, found none"):
        rescore(out, [tmp_path / "runs" / "a"], Quiet())


def test_two_runs_of_one_id_are_refused_by_name(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs = [make_run("a", id="same"), make_run("b", id="same")]
    with pytest.raises(InputError, match=r"b: expected an id of its own, got 'same', which .*a has"):
        evaluate(Plan(runs=runs, agents={"fixed": Fixed(make_diagnosis())}, out=tmp_path / "out"), Quiet())


def test_a_results_file_of_somebody_else_is_refused_with_its_line(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / RESULTS).write_text('\n{"run": 3}\n')
    with pytest.raises(InputError, match=r"results\.jsonl:2: expected a result"):
        evaluate(Plan(runs=[make_run("a")], agents={"fixed": Fixed(make_diagnosis())}, out=out), Quiet())


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be"):
        evaluate(Plan(runs=[make_run("a")], agents={"f": Fixed(make_diagnosis())}, out=tmp_path / "out"), Quiet())


def test_an_unknown_agent_names_those_that_exist() -> None:
    with pytest.raises(InputError, match="--agent: expected engine, hybrid:MODEL or llm:MODEL, got 'oracle'"):
        agents_named(["engine", "oracle"])


def test_the_report_names_what_is_wrong_and_why(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    long = "A title that is far too long for one column of any table\x1b[31m"
    runs = [make_run("a", title=long), make_run("b", label={"verdict": "internal"}), make_run("c")]
    fixed = Fixed(make_diagnosis(), {"r-c": ZeroDivisionError("by nought")})
    text = render(*evaluate(Plan(runs=runs, agents={"fixed": fixed}, out=tmp_path / "out"), Quiet()))
    rows = text.splitlines()
    assert rows[2] == "agent fixed"
    assert rows[3].split() == ["run", "title", "V", "C", "M", "R", "N", "G", "seconds", "expected", "got"]
    assert rows[4].startswith("r-a  A title that is far too long fo…  + + + x . .  0.0")
    assert rows[4].endswith("  external shop/gateway scaled_to_zero  same")
    assert "  x . . . . .  0.0" in rows[5]
    assert rows[5].endswith("  external shop/gateway scaled_to_zero")
    assert rows[6].endswith("  external shop/gateway scaled_to_zero  failed")
    wrong = text[text.index("wrong or failed: 3 of 3") :]
    assert "    remediation: expected one of contact_vendor, got nothing\n" in wrong
    assert "    verdict: expected internal, got external\n" in wrong
    assert "    failed: ZeroDivisionError: by nought\n" in wrong
    assert "totals of fixed: 2 of 3 answered, 1 failed\n" in wrong
    assert "  verdict         0.500  n=2  (95 % interval 0.095 to 0.905)\n" in wrong
    assert "\x1b" not in text


def test_the_report_of_repeats_says_how_many_runs_were_right_each_time(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    out, right, wrong = tmp_path / "out", make_diagnosis(), make_diagnosis(verdict="internal")
    runs = [make_run("a"), make_run("b")]
    answers = iter([right, right, right, wrong])
    text = render(*evaluate(Plan(runs=runs, agents={"moody": lambda _: next(answers)}, out=out, repeat=2), Quiet()))
    assert "  verdict         0.750  n=4 " in text
    assert "  every repeat    0.500\n" in text
    assert "\nr-b #2  Title of b  x" in text


def test_a_threshold_counts_failed_runs_as_misses(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    runs = [make_run("a"), make_run("b")]
    fixed = Fixed(make_diagnosis(), {"r-b": RuntimeError("lost")})
    summary, _ = evaluate(Plan(runs=runs, agents={"fixed": fixed}, out=tmp_path / "out"), Quiet())
    assert below(summary, ["fixed"], {"verdict": 0.5}) == []
    assert below(summary, ["fixed"], {"verdict": 0.51, "component": 0.4}) == ["fixed: verdict is 0.5000, below 0.51"]


def test_a_threshold_without_a_measurement_is_missed(
    tmp_path: Path, make_run: MakeRun, make_diagnosis: MakeDiagnosis
) -> None:
    plan = Plan(runs=[make_run("a", label=None)], agents={"fixed": Fixed(make_diagnosis())}, out=tmp_path / "out")
    summary, _ = evaluate(plan, Quiet())
    assert below(summary, ["fixed"], {"verdict": 0.0}) == ["fixed: verdict was not measured, and 0 is asked"]


@pytest.mark.parametrize("option", ["verdict", "verdict=", "verdict=2", "verdict=nan", "brier=0.5", "=0.5"])
def test_a_threshold_that_means_nothing_is_refused(option: str) -> None:
    with pytest.raises(InputError, match=r"^--fail-under: expected "):
        parse_thresholds([option])


def test_thresholds_are_read() -> None:
    assert parse_thresholds(["verdict=0.98", "grounding=1", "verdict=0.5"]) == {"verdict": 0.5, "grounding": 1.0}


def test_statistics_against_figures_worked_by_hand() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5) == pytest.approx((0.0, 0.4345), abs=1e-4)
    # two bins: |1.9 - 1| for two answers near 0.95, |0.1 - 0| for one at 0.1
    assert calibration_error([(0.95, 1.0), (0.95, 0.0), (0.1, 0.0)]) == pytest.approx(1 / 3)
    assert calibration_error([(1.0, 1.0)]) == 0.0
    assert calibration_error([]) is None
