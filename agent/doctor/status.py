"""Providers' status feeds: whether they are fetched, and whether the declared ones can be read."""

from collections.abc import Iterator
from pathlib import Path

from agent.boundary import Boundary
from agent.boundary_file import load_boundary
from agent.doctor.check import Asked, Check, check
from agent.live_input import open_status
from tools.errors import InputError
from tools.source import FeedRef

_SYSTEM = "status feeds"


def checks(asked: Asked) -> Iterator[Check]:
    """Whether they are on; then one line for each feed that the boundary file declares."""
    boundary = _readable(asked.boundary)
    source = open_status(boundary, asked.status_feeds, asked.left)
    if source is None:
        yield check(_SYSTEM, "fetching", "off", "not fetched", "--status-feeds, or export FAULTSIDE_STATUS_FEEDS=1")
        return
    declared = [FeedRef(one.name, one.status.kind, one.status.url) for one in boundary.third_parties if one.status]
    yield check(_SYSTEM, "fetching", "ok", f"on; {len(declared)} declared, others by the shipped catalogue")
    for feed in source.feeds(declared).value:
        if feed.status == "ok":
            open_now = sum(1 for one in feed.incidents if one.resolved_at is None)
            yield check(_SYSTEM, feed.provider, "ok", f"{feed.url}: {open_now} open incidents")
        elif feed.status == "truncated":
            yield check(_SYSTEM, feed.provider, "warning", feed.error)
        else:
            do = "correct its status in the boundary file (docs/status-feeds.md), or leave it out"
            yield check(_SYSTEM, feed.provider, "warning", f"{feed.url}: {feed.error}", do)


def _readable(path: Path | None) -> Boundary:
    """The boundary file; where it is malformed, its own check says so."""
    try:
        return load_boundary(path) if path else Boundary.default()
    except InputError:
        return Boundary.default()
