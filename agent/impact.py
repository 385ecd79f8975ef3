"""What a fault costs: the calls that failed since it began, counted where they fail first."""

from agent.diagnosis import Impact
from agent.finding import Finding
from agent.paths import failing_hop
from agent.reach import Symptom
from agent.scene import Scene
from tools.traffic import Traffic


def impact_of(scene: Scene, finding: Finding, explained: list[Symptom]) -> Impact | None:
    """Failed and all calls of one hop since its first failure; None where no explained call failed."""
    hop = failing_hop(scene, finding, explained)
    if not hop:
        return None
    counted = [scene.traffic[pair] for pair in hop]
    failed = sum(one.failed for one in counted)
    return Impact(
        failed=failed,
        total=failed + sum(_worked_since_onset(one) for one in counted),
        since=min((one.first for one in counted if one.first), default=None),
        where=", ".join(f"{caller} -> {callee}" for caller, callee in hop),
    )


def _worked_since_onset(counted: Traffic) -> int:
    """Without a time of the first failure, all of the window's calls."""
    return counted.worked_after_first if counted.first else counted.worked
