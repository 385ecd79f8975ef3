"""The tools answer from a recording, and refuse what they can't answer in words that help."""

import json
from pathlib import Path

import pytest

from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from agent.toolbox import toolbox_for
from tools.errors import ToolError
from tools.questions import QUESTIONS, Toolbox

SIX = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"
MOCK = "sock-shop/deployment/stripe-mock"


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    run = load_run(SIX)
    return toolbox_for(Scene(run.incident, sweep(run.incident, run.sources, Limits())), run.sources, run.boundary)


@pytest.mark.filterwarnings("ignore:open_binary is deprecated")
def test_the_contract_of_all_tools_costs_a_model_less_than_a_thousand_tokens() -> None:
    import bpe_openai

    functions = [
        {"name": one.name, "description": one.description, "parameters": one.parameters} for one in QUESTIONS.values()
    ]
    contract = json.dumps([{"type": "function", "function": one} for one in functions], separators=(",", ":"))
    assert len(bpe_openai.get_encoding("o200k_base").encode(contract)) <= 900


def test_replicas_of_one_workload_with_who_scaled_it(toolbox: Toolbox) -> None:
    found = QUESTIONS["replica_counts"].ask(toolbox, {"namespace": "sock-shop", "workload": "stripe-mock"})
    assert isinstance(found.value, dict)
    row = found.value[MOCK]
    assert (row["desired"], row["available"]) == (0, 0)
    assert row["scaled"] == [{"at": "2025-11-11T06:30:30Z", "by": "kubectl", "from": "1", "to": "0"}]
    assert "desired 0, ready 0, available 0, scaled from 1 to 0 at 06:30:30Z by kubectl" in found.text
    assert toolbox.cite(found.id) is found


@pytest.mark.parametrize("arguments", [{}, {"namespace": 3}, {"namespace": "sock-shop", "verb": "delete"}])
def test_wrong_arguments_are_told(toolbox: Toolbox, arguments: dict[str, object]) -> None:
    with pytest.raises(ToolError, match=r"replica_counts: .*; it takes namespace, workload"):
        QUESTIONS["replica_counts"].ask(toolbox, arguments)
