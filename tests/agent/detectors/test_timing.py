"""What began late, or was over early, explains nothing that came in between."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent.causes import rank
from agent.finding import Finding

Make = Callable[..., Any]
CALLS = (("shop/door", "shop/till"),)


def crash(at: Callable[[float], str], since: float, until: float | None) -> Finding:
    ended = datetime.fromisoformat(at(until)) if until is not None else None
    return Finding(
        component="shop/deployment/till",
        condition="crash_loop",
        role="cause",
        since=datetime.fromisoformat(at(since)),
        until=ended,
        strength=0.8,
    )


def late_answers(at: Callable[[float], str], since: float) -> Finding:
    began = datetime.fromisoformat(at(since))
    return Finding(component="shop/deployment/door", condition="answers_slow", role="symptom", since=began)


def test_trouble_that_was_over_before_the_symptom_began_is_doubted(scene_of: Make, workload: Make, at: Make) -> None:
    scene = scene_of([*workload("door"), *workload("till")], declared=CALLS, namespace="shop")

    (over,) = rank(scene, [crash(at, 1, 3), late_answers(at, 20)])
    (lasting,) = rank(scene, [crash(at, 1, None), late_answers(at, 20)])
    (healed_later,) = rank(scene, [crash(at, 1, 25), late_answers(at, 20)])

    assert over.doubts == ["was over before the symptom began"]
    assert lasting.doubts == healed_later.doubts == []
    assert over.score < 0.5 * lasting.score
