"""Too little for the work: CPU limits that hold, crowds, and pools, ports or file handles that run out."""

from collections.abc import Iterator

from agent.detectors.heard import failed, failed_claims, heard, heard_claims
from agent.detectors.latency import latencies
from agent.detectors.pressure import THROTTLED, Kills, Pressure, cpu_of, kills_of, pressures
from agent.detectors.samples import series_by_container
from agent.detectors.serving import Served, served_by
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.objects.capacity import amount

STARVING = 0.06
"""Cores; with less than this a store or server is short of CPU at any load."""
_WAITING = frozenset({"timeout", "circuit_open", "pool_exhausted", "reset"})
_MORE = 2.0
"""So many times the load before is a crowd."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`cpu_throttled`, `overload`, `memory_pressure` and `connection_exhaustion`."""
    served = served_by(scene)
    sore = {one for one, answered in served.items() if answered.worse or answered.slower} | latencies(scene).keys()
    found = pressures(scene)
    for component in dict.fromkeys((*found, *scene.snapshot.workloads)):
        one = found.get(component) or Pressure(component)
        kills = kills_of(scene, component)
        yield from _throttled(scene, one, kills, served, sore)
        yield from _overload(scene, one, kills, served, sore)
        if (one.memory or 0) >= 0.9:
            yield _memory(one)
    yield from _exhausted(scene)
    yield from _starved(scene)


def _throttled(
    scene: Scene, one: Pressure, kills: Kills, served: dict[str, Served], sore: set[str]
) -> Iterator[Finding]:
    tight = one.held or (one.lowered is not None and _tiny(one))
    if not tight or scene.is_telemetry(one.component):
        return
    # Whoever asks about a workload that was cut down in the window complains of it.
    asked = one.lowered is not None and one.held and one.component in scene.asked
    hurt = asked or _suffers(scene, one.component, sore) or bool(kills.late)
    crowd = _crowd(one, served.get(one.component)) and one.lowered is None
    strength = 0.92 if one.lowered and one.held else 0.75 if one.held else 0.5
    if one.lowered is None and _followed(scene, one):
        strength = 0.4
    yield Finding(
        component=one.component,
        condition="cpu_throttled",
        role="cause" if hurt else "background",
        since=one.lowered.at if one.lowered else one.since or kills.first,
        strength=0.6 if crowd else strength,
        touches=_quiet_callers(scene, one.component),
        claims=(*_lowered_claims(one), *one.claims[:3]),
        says=_throttled_words(one),
    )


def _starved(scene: Scene) -> Iterator[Finding]:
    """A callee that hardly may use any CPU, where nothing measures its use and its calls hang or are not tried."""
    measured = {component for component, _ in series_by_container(scene, "cpu_usage")}
    for edge, counted in scene.failing:
        template = scene.template(edge.callee)
        if edge.callee in measured or template is None or not counted.families.keys() <= _WAITING:
            continue
        box = template.containers[0] if template.containers else None
        limit = amount(box.resources.limits.get("cpu")) if box else None
        if box is None or not limit or limit > STARVING:
            continue
        place = pointer("containers", box.name, "limits", "cpu")
        text = f"{edge.callee} may use {box.resources.limits['cpu']} of a core"
        yield Finding(
            component=edge.callee,
            condition="cpu_throttled",
            role="cause",
            names=edge.names,
            since=counted.first,
            strength=0.55,
            claims=(Predicate(text, scene.object_id(edge.callee), "equals", place, box.resources.limits["cpu"]),),
            says=text,
        )


def _followed(scene: Scene, one: Pressure) -> bool:
    """Whether the workload's own calls failed before it was held back: waiting work piles up and costs CPU."""
    firsts = [counted.first for edge, counted in scene.failing if edge.caller == one.component and counted.first]
    return one.since is not None and bool(firsts) and min(firsts) < one.since


def _tiny(one: Pressure) -> bool:
    """Whether a limit was cut to a tenth, or to less than a twentieth of a core, where nothing was measured."""
    change = one.lowered
    return change is not None and one.usage is None and one.throttled == 0.0 and _millicores(change.after) <= 50


def _millicores(limits: str | None) -> float:
    value = cpu_of(limits)
    return 1000 * value if value is not None else 1e9


def _lowered_claims(one: Pressure) -> tuple[Predicate, ...]:
    if one.lowered is None:
        return ()
    text = f"the limits of {one.component} were set to {one.lowered.after}"
    return (Predicate(text, f"changes/{one.component}", "equals", "/last/limits/after", one.lowered.after),)


