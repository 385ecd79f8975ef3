"""Data stores that refuse, are slow, are full, or are not what a program expects of them."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.backends import edges_to, stores
from agent.detectors.heard import failed, failed_claims, heard, heard_claims, line_of
from agent.detectors.store_kinds import meant_stores
from agent.detectors.unreachable import names_of, unreachable
from agent.finding import Finding, Predicate
from agent.scene import Scene

_OF_STORE = {
    "too_many_connections": "too_many_connections",
    "read_only": "database_read_only",
    "storage_full": "storage_limit",
    "lock_timeout": "slow_queries",
    "slow_query": "slow_queries",
    "missing_schema": "schema_mismatch",
    "disk_full": "disk_full",
}
"""What a store is in when its callers or itself report a family."""
_SURE = frozenset({"too_many_connections", "read_only", "storage_full", "disk_full"})
_PROGRAM = ("image", "command", "args", "env")
_NO_SPACE = ("no space left", "enospc", "disk is full")


class Report(Struct):
    """Who says what about a store.

    Attributes:
        callers: Components that were told; empty when only the store itself says it.
        guessed: Whether only the kind of store tells which one is meant.
    """

    store: str
    condition: str
    callers: list[str]
    first: datetime | None
    claims: list[Predicate]
    family: str
    certain: bool = True
    chronic: bool = False
    until: datetime | None = None
    guessed: bool = False


def detect(scene: Scene) -> Iterator[Finding]:
    """States of stores, missing migrations, and stores that nobody can reach."""
    known = set(stores(scene))
    reports = _of_full_disks([*_by_callers(scene), *_by_lines(scene, known)])
    for store, condition in dict.fromkeys((one.store, one.condition) for one in reports):
        yield from _told(scene, [one for one in reports if (one.store, one.condition) == (store, condition)])
    for store in sorted(known - {one.store for one in reports}):
        yield from unreachable(scene, store, "database_unavailable")


def _by_callers(scene: Scene) -> Iterator[Report]:
    for family in _OF_STORE:
        for one in failed(scene, family):
            counted = scene.traffic[one.edge.caller, one.edge.callee]
            claims = failed_claims(scene, one, f"{one.edge.caller} is told so by {one.edge.callee}")
            condition = _condition(family, line_of(scene, one.hits[-1]))
            until = counted.last if counted.healed else None
            chronic = scene.is_noise(one.edge, counted)
            yield Report(
                one.edge.callee, condition, [one.edge.caller], one.first, list(claims), family, True, chronic, until
            )


def _of_full_disks(reports: list[Report]) -> list[Report]:
    """A store whose disk is full tells its callers less exactly: what they call a limit is the disk."""
    full = {one.store for one in reports if one.condition == "disk_full"}
    for one in reports:
        if one.store in full and one.condition == "storage_limit":
            one.condition = "disk_full"
    return reports


def _condition(family: str, line: str) -> str:
    if family == "storage_full" and any(words in line.lower() for words in _NO_SPACE):
        return "disk_full"
    return _OF_STORE[family]


def _by_lines(scene: Scene, known: set[str]) -> Iterator[Report]:
    """Lines without an address: a store's own, or a caller's that uses one store only."""
    for (component, family), said in heard(scene, _OF_STORE.keys()).items():
        if component not in known and family == "disk_full":
            continue
        called = [component] if component in known else _stores_of(scene, component, known)
        guessed = not called
        called = called or meant_stores(scene, component, said.text, known)
        called = called or meant_stores(scene, component, said.below, known)
        if not called and family == "missing_schema" and _rollout(scene, component, said.first):
            # Whichever store it is: the new revision expects what is not there.
            called = [component]
        claims = list(heard_claims(scene, said, f"{component} reports {family.replace('_', ' ')}"))
        for store in called[:1]:
            callers = [component] if component != store else []
            condition = _condition(family, said.text)
            yield Report(
                store, condition, callers, said.first, claims, family, len(called) == 1, said.chronic, None, guessed
            )


def _stores_of(scene: Scene, component: str, known: set[str]) -> list[str]:
    return [edge.callee for edge in edges_to(scene, component, known)]


def _told(scene: Scene, reports: list[Report]) -> Iterator[Finding]:
    """One finding for a store and a condition, of everybody who reports it."""
    first = reports[0]
    store, condition = first.store, first.condition
    callers = list(dict.fromkeys(caller for one in reports for caller in one.callers))
    suffer = bool(callers) or _suffers(scene, store)
    background = all(one.chronic for one in reports) or not suffer
    component = _to_mend(scene, first, callers)
    ends = [one.until for one in reports if one.until]
    until = max(ends) if len(ends) == len(reports) else None
    # A caller whose failing calls are counted on its edge is reached along it; one that names nobody is not.
    touched = {caller for caller in callers if (caller, store) not in scene.traffic} | {store} - {component}
    yield Finding(
        component=component,
        condition=condition,
        role="background" if background else "cause",
        names=names_of(scene, store) if component == store else (store, *names_of(scene, store)),
        since=min((one.first for one in reports if one.first), default=None),
        until=until,
        strength=_strength(scene, reports, component),
        touches=tuple(sorted(touched)),
        claims=tuple(claim for one in reports[:4] for claim in one.claims),
        says=f"{store} answers {len(callers)} caller(s) with {first.family.replace('_', ' ')}",
    )


def _strength(scene: Scene, reports: list[Report], component: str) -> float:
    certain = any(one.certain for one in reports)
    strength = 0.85 if reports[0].family in _SURE else 0.7
    if reports[0].condition == "schema_mismatch":
        strength = 0.85 if _rollout(scene, component, reports[0].first) else 0.7
    if len({caller for one in reports for caller in one.callers}) > 1 or any(not one.callers for one in reports):
        strength += 0.05
    strength -= 0.1 * all(one.guessed for one in reports)
    return strength if certain else 0.45


def _to_mend(scene: Scene, report: Report, callers: list[str]) -> str:
    """The store, but for a missing migration the caller whose new revision expects it."""
    if report.condition != "schema_mismatch":
        return report.store
    changed = [one for one in callers if _rollout(scene, one, report.first)]
    if changed:
        return changed[0]
    return report.store if _rollout(scene, report.store, report.first) or len(callers) != 1 else callers[0]


def _rollout(scene: Scene, component: str, first: datetime | None) -> bool:
    """Whether a new program or new settings came before the first complaint."""
    changes = [one for one in scene.recent_changes(component) if one.field.startswith(_PROGRAM)]
    return any(first is None or (one.at is not None and one.at <= first) for one in changes)


def _suffers(scene: Scene, store: str) -> bool:
    """Whether a caller of the store fails, towards it or towards whoever asked, by anybody's word."""
    callers = {edge.caller for edge in scene.graph.callers_of(store)}
    if any(edge.callee == store or edge.callee in callers for edge, _ in scene.failing):
        return True
    return any(served_badly(scene, caller) for caller in callers)


def served_badly(scene: Scene, component: str) -> int:
    """Requests that a component answered with 5xx in the window."""
    return sum(
        1
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == component
        for one in digest.mentions
        if one.kind == "served" and one.status and one.status >= 500 and (one.at is None or scene.window.holds(one.at))
    )
