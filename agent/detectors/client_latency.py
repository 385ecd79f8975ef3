"""How long every component waits for each of its callees by its own metrics: the other end of their answers' times."""

from msgspec import Struct, structs

from agent.detectors.latency import LEAST, TIMES, Slow
from agent.detectors.levels import Level, id_of, mean, risen, summed
from agent.finding import Finding, Predicate
from agent.scene import Scene

_HOST_LABELS = ("host", "server_address", "client_name")
_MUCH = 0.2
"""From this share of what a caller takes longer on, waiting for a callee explains it."""


class Wait(Struct, frozen=True):
    """Calls of one component to one host; `level` is None while they take no longer than before."""

    caller: str
    callee: str
    level: Level | None

    @property
    def outside(self) -> bool:
        """Whether the callee is a host outside of the cluster."""
        return "/" not in self.callee


def waits_of(scene: Scene, slow: Slow) -> list[Wait]:
    """What a slow component measured of its calls; those that rose too little to matter count as quick."""
    counts = summed(scene, "calls_timed")
    found: dict[str, Wait] = {}
    for key, (component, series) in summed(scene, "call_seconds").items():
        host = next((series.labels[label] for label in _HOST_LABELS if series.labels.get(label)), "")
        if component != slow.component or not host or key not in counts:
            continue
        level = risen(mean(series, counts[key][1]), scene.window, times=TIMES, least=LEAST)
        matters = level is not None and level.added >= _MUCH * slow.typical.added
        callee = _callee(scene, component, host)
        if level is not None and matters:
            text = f"{component} waits {level.now:.3f} s for {host} instead of {level.before:.3f} s"
            claim = Predicate(text, id_of("call_seconds", series), "count_at_least", "/samples", 2)
            level = structs.replace(level, claims=(claim,))
        known = found.get(callee)
        if known is None or known.level is None:
            found[callee] = Wait(component, callee, level if matters else None)
    return list(found.values())


def _callee(scene: Scene, caller: str, host: str) -> str:
    """The callee that a caller knows by the host."""
    for edge in scene.graph.calls_of(caller):
        names = {name.rpartition("/")[2] for name in edge.names}
        if edge.callee == host or host in names or (edge.inside and host.partition(".")[0] in names):
            return edge.callee
    return host


def blamed(scene: Scene, slow: dict[str, Slow], one: Slow, waits: list[Wait]) -> list[Finding]:
    """Findings about callees that a slow component waits for while its other calls are as quick as ever.

    A host outside is slow itself. A callee inside that answers as quickly as ever, as it measures itself, is behind a
    slow network.
    """
    longer = [wait for wait in waits if wait.level]
    alone = len(longer) == 1 and longer[0].outside
    if not longer or not (alone or len(longer) < len(waits)):
        return []
    return [_finding(scene, one, wait) for wait in longer if wait.callee not in slow]


def _finding(scene: Scene, one: Slow, wait: Wait) -> Finding:
    level = wait.level or one.worst
    return Finding(
        component=wait.callee,
        condition="dependency_slow" if wait.outside else "network_delay",
        role="cause",
        since=level.since,
        until=level.until,
        strength=0.75,
        on_edge=(wait.caller, wait.callee) if (wait.caller, wait.callee) in scene.graph.by_pair else None,
        touches=(wait.caller,),
        claims=level.claims,
        says=f"{wait.caller} waits {level.now:.3f} s for {wait.callee} instead of {level.before:.3f} s, for others no "
        "longer than before",
    )
