"""The scene: edges, what was asked, and what is noise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from tools.changes import SCALED


@pytest.fixture
def scene(run_folder: Path) -> Scene:
    """The small recorded run as a scene."""
    run = load_run(run_folder)
    return Scene(run.incident, sweep(run.incident, run.sources, Limits()))


def test_an_address_leads_through_the_service_to_the_workload(scene: Scene) -> None:
    assert ("shop/deployment/payment", "shop/deployment/gateway") in scene.traffic


def test_nothing_younger_than_the_recording_is_read(scene: Scene) -> None:
    recorded = datetime(2025, 11, 11, 6, 40, tzinfo=UTC)

    assert scene.now == recorded
    assert all(hit.at is None or hit.at <= recorded for edge in scene.graph.edges for hit in edge.hits)


def test_the_question_names_the_component_in_its_plural(scene: Scene) -> None:
    assert scene.asked == {"shop/deployment/payment"}


def test_a_denied_log_is_a_gap(scene: Scene) -> None:
    assert any(gap.what == "logs" and gap.status == "denied" for gap in scene.snapshot.gaps) or not any(
        pod.metadata.name == "cart-1" for pod in scene.snapshot.pods
    )


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("Scaled down replica set pay-1 to 0 from 1", "0"),
        ("Scaled down replica set pay-1 from 1 to 0", "0"),
        ("Scaled up replica set pay-1 to 3", "3"),
    ],
)
def test_both_wordings_of_a_scaling_event(text: str, low: str) -> None:
    match = SCALED.match(text)

    assert match is not None
    assert (match["to1"] or match["to2"]) == low


def test_the_window_is_the_incident_s(scene: Scene) -> None:
    assert scene.window.end - scene.window.start == timedelta(minutes=20)
