"""What a model said in an evaluation is kept, and plays again without it."""

import json
from pathlib import Path

import pytest

from agent.conclusion import Conclusion
from agent.diagnosis import Diagnosis
from evals.agents import Agent, agents_named
from evals.evaluate import Plan, evaluate
from evals.loopback.openai import Abilities, ChatServer
from evals.progress import StderrProgress
from evals.replay import replay
from evals.results import Line, read_lines
from evals.turns import Call, Turn, in_order
from tools.errors import InputError

RUN = Path("evals/runs/sockshop/r-2a6171")
COUNTS = Turn(calls=(Call("replica_counts", {"namespace": "sock-shop"}),))
TALK = Turn("It is Stripe, I am sure of it.")
DONE = Turn(
    calls=(Call("Conclusion", {"verdict": "external", "hypothesis": 1, "summary": "Stripe's stand-in is at 0."}),)
)


def evaluated(agents: dict[str, Agent], out: Path) -> list[Line]:
    _, lines = evaluate(Plan(runs=[RUN], agents=agents, out=out), StderrProgress())
    return lines


def said(line: Line) -> list[Turn]:
    return [turn for turn in line.turns or () if not turn.error]


def diagnosis(line: Line) -> Diagnosis:
    return Diagnosis.model_validate_json(bytes(line.diagnosis))


@pytest.mark.parametrize(
    ("abilities", "turns"),
    [(Abilities(), [COUNTS, DONE]), (Abilities(tools=False), [COUNTS, TALK, DONE]), (Abilities(), [TALK, DONE])],
    ids=["native", "in JSON", "text, then the forced call"],
)
def test_an_evaluation_replays_without_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abilities: Abilities, turns: list[Turn]
) -> None:
    with ChatServer(in_order(turns), abilities=abilities) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", server.token)
        [before] = evaluated(agents_named(["hybrid:scripted"]), tmp_path / "asked")
    assert len(said(before)) == len(turns)
    _, [after] = replay(tmp_path / "asked", [RUN], tmp_path / "replayed", StderrProgress())
    first, again = diagnosis(before).provenance, diagnosis(after).provenance
    assert again.said == first.said
    assert again.said is not None
    assert (again.tokens_in, again.tokens_out) == (first.tokens_in, first.tokens_out)
    assert [(one.tool, one.evidence) for one in again.calls] == [(one.tool, one.evidence) for one in first.calls]
    assert said(after) == said(before)


def test_results_without_a_model_have_no_turns(tmp_path: Path) -> None:
    evaluated(agents_named(["engine"]), tmp_path / "engine")
    assert "turns" not in json.loads((tmp_path / "engine" / "results.jsonl").read_text())
    with pytest.raises(InputError, match="expected recorded turns"):
        replay(tmp_path / "engine", [RUN], tmp_path / "out", StderrProgress())


def test_turns_come_back_from_the_log_as_they_were(tmp_path: Path) -> None:
    evaluated(agents_named(["hybrid:scripted:crashing"]), tmp_path)
    [line] = read_lines(tmp_path)
    assert line.turns


@pytest.mark.parametrize("name", ["oracle", "hybrid", "hybrid:", "engine:gpt", "hybrid:scripted:nobody"])
def test_an_unknown_agent_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(InputError, match="--agent: expected"):
        agents_named([name])


def test_the_name_of_the_conclusion_is_what_scripts_call() -> None:
    assert Conclusion.__name__ == DONE.calls[0].name
