"""A network that is slow or loses packets, at one workload or one node, told by what is measured at both ends."""

from collections.abc import Iterator

from msgspec import Struct

from agent.detectors.client_latency import Wait, blamed, waits_of
from agent.detectors.latency import Slow, below, explained, latencies
from agent.detectors.levels import Level, by_component, fallen, growth, id_of, risen
from agent.detectors.network_nodes import lossy_nodes, slow_nodes
from agent.detectors.pressure import Pressure, pressures
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.reductions import reduce

_MINOR = 0.2
"""Below this share of a caller's delay a slower callee only feels it: answers wait for the caller's receipts."""
_LESS = 0.6
"""Share of the usual requests or packets from which on traffic has fallen."""
_SHORTFALL = 0.8
"""Share of what its callers still send that a component answers, below which requests are held up at it."""
_BUSY = 1.8
"""Factor of CPU use from which on the work itself may be what takes longer."""


_SEVERAL = 2
_LEAST_DROPPED = 0.5
"""Packets a second on top of the usual below which nobody misses them."""


class Quiet(Struct):
    """Components whose traffic fell, with their request rates where these are known."""

    touched: set[str]
    requests: dict[str, Level]


def detect(scene: Scene) -> Iterator[Finding]:
    """`network_delay` and `packet_loss` of workloads and nodes; `answers_slow` for whoever suffers."""
    slow = latencies(scene)
    quiet = _quiet(scene)
    yield from (_suffers(one) for one in slow.values())
    lossy = [*lossy_nodes(scene, slow), *_lossy(scene, slow)]
    yield from lossy
    if not slow:
        yield from _held_up(scene, quiet)
    waits = {one.component: waits_of(scene, one) for one in _roots(scene, slow)}
    blaming = {name: blamed(scene, slow, slow[name], several) for name, several in waits.items()}
    yield from (finding for several in blaming.values() for finding in several)
    roots = [slow[name] for name, findings in blaming.items() if not findings]
    on_node = [] if lossy else list(slow_nodes(scene, slow, roots))
    yield from on_node
    covered = {one for finding in (*lossy, *on_node) for one in finding.touches}
    pressed = pressures(scene)
    for one in roots:
        if one.component not in covered and not _works_harder(pressed.get(one.component)):
            yield _delayed(scene, one, slow, quiet, waits[one.component])


def _suffers(one: Slow) -> Finding:
    level = one.worst
    return Finding(
        component=one.component,
        condition="answers_slow",
        role="symptom",
        since=level.since,
        until=level.until,
        strength=0.8,
        claims=level.claims,
        says=f"{one.component} takes {level.now:.3f} s to answer instead of {level.before:.3f} s",
    )


def _roots(scene: Scene, slow: dict[str, Slow]) -> list[Slow]:
    """Slow components that nobody further down accounts for, without those who only feel a slow caller."""
    alone = [one for one in slow.values() if not explained(scene, one, slow) and not _waits(scene, one.component)]
    return [one for one in alone if not any(_feels(scene, one, other) for other in alone)]


def _feels(scene: Scene, callee: Slow, caller: Slow) -> bool:
    if callee.component not in below(scene, caller.component) or caller.component in below(scene, callee.component):
        return False
    partly = caller.is_typical and not callee.is_typical
    return partly or callee.worst.added < _MINOR * caller.worst.added


def _waits(scene: Scene, component: str) -> bool:
    """Whether the component's own calls fail: then it waits for its callee."""
    return any(edge.caller == component for edge, _ in scene.failing)


def _works_harder(pressure: Pressure | None) -> bool:
    return pressure is not None and (pressure.held or (pressure.rose or 0) >= _BUSY)


def _delayed(scene: Scene, one: Slow, slow: dict[str, Slow], quiet: Quiet, waits: list[Wait]) -> Finding:
    level = one.worst
    sufferers = [other for other in slow if one.component in below(scene, other)]
    near = {*below(scene, one.component), *sufferers}
    changed = any(change.at and change.at <= level.since for change in scene.recent_changes(one.component))
    longer = [wait.level for wait in waits if wait.level]
    # Every call of its own takes longer as well, whoever is called.
    both_ways = len(longer) >= _SEVERAL and len(longer) == len(waits)
    return Finding(
        component=one.component,
        condition="network_delay",
        role="cause",
        since=level.since,
        until=level.until,
        # What was rolled out just before is a likelier reason to be slow than its network.
        strength=0.4 if changed else 0.85 if both_ways else 0.72 if one.is_typical else 0.6,
        touches=tuple(sorted({*sufferers, *(quiet.touched & near)})),
        claims=(*level.claims, *(claim for wait in longer for claim in wait.claims)),
        says=f"{one.component} takes {level.now:.3f} s instead of {level.before:.3f} s; it works no harder than before "
        "and nobody whom it calls accounts for that",
    )


def _lossy(scene: Scene, slow: dict[str, Slow]) -> Iterator[Finding]:
    """Workloads whose pods' interfaces drop packets since answers are late or calls fail."""
    failing = {end for edge, _ in scene.failing for end in (edge.caller, edge.callee)}
    seen: set[str] = set()
    for component, series in by_component(scene, "packets_dropped"):
        level = risen(growth(series), scene.window, times=2.0, least=_LEAST_DROPPED)
        if level is None or component in seen or component not in slow.keys() | failing:
            continue
        seen.add(component)
        dropped = round(reduce(series, "increase", scene.window) or 0.0, 1)
        text = f"pods of {component} lost {dropped:.0f} packets"
        yield Finding(
            component=component,
            condition="packet_loss",
            role="cause",
            since=level.since,
            until=level.until,
            strength=0.85,
            touches=tuple(sorted({component, *(other for other in slow if component in below(scene, other))})),
            claims=(Predicate(text, id_of("packets_dropped", series), "count_at_least", "/value", dropped),),
            says=f"{text}, {level.now:.1f} a second instead of {level.before:.1f}",
        )


def _quiet(scene: Scene) -> Quiet:
    found = Quiet(set(), {})
    for signal in ("http_requests", "packets_in", "packets_out"):
        for component, series in by_component(scene, signal):
            level = fallen(growth(series), scene.window, share=_LESS)
            if level is not None:
                found.touched.add(component)
                if signal == "http_requests":
                    found.requests[component] = level
    return found


def _held_up(scene: Scene, quiet: Quiet) -> Iterator[Finding]:
    """Nobody answers late, but one component answers clearly less than its callers still ask."""
    for component, level in quiet.requests.items():
        asking = [
            other
            for edge in scene.graph.callers_of(component)
            if (other := quiet.requests.get(edge.caller)) is not None
        ]
        if not asking or level.times > _SHORTFALL * min(one.times for one in asking):
            continue
        yield Finding(
            component=component,
            condition="network_delay",
            role="cause",
            since=level.since,
            until=level.until,
            strength=0.55,
            touches=tuple(sorted(quiet.touched)),
            claims=_rate_claims(scene, component),
            says=f"{component} answers {level.now:.2f} requests a second instead of {level.before:.2f}, fewer than its "
            "callers still send",
        )


def _rate_claims(scene: Scene, component: str) -> tuple[Predicate, ...]:
    return tuple(
        Predicate(f"requests that {component} answers", id_of("http_requests", series), "count_at_least", "/samples", 2)
        for one, series in by_component(scene, "http_requests")
        if one == component
    )[:1]
