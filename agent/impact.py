"""What a fault costs: the calls that failed since it began, counted where they fail first."""

from agent.diagnosis import Impact
from agent.finding import Finding
from agent.reach import Symptom
from agent.scene import Scene
from tools.traffic import Traffic

Pair = tuple[str, str]


def impact_of(scene: Scene, finding: Finding, explained: list[Symptom]) -> Impact | None:
    """Failed and all calls of one hop since its first failure; None where no explained call was counted.

    A request that fails at several hops counts once: at the cause, else at what it touches, else at the edge that
    fails most.
    """
    edges = {one.edge for one in explained if one.edge and one.edge in scene.traffic}
    failing = sorted(pair for pair in edges if pair and scene.traffic[pair].failed)
    if not failing:
        return None
    hop = _hop(scene, finding, failing)
    counted = [scene.traffic[pair] for pair in hop]
    failed = sum(one.failed for one in counted)
    return Impact(
        failed=failed,
        total=failed + sum(_worked_since_onset(one) for one in counted),
        since=min((one.first for one in counted if one.first), default=None),
        where=", ".join(f"{caller} -> {callee}" for caller, callee in hop),
    )


def _hop(scene: Scene, finding: Finding, failing: list[Pair]) -> list[Pair]:
    if finding.on_edge in failing and finding.on_edge[1] != finding.component:
        return [finding.on_edge]
    at_cause = [pair for pair in failing if pair[1] == finding.component]
    touched = [pair for pair in failing if pair[1] in finding.touches]
    return at_cause or touched or [max(failing, key=lambda pair: scene.traffic[pair].failed)]


def _worked_since_onset(counted: Traffic) -> int:
    """Without a time of the first failure, all of the window's calls."""
    return counted.worked_after_first if counted.first else counted.worked
