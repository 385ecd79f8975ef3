"""What the checkup says of the model, against a real endpoint on this machine."""

import time
from pathlib import Path

import openai
import pytest

from agent.doctor import Asked, Check, examine, exit_status
from agent.doctor.model import checks
from evals.loopback.faults import Fault, always
from evals.loopback.openai import Abilities, ChatServer
from evals.scripts.able import able

CLIENT = openai.AsyncOpenAI  # imported before the clock of a checkup runs


def examined() -> list[Check]:
    return examine(Asked(deadline=time.monotonic() + 30), {"model": checks})


def configure(monkeypatch: pytest.MonkeyPatch, server: ChatServer, **more: str) -> None:
    given = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.token, "FAULTSIDE_MODEL": "scripted", **more}
    for name, value in given.items():
        monkeypatch.setenv(name, value)


def test_without_a_model_nothing_is_wrong() -> None:
    assert [(one.name, one.state) for one in examined()] == [("model", "off")]


def test_an_able_endpoint_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(able(0), models=["scripted", "other"]) as server:
        configure(monkeypatch, server)
        found = examined()
    assert {one.name: one.state for one in found} == dict.fromkeys(
        ["endpoint", "tool calls", "JSON schema", "streaming", "usage figures", "strategy"], "ok"
    )
    assert found[0].said == "lists other, scripted"
    assert found[-1].said == "scripted is asked by native tool calls"
    assert exit_status(found) == 0


def test_an_endpoint_without_tool_calls_is_told_how_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(able(0), abilities=Abilities(tools=False, usage=False)) as server:
        configure(monkeypatch, server)
        found = {one.name: one for one in examined()}
    assert found["strategy"].do == "export FAULTSIDE_TOOL_CALLS=json"
    assert found["usage figures"].state == "warning"
    assert "enable-auto-tool-choice" in found["tool calls"].said


@pytest.mark.parametrize(
    ("fault", "status", "said", "seconds"),
    [
        (Fault(status=401), 2, "the key is refused", 30),
        (Fault(close=True), 3, "not reachable", 30),
        (Fault(hang=True), 3, "no answer", 3),
    ],
)
def test_an_endpoint_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, fault: Fault, status: int, said: str, seconds: float
) -> None:
    with ChatServer(able(0), always(fault)) as server:
        configure(monkeypatch, server)
        found = examine(Asked(deadline=time.monotonic() + seconds), {"model": checks})
    assert exit_status(found) == status
    assert said in found[0].said


def test_a_model_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(able(0)) as server:
        configure(monkeypatch, server, FAULTSIDE_MODEL="another")
        [found] = examined()
    assert (found.state, found.do) == ("missing", "export FAULTSIDE_MODEL=NAME")


def test_a_local_model_that_was_not_fetched_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAULTSIDE_MODEL", "local")
    monkeypatch.setenv("FAULTSIDE_CACHE", str(tmp_path))
    [found] = examined()
    assert found.state == "missing"
    assert found.do in {"faultside model install", "pip install 'faultside[local]'"}
