"""What a model may do wrong in the loop: the run always ends, and is never taken for an answer that it is not."""

import time
from pathlib import Path

import pytest

from agent.budget import Budget
from agent.consult import Model
from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.investigate.chain import given
from agent.investigate.loop import LangChainInvestigator
from agent.run_input import load_run
from evals.loopback.openai import ChatServer
from evals.scripted import ScriptedModel
from evals.turns import Asked, Call, Script, ScriptError, Turn, in_order

OUTAGE = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"
SAYS = {"verdict": "external", "hypothesis": 1, "summary": "no replicas", "claims": []}
CONCLUDES = Turn(calls=(Call("Conclusion", SAYS),))


def hybrid(script: Script, budget: Budget = Budget(), *more: Script) -> Diagnosis:  # noqa: B008 - frozen
    run = load_run(OUTAGE)
    models = [given(f"m{n}", ScriptedModel(script=one)) for n, one in enumerate((script, *more))]
    return diagnose(run.incident, run.sources, run.boundary, Model(LangChainInvestigator(models), budget=budget))


@pytest.mark.parametrize(
    "turn",
    [
        Turn(text="It is Stripe."),
        Turn(calls=(Call("Conclusion", "{not json"),)),
        Turn(calls=(Call("Conclusion", SAYS), Call("Conclusion", SAYS))),
        Turn(calls=(Call("kubectl_delete", {"name": "payment"}),)),
        Turn(calls=(Call("pod_status", {"namespace": 7}),)),
        Turn(calls=(Call("pod_status", {"namespace": "sock-shop", "force": True}),)),
        Turn(calls=(Call("Conclusion", {**SAYS, "verdict": "surely"}),)),
        Turn(calls=(Call("Conclusion", {"summary": "x" * 2_000}),)),
    ],
    ids=["text", "bad json", "two", "unknown tool", "wrong type", "unknown argument", "bad verdict", "too long"],
)
def test_a_slip_is_mended_in_the_next_turn(turn: Turn) -> None:
    found = hybrid(in_order([turn, CONCLUDES]))
    assert found.provenance.said is not None
    assert found.provenance.said.case == "agrees"
    assert found.provenance.model_calls == 2


@pytest.mark.parametrize(
    "turn",
    [Turn(text="It is Stripe."), Turn(), Turn(calls=(Call("Conclusion", "{"),)), Turn(calls=(Call("Conclusion", {}),))],
    ids=["text", "nothing", "bad json", "empty"],
)
def test_who_never_concludes_has_said_nothing(turn: Turn) -> None:
    found = hybrid(in_order([turn]))
    assert found.provenance.said is None
    assert found.provenance.settled == "no model had a say: it submitted no conclusion"
    assert found.provenance.model_calls <= 8
    assert found.verdict == "external"


def test_who_asks_for_ever_is_stopped_and_made_to_conclude() -> None:
    def script(asked: Asked) -> Turn:
        alone = set(asked.tools) == {"Conclusion"}
        return CONCLUDES if alone else Turn(calls=(Call("pod_status", {"namespace": "sock-shop"}),) * 5)

    found = hybrid(script, Budget(model_calls=4, tool_calls=7))
    assert found.provenance.said is not None
    assert found.provenance.model_calls == 4
    assert len([call for call in found.provenance.calls if call.evidence]) == 7
    assert {call.error for call in found.provenance.calls} == {
        "",
        "refused, 7 tool calls are spent; submit the conclusion now",
    }


@pytest.mark.parametrize(
    ("budget", "why"), [(Budget(tokens=100), "100 tokens"), (Budget(model_calls=0), "0 model calls")]
)
def test_a_bound_ends_it(budget: Budget, why: str) -> None:
    found = hybrid(in_order([Turn(calls=(Call("pod_status", {"namespace": "sock-shop"}),))]), budget)
    assert found.provenance.settled == f"no model had a say: no conclusion within {why}"


def test_who_takes_too_long_is_not_waited_for() -> None:
    def sleeps(asked: Asked) -> Turn:
        time.sleep(0.3 * (1 + asked.round))
        return Turn(calls=(Call("pod_status", {"namespace": "sock-shop"}),))

    began = time.monotonic()
    found = hybrid(sleeps, Budget(seconds=1.0))
    assert time.monotonic() - began < 15
    assert "within 1 seconds" in found.provenance.settled


def test_who_breaks_off_is_followed_by_the_next_of_the_chain() -> None:
    def breaks(asked: Asked) -> Turn:
        if asked.round:
            raise ScriptError("gone")
        return Turn(calls=(Call("pod_status", {"namespace": "sock-shop"}),))

    found = hybrid(breaks, Budget(), in_order([Turn(), CONCLUDES]))
    assert (found.provenance.model, found.provenance.settled) == ("m1", "the model agrees with the engine")
    alone = hybrid(breaks)
    assert alone.provenance.settled == "no model had a say: m0: ScriptError (gone)"
    assert alone.verdict == "external"


def test_a_conclusion_beside_another_call_counts() -> None:
    found = hybrid(in_order([Turn(calls=(Call("Conclusion", SAYS), Call("pod_status", {"namespace": "sock-shop"})))]))
    assert found.provenance.said is not None


def test_what_a_tracing_service_would_be_told_is_told_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(in_order([CONCLUDES])) as listener:
        for name, value in {"TRACING": "true", "API_KEY": "x", "ENDPOINT": listener.url}.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        assert hybrid(in_order([CONCLUDES])).provenance.said is not None
        time.sleep(0.5)  # a tracer sends in the background
        assert not listener.requests
