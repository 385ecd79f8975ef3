"""The loopback endpoint and the scripted model, as the libraries that talk to them see them."""

import json
from collections.abc import Callable

import openai
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from evals.loopback.faults import Fault, always
from evals.loopback.openai import Abilities, ChatServer
from evals.scripted import ScriptedModel
from evals.turns import Asked, Call, ScriptError, Turn, in_order

ASK = Turn(calls=(Call("pods", {"namespace": "shop"}), Call("pods", {"namespace": "späti"})))
SAY = Turn("Der Händler antwortet nicht.", tokens_in=11, tokens_out=7)
TOOLS = [{"type": "function", "function": {"name": "pods", "parameters": {"type": "object"}}}]
HELLO = [{"role": "user", "content": "hello"}]


@tool
def pods(namespace: str) -> str:
    """Pods of a namespace."""
    return namespace


def client(server: ChatServer, key: str = "loopback") -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, api_key=key, max_retries=0, timeout=5)


@pytest.mark.parametrize("streaming", [True, False])
def test_a_script_is_the_same_over_the_wire_and_in_process(streaming: bool) -> None:
    script = in_order([ASK, SAY])
    with ChatServer(script) as server:
        wired = ChatOpenAI(
            model="scripted",
            base_url=server.base_url,
            api_key=SecretStr("loopback"),
            streaming=streaming,
            stream_usage=True,
        )
        for model in (wired, ScriptedModel(script=script)):
            bound = model.bind_tools([pods])
            first = bound.invoke("hello")
            second = bound.invoke(
                [
                    "hello",
                    first,
                    *({"role": "tool", "content": "x", "tool_call_id": one["id"]} for one in first.tool_calls),
                ]
            )
            assert [(one["name"], one["args"]) for one in first.tool_calls] == [
                ("pods", {"namespace": "shop"}),
                ("pods", {"namespace": "späti"}),
            ]
            assert second.text == SAY.text
            assert second.usage_metadata is not None
            assert (second.usage_metadata["input_tokens"], second.usage_metadata["output_tokens"]) == (11, 7)


def test_a_call_is_json_where_no_tool_was_offered() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "turn", "schema": {"type": "object"}}}
    with ChatServer(in_order([ASK])) as server:
        said = client(server).chat.completions.create(model="scripted", messages=HELLO, response_format=schema)  # type: ignore[call-overload]
    assert json.loads(said.choices[0].message.content) == {"tool": "pods", "arguments": {"namespace": "shop"}}


def broken(_: Asked) -> Turn:
    raise ScriptError("out of memory")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=401), openai.AuthenticationError),
        (Fault(status=429, retry_after=1), openai.RateLimitError),
        (Fault(status=500), openai.InternalServerError),
        (Fault(keep=40), openai.APIConnectionError),
        (Fault(close=True), openai.APIConnectionError),
    ],
)
def test_faults_come_as_the_client_knows_them(fault: Fault, expected: type[Exception]) -> None:
    with ChatServer(in_order([SAY]), always(fault)) as server, pytest.raises(expected):
        client(server).chat.completions.create(model="scripted", messages=HELLO)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"tools": TOOLS}, 400),
        ({"stream": True}, 400),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}, 400),
        ({"model": "another"}, 404),
        ({}, 200),
    ],
)
def test_an_endpoint_refuses_what_it_cannot_do(sent: dict[str, object], status: int) -> None:
    abilities = Abilities(tools=False, schema=False, stream=False, usage=False)
    with ChatServer(in_order([SAY]), abilities=abilities) as server:
        create: Callable[..., openai.types.chat.ChatCompletion] = client(server).chat.completions.create
        if status == 200:
            assert create(model="scripted", messages=HELLO).usage is None
        else:
            with pytest.raises(openai.APIStatusError) as error:
                create(**{"model": "scripted", "messages": HELLO, **sent})
            assert error.value.status_code == status


def test_a_wrong_key_and_a_breaking_script_are_answered_as_errors() -> None:
    with ChatServer(broken) as server:
        with pytest.raises(openai.AuthenticationError):
            client(server, "wrong").models.list()
        with pytest.raises(openai.InternalServerError, match="out of memory"):
            client(server).chat.completions.create(model="scripted", messages=HELLO)  # type: ignore[arg-type]
        assert [one.id for one in client(server).models.list()] == ["scripted"]
