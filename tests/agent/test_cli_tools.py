"""`faultside show tool`: what a model would be told, for a person."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.store import store_of_run
from tools.questions import QUESTIONS

SIX = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"
THEN = ("--start", "2025-11-11T06:30:00Z", "--end", "2025-11-11T06:43:00Z")


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_tool_is_listed(faultside: Run) -> None:
    ran = faultside("show", "tools")
    assert ran.returncode == 0
    assert [line.split()[0] for line in ran.stdout.splitlines() if line[0] != " "] == list(QUESTIONS)


def test_a_tool_answers_on_a_recording_and_on_a_cluster_alike(faultside: Run, tmp_path: Path) -> None:
    asked = ("show", "tool", "dependencies", "workload=payment")
    recorded = faultside(*asked, "--run", SIX)
    assert recorded.returncode == 0
    assert "calls deployment/stripe-mock (third party: Stripe): 3 of 3 calls failed in the window" in recorded.stdout
    with ApiServer(Answers(store_of_run(SIX))) as server:
        config = server.kubeconfig(tmp_path / "kubeconfig")
        boundary = SIX.parent / "boundary.yaml"
        live = faultside(*asked, "--kubeconfig", config, "-n", "sock-shop", *THEN, "--boundary", boundary)
    assert (live.returncode, live.stdout, live.stderr) == (0, recorded.stdout, recorded.stderr)


def test_json_holds_the_value_too(faultside: Run) -> None:
    ran = faultside("show", "tool", "replica_counts", "workload=stripe-mock", "--run", SIX, "--format", "json")
    assert json.loads(ran.stdout)["value"]["sock-shop/deployment/stripe-mock"]["desired"] == 0


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
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
