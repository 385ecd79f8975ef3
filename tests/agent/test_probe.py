"""What is found out about an endpoint, against a real one on this machine."""

from collections.abc import Mapping

import pytest

from agent.endpoint import Endpoint, EndpointError, Trouble
from agent.probe import Strategy, probe
from evals.loopback.faults import Fault, always, on
from evals.loopback.openai import Abilities, ChatServer
from evals.scripts.able import able
from evals.turns import Asked, Turn


def chatty(_: Asked) -> Turn:
    """Talks, whatever is asked."""
    return Turn("With pleasure! I have painted the wall.")


def reached(server: ChatServer, key: str = "loopback") -> Endpoint:
    return Endpoint(server.base_url, key)


@pytest.mark.parametrize(
    ("without", "strategy"),
    [
        ({}, "tools"),
        ({"usage": False, "stream": False}, "tools"),
        ({"tools": False}, "schema"),
        ({"tools": False, "schema": False}, "text"),
    ],
)
def test_the_strategy_is_the_best_that_works(without: Mapping[str, bool], strategy: Strategy) -> None:
    abilities = Abilities(**without)
    with ChatServer(able(0), abilities=abilities, models=("small", "large")) as server:
        found = probe(reached(server), "small")
        assert len(server.requests) == 4
    assert found.strategy == strategy
    assert found.models == ("large", "small")
    tried = (found.tools.works, found.schema.works, found.stream.works, found.usage.works)
    assert tried == (abilities.tools, abilities.schema, abilities.stream, abilities.usage)


def test_a_model_that_only_talks_is_asked_in_text() -> None:
    with ChatServer(chatty) as server:
        found = probe(reached(server), "scripted")
    assert found.strategy == "text"
    assert found.tools.why == "offered a tool, it answers in text"


def test_an_endpoint_without_a_list_is_fine() -> None:
    with ChatServer(able(0), on("/v1/models", Fault(status=404))) as server:
        assert probe(reached(server), "scripted").models == ()


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(status=401), "key"),
        (Fault(status=429), "busy"),
        (Fault(status=500), "broken"),
        (Fault(body=b"<html><h1>Welcome to the proxy</h1></html>"), "broken"),
        (Fault(close=True), "unreachable"),
        (Fault(keep=20), "unreachable"),
        (Fault(drip=0.05), "late"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_told_in_one_line(fault: Fault, trouble: Trouble) -> None:
    with ChatServer(able(0), always(fault)) as server, pytest.raises(EndpointError) as error:
        reached(server).ask("scripted", [{"role": "user", "content": "hello"}], 1.0)
    assert error.value.trouble == trouble
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH", "of-no-known-form"])
def test_a_key_that_an_endpoint_echoes_is_not_told(key: str) -> None:
    with ChatServer(able(0)) as server, pytest.raises(EndpointError) as error:
        reached(server, key).models(1.0)
    assert error.value.trouble == "key"
    assert key not in str(error.value)
