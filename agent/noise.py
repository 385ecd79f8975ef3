"""Failures that mean nothing: start-up errors, single ones among many, and those that were always there."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from tools.callgraph import FAILED, Edge
from tools.onset import WELL_SINCE
from tools.snapshot import Snapshot
from tools.traffic import Traffic

SAME_REQUEST = timedelta(seconds=5)
"""Failures of two neighbouring edges this close are taken for one request."""
FEW = 3
SETTLING = timedelta(minutes=1)
"""One start-up error follows another for about this long."""
STARTING = timedelta(minutes=3)
"""Errors this soon after a container's start are start-up noise when calls work afterwards."""


KNOWN = 20
"""From so many calls on, the share of failures that is usual is known."""
GAP = timedelta(seconds=10)
"""How long a restart leaves callers without anybody; who is away for longer has failed them."""
DENIED = timedelta(seconds=60)
"""How long resolvers go on denying a name after it was made: half a minute in CoreDNS, the same in a node's cache."""


def is_startup_noise(snapshot: Snapshot, edge: Edge, counted: Traffic) -> bool:
    """All failures lie just after the start of the caller or callee, and calls worked since."""
    if counted.failed_after or counted.last is None or counted.first is None:
        return False
    if asked_too_early(snapshot, edge, counted):
        made = _made(snapshot, edge)
        return any(made is not None and abs(start - made) <= STARTING for start in starts_of(snapshot, edge.caller))
    if not counted.worked_since and not _serves_since(snapshot, edge.caller, counted.last):
        return False
    starts = [*starts_of(snapshot, edge.caller), *starts_of(snapshot, edge.callee)]
    return any(
        _soon_after(start, counted.first, counted.last) and not _had_settled(edge, counted, start) for start in starts
    )


def _had_settled(edge: Edge, counted: Traffic, start: datetime) -> bool:
    """Whether calls had worked one after another since the start before one failed again: the start was over then."""
    failed = sorted(hit.at for hit in edge.hits if hit.at is not None and hit.at >= start and hit.family in FAILED)
    worked = counted.worked_at
    return any(
        bisect_left(worked, after) - bisect_left(worked, before) >= WELL_SINCE
        for before, after in pairwise((start, *failed))
    )


def _soon_after(start: datetime, first: datetime, last: datetime) -> bool:
    return start - GAP <= first and last <= start + STARTING


def asked_too_early(snapshot: Snapshot, edge: Edge, counted: Traffic) -> bool:
    """Whether a Service's name was only asked for before there was one: then no resolver could know it."""
    made = _made(snapshot, edge)
    known = made is not None and counted.last is not None and counted.last <= made + DENIED
    return known and set(counted.families) == {"dns"} and not counted.failed_after


def _made(snapshot: Snapshot, edge: Edge) -> datetime | None:
    service = snapshot.services.get(edge.service) if edge.service else None
    return service.metadata.creation_timestamp if service else None


def _serves_since(snapshot: Snapshot, component: str, since: datetime) -> bool:
    """Whether a component, whose log tells of failed calls only, has answered its own callers well ever since."""
    good = bad = 0
    for ref, digest in snapshot.logs.items():
        if snapshot.component_of_pod_name(ref.namespace, ref.pod) == component:
            served = [(one.at, one.status) for one in digest.mentions if one.kind == "served" and one.status]
            good += sum(1 for at, status in served if at and at > since and status < 400)
            bad += sum(1 for at, status in served if at and at > since + SETTLING and status >= 500)
    return good >= FEW and not bad


def starts_of(snapshot: Snapshot, component: str) -> list[datetime]:
    """When the running containers of a component started."""
    return [
        status.state.running.started_at
        for pod in snapshot.pods_by_component.get(component, ())
        for status in pod.status.container_statuses
        if status.state.running and status.state.running.started_at
    ]


def healed_with(counted: Traffic, others: Iterable[Traffic]) -> Traffic | None:
    """How another edge saw the same failed requests, for an edge whose caller logs failures only."""
    for other in others:
        if other is counted or not other.healed or None in (other.first, other.last, counted.first, counted.last):
            continue
        same_start = abs(other.first - counted.first) < SAME_REQUEST  # type: ignore[operator]
        if same_start and abs(other.last - counted.last) < SAME_REQUEST:  # type: ignore[operator]
            return other
    return None


def was_startup_noise(snapshot: Snapshot, edge: Edge, counted: Traffic) -> bool:
    """Whether the failures before the window were such of a start, and over: they say nothing of the usual share."""
    if counted.last_before is None or counted.first_ever is None or counted.worked_meanwhile < WELL_SINCE:
        return False
    starts = [*starts_of(snapshot, edge.caller), *starts_of(snapshot, edge.callee)]
    return any(_soon_after(start, counted.first_ever, counted.last_before) for start in starts)


def is_chronic(counted: Traffic) -> bool:
    """Whether calls failed before the window at much the same share, so that the window shows nothing new."""
    before = counted.failed_before
    if before and _as_by_chance(counted):
        return True
    return before >= 3 and counted.rate_before >= 0.5 * counted.rate and counted.worked_before + counted.worked > 0


def _as_by_chance(counted: Traffic) -> bool:
    """Whether the window has no more failures than chance brings at the share that was usual, if that is known."""
    calls_before = counted.failed_before + counted.worked_before
    return calls_before >= KNOWN and counted.failed <= most_by_chance(
        counted.failed_before, calls_before, counted.total
    )


def most_by_chance(failed_before: int, calls_before: int, calls: int) -> float:
    """How many of `calls` fail at most, give or take two standard deviations, at the share of before."""
    expected = (failed_before + 0.5) / max(1, calls_before) * calls
    return expected + 2 * math.sqrt(expected)
