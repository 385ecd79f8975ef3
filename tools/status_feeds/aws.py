"""AWS's Health Dashboard: `currentevents` (JSON in UTF-16), the older `data.json`, and the RSS feeds of services."""

import re
from collections.abc import Mapping
from datetime import datetime

from tools.source import ProviderIncident
from tools.status_feeds import syndication
from tools.status_feeds.said import FeedError, Said, entries, first, moment, names, parsed, part, words

_IMPACTS = {"0": "none", "1": "minor", "2": "major", "3": "critical"}
_OVER = re.compile(r"^\s*\[?resolved\b|^service is operating normally", re.IGNORECASE)
_REGION = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d\b")


def read(body: bytes, fetched_at: datetime) -> Said:
    """Every event that is told as current.

    Raises:
        FeedError: it is none of the three.
    """
    if syndication.is_xml(body):
        return syndication.read(body, fetched_at)
    found = parsed(body)
    if isinstance(found, dict):
        found = found.get("current")
    if not isinstance(found, list):
        raise FeedError("expected AWS's list of current events")
    return Said([_incident(one, fetched_at) for one in entries(found)], "Amazon Web Services")


def _incident(one: Mapping[str, object], fetched_at: datetime) -> ProviderIncident:
    log = entries(one.get("event_log"))
    newest = max(log, key=_told_at, default=one)
    status = str(one.get("status"))
    over = "0" in {status, str(newest.get("status"))} or _OVER.search(words(newest.get("summary")))
    service = words(one.get("service"))
    regions = _REGION.findall(f"{service} {words(one.get('arn'))}")
    key = re.sub(r"-?" + re.escape(regions[0]) + "$", "", service) if regions else service
    return ProviderIncident(
        title=_title(one),
        started_at=first(one, "date"),
        resolved_at=(first(newest, "timestamp", "date") or fetched_at) if over else None,
        impact=_IMPACTS.get(status, ""),
        services=names([key, one.get("service_name"), *part(one, "impacted_services")]),
        places=names(regions),
    )


def _title(one: Mapping[str, object]) -> str:
    """`Increased error rates (Amazon Simple Storage Service, N. Virginia)`."""
    where = ", ".join(name for key in ("service_name", "region_name") if (name := words(one.get(key))))
    said = words(one.get("summary"))
    return words(f"{said} ({where})" if where else said)


def _told_at(one: Mapping[str, object]) -> float:
    at = moment(one.get("timestamp"))
    return at.timestamp() if at else 0.0
