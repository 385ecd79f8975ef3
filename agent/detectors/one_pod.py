"""Calls that fail from one pod of a workload only: its siblings reach the same callee, so the callee is fine."""

from collections import Counter
from collections.abc import Iterator

from agent.detectors.calls import edge_claims
from agent.finding import Finding
from agent.scene import Scene
from tools.callgraph import FAILED, WORKED, Edge
from tools.traffic import Traffic

FEW = 4
"""Fewer calls of a pod say nothing."""
_LATELY_GOOD = 0.2


def detect(scene: Scene) -> Iterator[Finding]:
    """`egress_down` of the caller, for the edges that only some of its pods can't use."""
    for edge, counted in scene.failing:
        pods = _failing_pods(edge, counted)
        if pods:
            yield Finding(
                component=edge.caller,
                condition="egress_down",
                role="cause",
                names=tuple(f"{edge.caller.partition('/')[0]}/{pod}" for pod in pods),
                since=counted.first,
                until=counted.last if counted.healed else None,
                strength=0.7,
                on_edge=(edge.caller, edge.callee),
                claims=edge_claims(scene, edge, counted),
                says=f"only {', '.join(pods)} can't reach {edge.callee}, its siblings can",
            )


def _failing_pods(edge: Edge, counted: Traffic) -> list[str]:
    """Pods whose calls reach nobody since the onset while all others work; empty when that is not the pattern.

    An answer with a status was reached, whatever it says.
    """
    if counted.first is None:
        return []
    since = [hit for hit in edge.hits if hit.at and hit.at >= counted.first]
    bad = Counter(hit.ref.pod for hit in since if hit.family in FAILED and hit.status is None)
    good = Counter(hit.ref.pod for hit in since if hit.family in WORKED or (hit.family in FAILED and hit.status))
    broken = [pod for pod, failed in bad.items() if failed >= FEW and good[pod] <= _LATELY_GOOD * failed]
    sound = [pod for pod, worked in good.items() if worked >= FEW and not bad[pod]]
    mixed = bad.keys() - set(broken)
    return sorted(broken) if broken and sound and not mixed else []
