"""Atlassian's Statuspage, version 2: `summary.json` (what is open) and `incidents.json` (the last fifty)."""

from collections.abc import Mapping
from datetime import datetime

from tools.source import ProviderIncident
from tools.status_feeds.said import FeedError, Said, entries, first, names, parsed, part, words

_OVER = frozenset({"resolved", "postmortem", "completed"})


def read(body: bytes, fetched_at: datetime) -> Said:
    """Either of the two.

    Raises:
        FeedError: it is neither.
    """
    found = parsed(body)
    if not isinstance(found, dict) or not (
        isinstance(found.get("incidents"), list) or isinstance(found.get("status"), dict)
    ):
        raise FeedError("expected a Statuspage summary with its status or incidents")
    status = part(found, "status")
    return Said(
        [_incident(one, fetched_at) for one in entries(found.get("incidents"))],
        words(part(found, "page").get("name")),
        words(status.get("indicator")),
        words(status.get("description")),
    )


def _incident(one: Mapping[str, object], fetched_at: datetime) -> ProviderIncident:
    resolved = first(one, "resolved_at")
    if resolved is None and words(one.get("status")) in _OVER:
        resolved = first(one, "updated_at", "started_at", "created_at") or fetched_at
    return ProviderIncident(
        title=words(one.get("name")),
        started_at=first(one, "started_at", "created_at"),
        resolved_at=resolved,
        impact=words(one.get("impact")),
        # Not Statuspage's: a recording keeps what another format told in this shape.
        services=names(one.get("services")),
        places=names(one.get("places")),
    )
