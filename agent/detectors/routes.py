"""Addresses that are gone from a caller's settings, and routes to Services that do not exist."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors import ours
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.addresses import AddressBook
from tools.callgraph import FAILED, WORKED, hosts_in
from tools.changes import Change
from tools.evidence import RECENT
from tools.objects.network import Ingress

_LOOPBACK = ("localhost", "127.", "::1", "0.0.0.0")  # noqa: S104 - compared with, never bound


def detect(scene: Scene) -> Iterator[Finding]:
    """`missing_config` or `wrong_address` on callers that lost an address, and `wrong_address` on Ingresses."""
    for change in scene.changes:
        if change.field.startswith("env "):
            yield from _removed(scene, change)
    yield from _routes(scene)


def _removed(scene: Scene, change: Change) -> Iterator[Finding]:
    """A setting with a callee's address that is gone: calls stop, or go to the caller itself."""
    if (
        change.after
        or not change.before
        or change.at is None
        or not scene.window.start - RECENT <= change.at <= scene.window.end
    ):
        return
    book = AddressBook(scene.snapshot)
    parties = [book.resolve(host, change.component.split("/")[0]) for host in hosts_in(change.field, change.before)]
    edges = [scene.graph.by_pair.get((change.component, party.component)) for party in parties if party]
    used = [edge for edge in edges if edge is not None and any(hit.family in WORKED for hit in edge.hits)]
    if any(hit.at and hit.at > change.at + ours.SETTLING for edge in used for hit in edge.hits if hit.family in WORKED):
        return
    trouble = _own_trouble(scene, change.component, change.at)
    if trouble is None:
        return
    condition, since = trouble
    yield Finding(
        component=change.component,
        condition=condition,
        role="cause",
        names=tuple(dict.fromkeys(name for edge in used for name in edge.names)),
        since=since,
        strength=0.85 if used or condition == "missing_config" else 0.7,
        on_edge=(used[0].caller, used[0].callee) if used else None,
        claims=_removal_claims(scene, change),
        says=f"{change.field} of {change.component} is gone, it was {change.before}",
    )


def _own_trouble(scene: Scene, component: str, after: datetime) -> tuple[str, datetime | None] | None:
    """What the caller says since the setting is gone: that it misses it, or that its own address refuses it."""
    loopback = None
    for ref, digest in scene.snapshot.logs.items():
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) != component:
            continue
        for one in digest.mentions:
            if one.at is None or one.at < after - ours.SLACK or one.at > scene.window.end:
                continue
            if one.family in {"missing_config", "bad_config"}:
                return "missing_config", one.at
            if (
                loopback is None
                and one.kind == "call"
                and one.family in FAILED
                and (one.target is None or one.target.host.startswith(_LOOPBACK))
            ):
                loopback = one.at
    return ("wrong_address", loopback) if loopback else None


def _removal_claims(scene: Scene, change: Change) -> tuple[Predicate, ...]:
    text = f"{change.field} of {change.component} was {change.before} before"
    place = pointer("last", change.field, "before")
    return (
        Predicate(text, f"changes/{change.component}", "equals", place, change.before),
        *ours.change_claims(scene, change),
    )


def _routes(scene: Scene) -> Iterator[Finding]:
    """Ingress rules that lead to a Service that does not exist, edited not long ago, while somebody sees failures."""
    if scene.snapshot.gap_about("Service") or not scene.snapshot.services:
        return
    for ingress in scene.snapshot.all("Ingress", Ingress):
        namespace, name = ingress.metadata.namespace, ingress.metadata.name
        component = f"{namespace}/ingress/{name}"
        edits = [one for one in scene.recent_changes(component) if one.by]
        wanted = [
            path.backend.service.name
            for rule in ingress.spec.rules
            for path in (rule.http.paths if rule.http else ())
            if path.backend.service
        ]
        missing = [one for one in wanted if (namespace, one) not in scene.snapshot.services]
        if missing and edits and _serves_errors(scene, edits[-1].at):
            yield Finding(
                component=component,
                condition="wrong_address",
                detail="route",
                role="cause",
                names=tuple(f"{namespace}/{one}" for one in missing),
                since=edits[-1].at,
                strength=0.85,
                claims=ours.change_claims(scene, edits[-1]),
                says=f"{component} leads to {missing[0]}, which does not exist",
            )


def _serves_errors(scene: Scene, after: datetime | None) -> bool:
    """Whether anybody answered 404 or 5xx, or had no upstream, since a moment in the window."""
    return any(
        (one.kind == "served" and (one.status == 404 or (one.status or 0) >= 500)) or one.family == "no_upstream"
        for digest in scene.snapshot.logs.values()
        for one in digest.mentions
        if one.at and after and one.at >= after and scene.window.holds(one.at)
    )
