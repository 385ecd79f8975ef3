"""Investigations by models without native tool calls: in process, and over the wire with what the endpoint can do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.budget import Budget, Meter
from agent.diagnose import look
from agent.investigator import Briefing, How, Inquiry
from agent.investigators import investigator_of
from agent.json_loop import JsonInvestigator
from agent.json_turns import read_turn
from agent.run_input import load_run
from agent.settings import ModelSettings
from agent.toolbox import toolbox_for
from evals.loopback.faults import Fault, Request
from evals.loopback.openai import Abilities, ChatServer
from evals.scripted_json import ScriptedCompleter
from evals.scripts.reader import reader
from evals.turns import Asked, Call, ScriptError, Turn, in_order
from tools.questions import QUESTIONS

COUNTS = Turn(calls=(Call("replica_counts", {"namespace": "shop"}),))
PODS = Turn(calls=(Call("pod_status", {"namespace": "shop"}),))
DONE = Turn(calls=(Call("Conclusion", {"verdict": "external", "hypothesis": 1, "summary": "Stripe is down."}),))
WRONG = Turn(calls=(Call("Conclusion", {"verdict": "perhaps", "summary": "Who knows?"}),))
CUT = Turn(calls=(Call("Conclusion", '{"verdict": "external", "summ'),))
TEXT = Turn("I think that it is DNS. It always is.")


@pytest.fixture
def make_inquiry(run_folder: Path) -> Callable[..., Inquiry]:
    run = load_run(run_folder)
    scene, _ = look(run.incident, run.sources, run.boundary)

    def made(budget: Budget = Budget()) -> Inquiry:  # noqa: B008 - frozen
        toolbox = toolbox_for(scene, run.sources, run.boundary)
        return Inquiry(
            Briefing("Check the engine.", "Customers cannot pay.\nWindow: today, namespace: shop"),
            toolbox,
            QUESTIONS,
            Meter(budget),
        )

    return made


@pytest.mark.parametrize(
    ("turns", "how", "tools"),
    [
        ([DONE], "concluded", 0),
        ([COUNTS, PODS, DONE], "concluded", 2),
        ([TEXT, COUNTS, CUT, DONE], "concluded", 1),
        ([WRONG, DONE], "concluded", 0),
        ([TEXT], "said_nothing", 0),
        ([WRONG], "said_nothing", 0),
        ([Turn(calls=(Call("delete_pod", {"name": "payment"}),)), DONE], "concluded", 1),
        ([COUNTS, COUNTS, COUNTS, DONE], "concluded", 1),
    ],
)
def test_every_way_of_talking_has_an_end(
    make_inquiry: Callable[..., Inquiry], turns: list[Turn], how: How, tools: int
) -> None:
    inquiry = make_inquiry()
    ending = JsonInvestigator(ScriptedCompleter(in_order(turns))).investigate(inquiry)
    assert ending.how == how
    assert len(inquiry.calls) == tools
    assert inquiry.meter.tokens_in > inquiry.meter.model_calls * 100
    assert (ending.conclusion is not None) == (how == "concluded")


def endless(asked: Asked) -> Turn:
    """Asks on and on, each time something else; concludes only where nothing else can be said."""
    if asked.schema is not None and "anyOf" not in asked.schema:
        return DONE
    return Turn(calls=(Call("search_logs", {"namespace": "shop", "pattern": f"error {asked.round}"}),))


def test_whoever_asks_on_and_on_has_to_conclude_with_the_last_call(make_inquiry: Callable[..., Inquiry]) -> None:
    inquiry = make_inquiry(Budget(model_calls=4))
    ending = JsonInvestigator(ScriptedCompleter(endless)).investigate(inquiry)
    assert ending.how == "concluded"
    assert inquiry.meter.model_calls == 4


def test_a_bound_that_is_reached_is_told(make_inquiry: Callable[..., Inquiry]) -> None:
    ending = JsonInvestigator(ScriptedCompleter(endless)).investigate(make_inquiry(Budget(tokens=200)))
    assert (ending.how, ending.why) == ("out_of_budget", "no conclusion within 200 tokens")


def test_a_script_that_reads_is_offered_the_tools_in_json_as_well(make_inquiry: Callable[..., Inquiry]) -> None:
    inquiry = make_inquiry()
    ending = JsonInvestigator(ScriptedCompleter(reader)).investigate(inquiry)
    assert ending.how == "concluded"
    assert inquiry.calls


def broken(_: Asked) -> Turn:
    raise ScriptError("out of memory")


def test_a_model_that_breaks_down_is_told(make_inquiry: Callable[..., Inquiry]) -> None:
    ending = JsonInvestigator(ScriptedCompleter(broken)).investigate(make_inquiry())
    assert (ending.how, ending.why) == ("failed", "out of memory")


@pytest.mark.parametrize(
    ("abilities", "tool_calls", "requests"),
    [
        (Abilities(), "auto", 3),
        (Abilities(tools=False), "auto", 4),
        (Abilities(tools=False), "json", 3),
        (Abilities(tools=False, schema=False, usage=False), "auto", 5),
        (Abilities(tools=False, schema=False), "json", 4),
    ],
)
def test_what_an_endpoint_cannot_do_is_done_without(
    make_inquiry: Callable[..., Inquiry], abilities: Abilities, tool_calls: str, requests: int
) -> None:
    with ChatServer(in_order([COUNTS, PODS, DONE]), abilities=abilities) as server:
        settings = endpoint_of(server, FAULTSIDE_TOOL_CALLS=tool_calls)
        inquiry = make_inquiry()
        ending = investigator_of(["scripted"], settings, 5.0).investigate(inquiry)
        assert len(server.requests) == requests
    assert (ending.how, len(inquiry.calls)) == ("concluded", 2)
    assert inquiry.meter.tokens_out > 0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(status=401), "the key is refused"),
        (Fault(body=b"<html>"), "what it answers is no chat completion"),
        (Fault(close=True), "not reachable"),
    ],
)
def test_an_endpoint_that_fails_is_told_in_one_line(
    make_inquiry: Callable[..., Inquiry], fault: Fault, why: str
) -> None:
    with ChatServer(in_order([DONE]), lambda _: fault) as server:
        settings = endpoint_of(server, FAULTSIDE_TOOL_CALLS="json")
        ending = investigator_of(["scripted"], settings, 5.0).investigate(make_inquiry())
    assert ending.how == "failed"
    assert why in ending.why
    assert "\n" not in ending.why


def test_a_busy_endpoint_is_asked_once_more(make_inquiry: Callable[..., Inquiry]) -> None:
    def first(request: Request) -> Fault | None:
        return Fault(status=429) if request.number == 1 else None

    with ChatServer(in_order([DONE]), first) as server:
        settings = endpoint_of(server, FAULTSIDE_TOOL_CALLS="json")
        ending = investigator_of(["scripted"], settings, 5.0).investigate(make_inquiry())
        assert len(server.requests) == 2
    assert ending.how == "concluded"


def endpoint_of(server: ChatServer, **more: str) -> ModelSettings:
    return ModelSettings.model_validate({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "loopback", **more})


@pytest.mark.parametrize(
    "text",
    [
        '{"tool": "pods", "arguments": {"n": 1}}',
        'Sure! Here it is:\n```json\n{"tool": "pods", "arguments": {"n": 1}}\n```\nAnything else?',
        '<tool_call>\n{"name": "pods", "arguments": {"n": 1}}\n</tool_call>',
    ],
)
def test_a_call_is_found_in_the_words_around_it(text: str) -> None:
    assert read_turn(text) == ("pods", {"n": 1})


@pytest.mark.parametrize(
    "text", ["", "{", "{}", '{"tool": 3}', '{"tool": "x", "arguments": []}', "[" * 99_999, '{"a":' * 99_999]
)
def test_what_is_no_call_is_told_to_the_model(text: str) -> None:
    with pytest.raises(ValueError, match="expected one JSON object"):
        read_turn(text)
