"""`faultside show tool`: what a model would be told, for a person."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.cli import main
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.store import store_of_run
from tools.questions import QUESTIONS

SIX = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"
THEN = ("--start", "2025-11-11T06:30:00Z", "--end", "2025-11-11T06:43:00Z")


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def faultside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["faultside", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Ran(int(left.value.code or 0), said.out, said.err)

    return run


def test_every_tool_is_listed(faultside: Run) -> None:
    ran = faultside("show", "tools")
    assert ran.status == 0
    assert [line.split()[0] for line in ran.out.splitlines() if line[0] != " "] == list(QUESTIONS)


def test_a_tool_answers_on_a_recording_and_on_a_cluster_alike(faultside: Run, tmp_path: Path) -> None:
    asked = ("show", "tool", "dependencies", "workload=payment")
    recorded = faultside(*asked, "--run", SIX)
    assert recorded.status == 0
    assert "calls deployment/stripe-mock (third party: Stripe): 3 of 3 calls failed in the window" in recorded.out
    with ApiServer(Answers(store_of_run(SIX))) as server:
        config = server.kubeconfig(tmp_path / "kubeconfig")
        boundary = SIX.parent / "boundary.yaml"
        live = faultside(*asked, "--kubeconfig", config, "-n", "sock-shop", *THEN, "--boundary", boundary)
    assert live == recorded


def test_json_holds_the_value_too(faultside: Run) -> None:
    ran = faultside("show", "tool", "replica_counts", "workload=stripe-mock", "--run", SIX, "--format", "json")
    assert json.loads(ran.out)["value"]["sock-shop/deployment/stripe-mock"]["desired"] == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("pods",), "there is no tool 'pods'; did you mean pod_status?"),
        (("pod_status", "workload"), "expected KEY=VALUE such as workload=payment, got 'workload'"),
        (("pod_status", "workload=paymnt"), "did you mean payment?"),
        (("dependencies",), "dependencies: workload: it is missing; it takes namespace, workload"),
        (("promql", "query=up"), "promql: no such system is configured here; ask metric_query for a named signal"),
    ],
)
def test_a_wrong_call_is_one_line_that_helps(faultside: Run, typed: tuple[str, ...], said: str) -> None:
    ran = faultside("show", "tool", *typed, "--run", SIX)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
