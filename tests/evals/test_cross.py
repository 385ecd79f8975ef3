"""The numbers of the ranking, learnt on a part of somebody's cases and tried on the rest."""

from datetime import UTC, datetime

import pytest

from agent.boundary import Boundary
from agent.finding import Finding
from agent.incident import Incident
from agent.scene import Scene
from agent.weights import WEIGHTS
from evals.adapters.cloud_opsbench_labels import Prediction
from evals.adapters.cross import BLANK, Kept, crossed, first_answer, hits, render, search
from evals.progress import StderrProgress
from tools.evidence import Window
from tools.snapshot import Snapshot

START, END = datetime(2026, 3, 2, 12, 0, tzinfo=UTC), datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
LATE = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)


def _kept(app: str, name: str) -> Kept:
    """A case with two causes, of which the surer one began late: only a small `lag` names it."""
    scene = Scene(
        Incident(question="why does it fail?", namespace=app, start=START, end=END, asked_at=END),
        Snapshot("test", Window(START, END), END),
    )
    findings = [
        Finding(component=f"{app}/deployment/{name}", condition="oom_killed", role="cause", strength=0.9, since=LATE),
        Finding(component=f"{app}/deployment/other", condition="crash_loop", role="cause", strength=0.8, since=START),
    ]
    return Kept(app, f"app/{name}", Prediction(f"app/{name}", "oom_killed"), scene, findings, Boundary.default())


def _cases() -> list[Kept]:
    return [_kept(app, name) for app in ("shop", "zoo") for name in ("a", "b")]


def test_the_first_answer_is_in_the_words_of_the_benchmark() -> None:
    assert first_answer(_kept("shop", "a"), WEIGHTS) == Prediction("app/a", "oom_killed")


def test_a_route_is_named_by_the_service_that_it_is_called_after() -> None:
    kept = _kept("shop", "a")
    kept.findings[:] = [
        Finding(
            component="shop/ingress/front",
            condition="wrong_address",
            detail="route",
            names=("shop/service/till",),
            role="cause",
            strength=0.9,
            since=START,
        )
    ]
    found = first_answer(kept, WEIGHTS)
    assert found is not None
    assert found.fault_object == "app/till"


def test_a_case_without_a_cause_has_no_answer() -> None:
    kept = _kept("shop", "a")
    kept.findings.clear()
    assert first_answer(kept, WEIGHTS) is None


def test_what_makes_a_difference_is_learnt_and_nothing_else_moves() -> None:
    cases = _cases()
    assert hits(cases, BLANK) == [False] * 4
    learnt = search(cases)
    assert hits(cases, learnt) == [True] * 4
    assert learnt.lag < BLANK.lag
    assert (learnt.worked, learnt.upstream, learnt.tolerance) == (BLANK.worked, BLANK.upstream, WEIGHTS.tolerance)


def test_each_application_and_each_half_is_learnt_from_once() -> None:
    found = crossed(_cases(), StderrProgress())
    assert [one.learnt_on for one in found.directions] == ["shop", "zoo", "even", "odd"]
    assert [one.tried.n for one in found.directions] == [2, 2, 2, 2]
    assert {one.tried.value for one in found.directions} == {1.0}
    assert set(found.directions[0].changed) == {"lag"}
    assert found.furthest == pytest.approx(0.0)
    assert "zoo" in render(found)


def test_a_single_application_has_no_other_to_be_tried_on() -> None:
    assert crossed([_kept("shop", "a")], StderrProgress()).directions == []