def _throttled_words(one: Pressure) -> str:
    parts = []
    if one.throttled >= THROTTLED:
        parts.append(f"throttled in {one.throttled:.0%} of its periods")
    if one.usage is not None:
        parts.append(f"uses {one.usage:.0%} of its CPU limit")
    if one.lowered is not None:
        parts.append(f"limits set to {one.lowered.after} by {one.lowered.by or 'somebody'}")
    return f"{one.component}: " + ", ".join(parts)


def _suffers(scene: Scene, component: str, sore: set[str]) -> bool:
    """Whether the component, or somebody who calls it, fails or became slow."""
    near = above(scene, component)
    if any(edge.callee in near or edge.caller == component for edge, _ in scene.failing):
        return True
    return bool(near & sore)


def above(scene: Scene, component: str) -> set[str]:
    """A component and everybody who calls it, directly or through others."""
    found, queue = {component}, [component]
    for here in queue:
        for edge in scene.graph.callers_of(here):
            if edge.caller not in found:
                found.add(edge.caller)
                queue.append(edge.caller)
    return found


def _quiet_callers(scene: Scene, component: str) -> tuple[str, ...]:
    """Callers that no counted call ties to the component: their trouble can only be told by name."""
    callers = {
        edge.caller for edge in scene.graph.callers_of(component) if (edge.caller, component) not in scene.traffic
    }
    return tuple(sorted(callers))


def _crowd(one: Pressure, answered: Served | None) -> bool:
    """Whether there is clearly more to do than before: CPU use or requests a minute."""
    if one.rose is not None and one.rose >= _MORE:
        return True
    return (
        answered is not None and answered.good_before > 0 and answered.good + answered.bad >= 4 * answered.good_before
    )


def _overload(
    scene: Scene, one: Pressure, kills: Kills, served: dict[str, Served], sore: set[str]
) -> Iterator[Finding]:
    """Probes time out or requests fail while the workload works at its limit and nobody took anything away."""
    answered = served.get(one.component)
    saturated = one.held or (one.memory or 0) >= 0.9 or ((one.rose or 0) >= 5 and (one.usage or 0) >= 0.6)
    crowd = _crowd(one, answered)
    bad = one.component in sore
    if one.lowered is not None or scene.is_telemetry(one.component) or not (kills.late or bad):
        return
    if not (saturated and crowd) and not (kills.late >= 3 and kills.killed and (crowd or bad)):
        return
    if any(edge.caller == one.component and counted.rate > 0.5 for edge, counted in scene.failing):
        return
    yield Finding(
        component=one.component,
        condition="overload",
        role="cause",
        since=min((at for at in (one.since, kills.first) if at), default=None),
        strength=0.88 if saturated and (crowd or kills.late) else 0.65,
        touches=_quiet_callers(scene, one.component),
        claims=(*kills.claims, *one.claims[:2], *one.memory_claims[:1], *_served_claims(scene, answered)),
        says=f"{one.component} is at its limits: {kills.late} late probes, {kills.killed} kills, "
        f"CPU {(one.usage or 0):.0%} of its limit, {(one.rose or 1):.1f} times the use before",
    )


def _served_claims(scene: Scene, answered: Served | None) -> tuple[Predicate, ...]:
    if answered is None or not answered.bad:
        return ()
    text = f"{answered.component} answered {answered.bad} requests with a server error"
    return (Predicate(text, scene.logs_id(answered.component), "count_at_least", "/served/5xx", answered.bad),)


def _memory(one: Pressure) -> Finding:
    return Finding(
        component=one.component,
        condition="memory_pressure",
        role="background",
        strength=0.5,
        claims=tuple(one.memory_claims[:2]),
        says=f"{one.component} uses {one.memory or 0:.0%} of its memory limit",
    )


def _exhausted(scene: Scene) -> Iterator[Finding]:
    """A caller that ran out of pooled connections, ports or file handles."""
    for one in failed(scene, "pool_exhausted"):
        counted = scene.traffic[one.edge.caller, one.edge.callee]
        yield Finding(
            component=one.edge.caller,
            condition="connection_exhaustion",
            role="background" if scene.is_noise(one.edge, counted) else "cause",
            since=one.first,
            until=one.last if counted.healed else None,
            strength=0.7,
            claims=failed_claims(scene, one, f"{one.edge.caller} has no free connection to {one.edge.callee}"),
            says=f"{len(one.hits)} calls found no free connection",
        )
    for (component, family), said in heard(scene, {"pool_exhausted", "too_many_open_files"}).items():
        yield Finding(
            component=component,
            condition="connection_exhaustion",
            role="background" if said.chronic or scene.is_telemetry(component) else "cause",
            since=said.first,
            strength=0.75 if family == "too_many_open_files" else 0.7,
            touches=(component,),
            claims=heard_claims(scene, said, f"{component} reports {family.replace('_', ' ')}"),
            says=f"{component}: {family.replace('_', ' ')}, {said.count} times",
        )
