"""Requests that the callee calls wrong, and answers that the caller cannot read: who changed the contract."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.detectors import feeds, ours
from agent.detectors.calls import edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import Edge
from tools.changes import Change
from tools.traffic import Traffic

_REJECTED = frozenset({"client_error", "schema"})
_URL_FIELD = re.compile(r"(?:URL|URI|HOST|ENDPOINT|ADDR|ADDRESS|BASE|PATH)\b", re.IGNORECASE)
_ANNOUNCED = re.compile(r"deprecat|sunset|will be (?:removed|retired|shut)|end.of.life|retire")
_FLAT = 0.3
"""Below this share of failures a wrong request is one customer's, not a broken contract."""


def detect(scene: Scene) -> Iterator[Finding]:
    """Findings on the caller when our side changed, on the callee when theirs did, on both when nothing tells."""
    for edge, counted in scene.failing:
        if ours.share(counted, _REJECTED) >= 0.5 and (counted.rate >= _FLAT or counted.failed >= 5):
            yield from _broken(scene, edge, counted)


def _broken(scene: Scene, edge: Edge, counted: Traffic) -> Iterator[Finding]:
    suspect = next((one for one in ours.suspects(scene, edge.caller, edge, counted)), None)
    if suspect is not None:
        # An edited URL is told by its own detector, as a wrong address.
        if not _URL_FIELD.search(suspect.change.field):
            yield _changed(scene, edge, counted, (edge.caller, 0.82, suspect.change))
        return
    theirs = next((one for one in ours.suspects(scene, edge.callee, edge, counted)), None) if edge.inside else None
    if theirs is not None:
        yield _changed(scene, edge, counted, (edge.callee, 0.82, theirs.change))
        return
    incident = feeds.incident_for(scene, edge, counted)
    if incident is not None:
        yield _theirs(scene, edge, counted, 0.85, feeds.feed_claims(incident))
    elif _announced(scene, edge, counted):
        yield _mine(scene, edge, counted, 0.7)
    elif counted.families.get("schema", 0) >= counted.failed / 2:
        yield _theirs(scene, edge, counted, 0.8 if counted.last_worked else 0.6, ())
    elif ours.restarted(scene, edge.caller, edge, counted):
        yield _mine(scene, edge, counted, 0.6)
    else:
        yield _mine(scene, edge, counted, 0.5)
        yield _theirs(scene, edge, counted, 0.5, ())


def _announced(scene: Scene, edge: Edge, counted: Traffic) -> bool:
    """Whether the caller's own log was warned of the end of what it uses, before calls failed."""
    first = ours.onset(edge, counted)
    for ref, digest in scene.snapshot.logs.items():
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == edge.caller:
            for at, line in zip(digest.times, digest.lines, strict=True):
                low = line.lower()
                if at and first and at < first and _ANNOUNCED.search(low) and _speaks_of(low, edge):
                    return True
    return False


def _speaks_of(low: str, edge: Edge) -> bool:
    names = (edge.callee, *edge.names)
    return any(name.rpartition("/")[2].lower() in low for name in names) or "/v" in low


def _changed(scene: Scene, edge: Edge, counted: Traffic, what: tuple[str, float, Change]) -> Finding:
    """The side that was rolled out or reconfigured just before."""
    component, strength, change = what
    claims = ours.change_claims(scene, change)
    says = f"{change.field} of {component} changed just before"
    since = change.at if change.at and not counted.healed else None
    return _finding(scene, edge, counted, (component, "bad_rollout", strength, says), claims, since_change=since)


def _mine(scene: Scene, edge: Edge, counted: Traffic, strength: float) -> Finding:
    says = "our requests may be wrong; the last version of the API that worked would decide"
    return _finding(scene, edge, counted, (edge.caller, "bad_config", strength, says), ())


def _theirs(scene: Scene, edge: Edge, counted: Traffic, strength: float, claims: tuple[Predicate, ...]) -> Finding:
    says = f"{edge.callee} answers otherwise than before; its change log would decide"
    return _finding(scene, edge, counted, (edge.callee, "dependency_schema_change", strength, says), claims)


def _finding(
    scene: Scene,
    edge: Edge,
    counted: Traffic,
    what: tuple[str, str, float, str],
    claims: tuple[Predicate, ...],
    *,
    since_change: datetime | None = None,
) -> Finding:
    component, condition, strength, says = what
    first = ours.onset(edge, counted)
    return Finding(
        component=component,
        condition=condition,
        role="cause",
        names=edge.names if component == edge.callee else (),
        since=min((at for at in (first, since_change) if at), default=None),
        until=ours.ended(counted),
        strength=strength,
        on_edge=(edge.caller, edge.callee),
        claims=(*claims, *edge_claims(scene, edge, counted)),
        says=says,
    )
