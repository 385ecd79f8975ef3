"""Providers' status feeds: an incident of theirs strengthens the blame on a callee that fails."""

import re
from collections.abc import Iterator

from agent.detectors import ours
from agent.detectors.calls import MODE_OF_FAMILY, edge_claims
from agent.finding import Finding, Predicate
from agent.provider_scope import is_about
from agent.providers import catalogue, provider_key
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.source import ProviderIncident, StatusFeed
from tools.traffic import Traffic

_AUTH = re.compile(r"auth|log-?in|sign-?in|token|credential|api key|\b40[13]\b|permission|sso", re.IGNORECASE)
_API = re.compile(
    r"\bapis?\b|version|deprecat|retire|sunset|schema|format|endpoint|\b4\d\d\b|error|deploy", re.IGNORECASE
)
_LIMITS = re.compile(r"rate.?limit|\b429\b|quota|throttl|capacity|overload", re.IGNORECASE)
_ASIDE = re.compile(
    r"dashboard|documentation|\bdocs\b|reporting|website|marketing|billing portal|support chat", re.IGNORECASE
)
_TITLES = {
    "unauthorized": _AUTH,
    "forbidden": _AUTH,
    "auth_failed": _AUTH,
    "rate_limited": _LIMITS,
    "client_error": _API,
    "schema": _API,
}
"""Failures that accuse the caller as much: only an incident about the same thing clears it."""
_WORD = re.compile(r"[a-z0-9]+")
_EXTRA_MODES = {"dns_server_down": "dependency_dns_failure", "auth_failed": "dependency_auth_rejected"}


def detect(scene: Scene) -> Iterator[Finding]:
    """A cause on each failing callee whose provider reports an incident; the other incidents are background."""
    used = set()
    for edge, counted in scene.failing:
        found = incident_for(scene, edge, counted)
        if found is not None:
            used.add(found[0].provider)
            yield _confirmed(scene, edge, counted, found)
    for feed in scene.snapshot.feeds:
        if feed.provider not in used:
            yield from _aside(scene, feed)


def incident_for(scene: Scene, edge: Edge, counted: Traffic) -> tuple[StatusFeed, int] | None:
    """The feed of the callee's provider and the index of its incident that was open while the calls failed, if any."""
    for feed in scene.snapshot.feeds:
        if not concerns(feed.provider, edge):
            continue
        for number, incident in enumerate(feed.incidents):
            fits = _fits(incident, counted.main_family) and is_about(
                incident, feed.provider, (edge.callee, *edge.names)
            )
            if fits and _was_open(scene, incident, counted):
                return feed, number
    return None


def concerns(provider: str, edge: Edge) -> bool:
    """Whether a provider stands behind a callee: by the catalogue, or by its name among the callee's names."""
    key = provider_key(provider)
    names = (edge.callee, *edge.names)
    for name in names:
        known = catalogue().find(name.lower()) if "/" not in name else None
        if known is not None and provider_key(known[0].name) == key:
            return True
    words = {word for name in names for word in _WORD.findall(name.rpartition("/")[2].lower())}
    joined = {provider_key(label) for name in names for label in name.rpartition("/")[2].lower().split(".")}
    return len(key) >= 3 and key in words | joined


def _was_open(scene: Scene, incident: ProviderIncident, counted: Traffic) -> bool:
    if incident.impact.lower() in {"none", "maintenance"}:
        return False
    first, last = counted.first or scene.window.start, counted.last or scene.window.end
    # Providers announce late, and often put the beginning later than their customers saw it.
    started = incident.started_at is None or incident.started_at <= last + ours.SETTLING
    return started and (incident.resolved_at is None or incident.resolved_at >= first)


def _fits(incident: ProviderIncident, family: str) -> bool:
    wanted = _TITLES.get(family)
    return wanted is None or bool(wanted.search(incident.title))


def feed_claims(found: tuple[StatusFeed, int]) -> tuple[Predicate, ...]:
    """What the provider says of itself."""
    feed, number = found
    place = pointer("incidents", str(number), "title")
    title = " ".join(feed.incidents[number].title.split())[:120]
    return (Predicate(f"{feed.provider} reports: {title}", f"status/{feed.provider}", "matches_quote", place, title),)


def _confirmed(scene: Scene, edge: Edge, counted: Traffic, found: tuple[StatusFeed, int]) -> Finding:
    incident = found[0].incidents[found[1]]
    family = counted.main_family
    mode = MODE_OF_FAMILY.get(family) or _EXTRA_MODES.get(family, "dependency_errors")
    return Finding(
        component=edge.callee,
        condition=mode,
        role="cause",
        names=tuple(dict.fromkeys((*edge.names, found[0].provider))),
        since=ours.onset(edge, counted),
        until=ours.ended(counted),
        strength=0.6 if _ASIDE.search(incident.title) and not _API.search(incident.title) else 0.85,
        on_edge=(edge.caller, edge.callee),
        claims=(*feed_claims(found), *edge_claims(scene, edge, counted)),
        says=f"{found[0].provider} reports an incident: {incident.title}",
    )


def _aside(scene: Scene, feed: StatusFeed) -> Iterator[Finding]:
    """The first incident that no failing call of ours is about; one of a service that nobody calls is not told."""
    called = [edge for edge in scene.graph.edges if concerns(feed.provider, edge)]
    for number, incident in enumerate(feed.incidents):
        resolved = incident.resolved_at is not None and incident.resolved_at < scene.window.start
        later = incident.started_at is not None and incident.started_at > scene.window.end
        near = [edge for edge in called if is_about(incident, feed.provider, (edge.callee, *edge.names))]
        if resolved or later or (called and not near):
            continue
        yield Finding(
            component=near[0].callee if near else feed.provider.lower(),
            condition="dependency_errors",
            role="background",
            names=(feed.provider,),
            since=incident.started_at,
            until=incident.resolved_at,
            strength=0.3,
            claims=feed_claims((feed, number)),
            says=f"{feed.provider} reports an incident that no failing call is about: {incident.title}",
        )
        return
