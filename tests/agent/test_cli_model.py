"""`faultside diagnose` with a model: who answers, what is told, and that nothing of it can fail the command."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.loopback.openai import ChatServer
from evals.turns import Call, Turn, in_order
from tools.questions import QUESTIONS

OUTAGE = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"
SAYS: dict[str, Any] = {
    "verdict": "external",
    "hypothesis": 1,
    "summary": "Stripe's stand-in has no replicas.",
    "claims": [
        {
            "says": "it wants none",
            "evidence": "deployment/sock-shop/stripe-mock",
            "quote": "replicas: desired: 0, ready: 0, available: 0",
        }
    ],
}
AGREES = Turn(calls=(Call("Conclusion", SAYS),))
LOOKS = Turn(calls=(Call("replica_counts", {"namespace": "sock-shop", "workload": "stripe-mock"}),))

Ask = Callable[..., tuple[dict[str, Any], str]]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(faultside: Run, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The diagnosis of incident-6 as JSON, and what was told on stderr."""

    def run(*options: str, **environment: str) -> tuple[dict[str, Any], str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        ran = faultside("diagnose", "--run", OUTAGE, "--format", "json", *options)
        assert ran.returncode == 0
        return json.loads(ran.stdout), ran.stderr

    return run


def test_a_model_reads_of_a_tool_what_its_contract_is_measured_by(ask: Ask) -> None:
    with ChatServer(in_order([LOOKS, AGREES])) as server:
        ask(OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.token, FAULTSIDE_MODEL="scripted")
    sent = {one["function"]["name"]: one["function"] for one in json.loads(server.requests[0].body)["tools"]}
    assert set(sent) & set(QUESTIONS)
    for name in set(sent) & set(QUESTIONS):
        one = QUESTIONS[name]
        assert sent[name] == {"name": name, "description": one.description, "parameters": one.parameters}


def test_a_configured_model_is_asked(ask: Ask) -> None:
    with ChatServer(in_order([LOOKS, AGREES])) as server:
        found, told = ask(OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.token, FAULTSIDE_MODEL="scripted")
    provenance = found["provenance"]
    assert told == ""
    assert (found["verdict"], found["confidence"]) == ("external", 0.98)
    assert (provenance["mode"], provenance["model"], provenance["model_calls"]) == ("hybrid", "scripted", 2)
    assert provenance["said"]["case"] == "agrees"
    assert [claim["verified"] for claim in provenance["said"]["claims"]] == [True]
    assert [call["status"] for call in provenance["calls"]] == ["ok"]
    assert provenance["tokens"] == provenance["tokens_in"] + provenance["tokens_out"] > 0


def test_a_model_alone_answers_for_comparison(ask: Ask) -> None:
    said = {**SAYS, "component": "stripe-mock", "failure_mode": "scaled_to_zero"}
    alone = Call("Conclusion", said)
    with ChatServer(in_order([LOOKS, Turn(calls=(alone,))])) as server:
        found, _ = ask(
            "--mode", "llm", OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.token, FAULTSIDE_MODEL="scripted"
        )
        sent = json.dumps([request.body for request in server.requests], default=str)
    assert (found["verdict"], found["component"]) == ("external", "sock-shop/deployment/stripe-mock")
    assert found["provenance"]["said"]["case"] == "proven"
    assert "Hypotheses of the engine" not in sent


def test_without_a_model_nothing_is_said(ask: Ask) -> None:
    found, told = ask(OPENAI_API_KEY="a key that is there for something else")
    assert (told, found["provenance"]["mode"]) == ("", "engine")


@pytest.mark.parametrize(
    ("options", "environment", "why"),
    [
        (["--mode", "hybrid"], {}, "no model is named; set FAULTSIDE_MODEL or --model"),
        (["--model", "m"], {}, "no endpoint is configured; set OPENAI_API_KEY"),
        (["--model", "m"], {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "m: not reachable"),
        (["--mode", "llm", "--model", "m"], {"OPENAI_BASE_URL": "nonsense"}, "m: "),
    ],
)
def test_a_model_that_cannot_be_asked_costs_one_line(
    ask: Ask, options: list[str], environment: dict[str, str], why: str
) -> None:
    found, told = ask(*options, **environment)
    assert (found["verdict"], found["component"]) == ("external", "sock-shop/deployment/stripe-mock")
    assert told.startswith("faultside: note: no model had a say: " + why)
    assert told.count("\n") == 1
    assert found["provenance"]["settled"].startswith("no model had a say: " + why)


def test_a_wrong_key_costs_one_line_without_the_key(ask: Ask) -> None:
    with ChatServer(in_order([AGREES])) as server:
        found, told = ask(
            "--model", "scripted", OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY="not-the-right-key-1234"
        )
    assert found["verdict"] == "external"
    assert "the key is refused" in told
    assert told.count("\n") == 1
    assert "not-the-right-key-1234" not in told + json.dumps(found)


def test_a_cost_that_is_reached_ends_the_asking(ask: Ask) -> None:
    with ChatServer(in_order([LOOKS])) as server:
        found, told = ask(
            "--max-cost", "0.001", "--model", "scripted", FAULTSIDE_PRICE_IN="2", FAULTSIDE_PRICE_OUT="8",
            OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.token,
        )  # fmt: skip
    assert "a cost of 0.001" in told
    assert found["provenance"]["model_calls"] == 1
    assert found["provenance"]["cost"] > 0.001
