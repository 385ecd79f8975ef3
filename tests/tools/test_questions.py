"""The tools answer from a recording, and refuse what they can't answer in words that help."""

from pathlib import Path

import pytest

from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from tools.errors import ToolError
from tools.questions import QUESTIONS, Toolbox
from tools.views import Views

SIX = Path(__file__).parents[2] / "evals/runs/sockshop/r-2a6171"


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    run = load_run(SIX)
    scene = Scene(run.incident, sweep(run.incident, run.sources, Limits()))
    views = Views(scene.snapshot, scene.graph, scene.changes)
    return Toolbox(
        snapshot=scene.snapshot,
        sources=run.sources,
        graph=scene.graph,
        changes=scene.changes,
        views=views,
        owner=lambda component: component,
    )


def test_replicas_of_one_workload(toolbox: Toolbox) -> None:
    found = QUESTIONS["replica_counts"].ask(toolbox, {"namespace": "sock-shop", "workload": "stripe-mock"})
    assert found.value == {"sock-shop/deployment/stripe-mock": {"desired": 0, "ready": 0, "available": 0}}
    assert toolbox.cite(found.id) is found


@pytest.mark.parametrize("arguments", [{}, {"namespace": 3}, {"namespace": "sock-shop", "verb": "delete"}])
def test_wrong_arguments_are_told(toolbox: Toolbox, arguments: dict[str, object]) -> None:
    with pytest.raises(ToolError, match=r"replica_counts: (namespace|verb): "):
        QUESTIONS["replica_counts"].ask(toolbox, arguments)
