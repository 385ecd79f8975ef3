"""Whose status feeds are asked: third parties that the incident's calls touch, those whose calls fail first."""

from collections.abc import Iterator

from agent.boundary import Boundary
from agent.ownership import facts_of
from agent.providers import ThirdParty, provider_key
from agent.scene import Scene
from tools.callgraph import Edge
from tools.evidence import Gap
from tools.source import FeedRef, StatusFeed, StatusSource

_OFF = "not fetched, because status feeds are off: --status-feeds or FAULTSIDE_STATUS_FEEDS=1 fetches"
_MOST_NAMED = 5


def ask_providers(scene: Scene, source: StatusSource | None, boundary: Boundary) -> None:
    """Read the feeds that the scene's calls are about into its snapshot; what is not known is a gap."""
    asked = list(pages(scene, boundary))
    snapshot = scene.snapshot
    if source is None:
        if asked:
            names = ", ".join(one.provider for one in asked[:_MOST_NAMED])
            snapshot.gaps.append(_gap("feeds", StatusFeed("", snapshot.now, status="error", error=f"{_OFF} {names}")))
        return
    known = {feed.provider for feed in snapshot.feeds}
    for feed in source.feeds(asked).value:
        if feed.provider in known:
            continue
        if feed.status == "ok":
            snapshot.feeds.append(feed)
        else:
            snapshot.gaps.append(_gap(feed.provider, feed))


def pages(scene: Scene, boundary: Boundary) -> Iterator[FeedRef]:
    """Status pages of third parties, each once, in the order in which they could explain the incident."""
    told: set[str] = set()
    for party in (*_called(scene, boundary), *boundary.third_parties):
        key = provider_key(party.name)
        if party.status is not None and key not in told:
            told.add(key)
            yield FeedRef(party.name, party.status.kind, party.status.url)


def _called(scene: Scene, boundary: Boundary) -> Iterator[ThirdParty]:
    failing = [edge for edge, _ in scene.failing]
    path = scene.path_of_asked
    near = [edge for edge in scene.graph.edges if edge.caller in path or edge.caller in scene.asked]
    for edge in (*failing, *near, *scene.graph.edges):
        party = _party(scene, boundary, edge)
        if party is not None:
            yield party


def _party(scene: Scene, boundary: Boundary, edge: Edge) -> ThirdParty | None:
    if scene.is_telemetry_edge(edge):
        return None
    return boundary.owner(facts_of(scene, edge.callee, edge.names)).provider


def _gap(name: str, feed: StatusFeed) -> Gap:
    said = f"{feed.error} ({feed.url})" if feed.url else feed.error
    return Gap(id=f"gap/status/{name}", source="status", what="status feed", status=feed.status, error=said, live=True)
