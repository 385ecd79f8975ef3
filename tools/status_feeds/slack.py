"""Slack's status API, versions 1 and 2: `current`."""

from collections.abc import Mapping
from datetime import datetime

from tools.source import ProviderIncident
from tools.status_feeds.said import FeedError, Said, entries, first, parsed, words

_IMPACTS = {"outage": "critical", "incident": "major", "notice": "minor", "maintenance": "maintenance"}
_WELL = "ok"


def read(body: bytes, fetched_at: datetime) -> Said:
    """What is open now.

    Raises:
        FeedError: it is no such answer.
    """
    found = parsed(body)
    if not isinstance(found, dict) or not isinstance(found.get("status"), str):
        raise FeedError("expected Slack's current status with a status and active_incidents")
    status = words(found["status"])
    active = entries(found.get("active_incidents"))
    if not active and status != _WELL and "title" in found:
        active = [found]  # version 1 tells its one incident at the top
    return Said([_incident(one, fetched_at) for one in active], "Slack", "none" if status == _WELL else status)


def _incident(one: Mapping[str, object], fetched_at: datetime) -> ProviderIncident:
    over = words(one.get("status")) in {"resolved", "completed", "cancelled"}
    resolved = (first(one, "date_updated") or fetched_at) if over else None
    kind = words(one.get("type"))
    return ProviderIncident(
        words(one.get("title")), first(one, "date_created"), resolved, _IMPACTS.get(kind.lower(), kind)
    )
