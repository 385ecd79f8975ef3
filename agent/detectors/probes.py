"""Probes that fail a program which works: asked wrongly, or asked while it is busy."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.load_signs import Busy, busy
from agent.detectors.pod_state import SETTLED, event_claim, matters, merge_all, names_of, ready_since, role_of
from agent.detectors.probe_failures import LATE, Failing, failing_probes, probe_change, wrong_part
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer

STARTING = timedelta(minutes=3)
"""Failures this soon after a pod's start that stopped are how programs start."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`probe_misconfigured` and `probe_killed_under_load`, one per component and detail."""
    yield from merge_all(_detect(scene))


def _detect(scene: Scene) -> Iterator[Finding]:
    for failing in failing_probes(scene):
        until = _healed(scene, failing)
        if not matters(scene, failing.since, until) or _was_starting(failing, until):
            continue
        wrong = wrong_part(scene, failing)
        if wrong is not None:
            yield _misconfigured(scene, failing, wrong, until)
        elif LATE.search(failing.text):
            yield from _under_load(scene, failing, until)


def _healed(scene: Scene, failing: Failing) -> datetime | None:
    """When the probe stopped failing: ready since, and no failure told since for several periods."""
    last = max((event.last for event in failing.events if event.last), default=None)
    at = ready_since(failing.one.pod)
    if at is None or failing.one.status.waiting_reason or last is None:
        return None
    least = SETTLED if failing.killed else timedelta(minutes=2)
    quiet = max(least, timedelta(seconds=6 * failing.probe.period_seconds))
    return max(at, last) if scene.now - last >= quiet else None


def _was_starting(failing: Failing, until: datetime | None) -> bool:
    """Whether the probe only failed while its container started, which is how most programs start."""
    running = failing.one.status.state.running
    started = running.started_at if running else None
    last = max((event.last for event in failing.events if event.last), default=None)
    calm = ready_since(failing.one.pod) is not None
    begun = (failing.one.pod.status.start_time, started)
    if failing.kind == "startup" and failing.one.status.ready and not failing.killed:
        # A start-up probe is not asked again once it has succeeded.
        return True
    early = last is not None and any(at is not None and at <= last <= at + STARTING for at in begun)
    return (calm and early and not failing.killed) or (until is not None and failing.times < 3 and not failing.killed)


def _misconfigured(scene: Scene, failing: Failing, wrong: str, until: datetime | None) -> Finding:
    change = probe_change(scene, failing)
    component = failing.one.component
    claims = [event_claim(component, failing.events[-1], f"the {failing.kind} probe fails like this")]
    claims.append(
        Predicate(
            f"it failed {failing.times} times",
            f"events/{component}",
            "count_at_least",
            pointer("by_reason", "Unhealthy", "count"),
            failing.times,
        )
    )
    if change is not None:
        path = pointer("last", change.field, "after")
        claims.append(Predicate("a revision changed the probe", f"changes/{component}", "equals", path, change.after))
    sure = 0.95 if change is not None else 0.85
    return Finding(
        component=component,
        condition="probe_misconfigured",
        role=role_of(scene, component),
        names=names_of(scene, component),
        detail=f"{failing.kind}_{wrong}",
        since=change.at if change and change.at else failing.since,
        until=until,
        strength=sure if wrong != "timing" or change else 0.6,
        claims=tuple(claims),
        says=f"the {failing.kind} probe of {component} asks wrongly ({wrong}): {failing.text[:160]}",
    )


def _under_load(scene: Scene, failing: Failing, until: datetime | None) -> Iterator[Finding]:
    if failing.kind == "startup" or (failing.kind == "readiness" and failing.times < 3):
        return
    load: Busy | None = busy(scene, failing.one)
    if load is None and not failing.killed:
        return
    component = failing.one.component
    what = "is killed by" if failing.killed else "misses"
    yield Finding(
        component=component,
        condition="probe_killed_under_load",
        role=role_of(scene, component),
        names=names_of(scene, component),
        since=failing.since,
        until=until,
        strength=(0.9 if failing.killed else 0.6) if load else 0.45,
        claims=(
            event_claim(component, failing.events[-1], f"the {failing.kind} probe gets no answer in time"),
            *(load.claims if load else ()),
        ),
        says=f"{failing.one.status.name} {what} its {failing.kind} probe" + (f" while {load.says}" if load else ""),
    )
