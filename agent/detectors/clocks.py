"""Clocks of nodes that step away from the truth: the certificates that they reject are good."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.logs import LogDigest, Mention
from tools.objects.capacity import Node
from tools.source import LogRef

_STEP = timedelta(minutes=10)
"""Lines of several threads or containers mix within seconds; a step back this wide is a clock that was set."""
_TIME_CONDITION = re.compile(r"ntp|chrony|clock|timesync|time_?sync", re.IGNORECASE)
_BY_CLOCK = frozenset({"tls_not_yet_valid", "tls_expired", "clock_skew", "unauthorized", "auth_failed"})


class Step(Struct, frozen=True):
    """A log whose times step back at `since`, and the first failure since then that a clock can be the reason of.

    `until` is when the times caught up again without further failures, if they did.
    """

    component: str
    since: datetime
    failure: Mention
    until: datetime | None


def detect(scene: Scene) -> Iterator[Finding]:
    """`clock_skew` on each node whose pods stamp lines far in the past and reject what others accept."""
    for node in scene.snapshot.all("Node", Node):
        name = node.metadata.name
        steps = [
            step
            for ref, digest in scene.snapshot.logs.items()
            if _on(scene, ref, name)
            if (step := _step(scene, ref, digest))
        ]
        problem = next(
            (one for one in node.status.conditions if one.status == "True" and _TIME_CONDITION.search(one.type)), None
        )
        if steps:
            told = problem.last_transition_time if problem else None
            yield _finding(scene, name, steps, problem.type if problem else None, told)


def _on(scene: Scene, ref: LogRef, node: str) -> bool:
    pod = scene.snapshot.pod_by_name.get((ref.namespace, ref.pod))
    return pod is not None and pod.spec.node_name == node


def _step(scene: Scene, ref: LogRef, digest: LogDigest) -> Step | None:
    before: datetime | None = None
    for line, at in enumerate(digest.times):
        if (
            at is not None
            and before is not None
            and before - at >= _STEP
            and scene.window.widened(_STEP * 6).holds(before)
        ):
            failed = [one for one in digest.mentions if one.line >= line and one.family in _BY_CLOCK]
            component = scene.snapshot.component_of_pod_name(ref.namespace, ref.pod)
            return Step(component, before, failed[0], _caught_up(digest, failed[-1].line, before)) if failed else None
        before = at or before
    return None


def _caught_up(digest: LogDigest, last: int, stepped: datetime) -> datetime | None:
    return next((at for at in digest.times[last + 1 :] if at is not None and at >= stepped), None)


def _finding(scene: Scene, node: str, steps: list[Step], problem: str | None, told: datetime | None) -> Finding:
    component = f"-/node/{node}"
    claims = []
    if problem is not None:
        path = pointer("conditions", problem, "status")
        claims.append(Predicate(f"{node} reports {problem}", scene.object_id(component), "equals", path, "True"))
    claims.extend(_failed_before(scene, step) for step in steps[:3])
    seen = min(step.since for step in steps)
    return Finding(
        component=component,
        condition="clock_skew",
        role="cause",
        names=(f"node/{node}",),
        since=told if told and told >= seen else seen,
        until=None if problem else _all_over(steps),
        strength=0.93 if problem else 0.85,
        touches=tuple(dict.fromkeys(step.component for step in steps)),
        claims=tuple(claims),
        says=f"lines of {len(steps)} pod(s) on {node} are stamped in the past since {seen:%H:%M:%SZ}",
    )


def _failed_before(scene: Scene, step: Step) -> Predicate:
    """The failures as the log's evidence has them: before the window, by their wrong stamps."""
    family, target = step.failure.family, step.failure.target
    edges = [one for one in scene.graph.calls_of(step.component) if any(hit.family == family for hit in one.hits)]
    if target is None or not edges:
        path = pointer("own", family, "before")
    else:
        path = pointer("calls", edges[0].callee, "failed_before")
    text = f"{step.component} rejects what others accept, in lines that are stamped in the past"
    return Predicate(text, scene.logs_id(step.component), "count_at_least", path, 1)


def _all_over(steps: list[Step]) -> datetime | None:
    ends = [step.until for step in steps if step.until]
    return max(ends) if len(ends) == len(steps) else None
