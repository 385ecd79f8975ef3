"""Google's status dashboards (Cloud, Firebase, Maps): `incidents.json`, which holds years of them."""

from collections.abc import Mapping
from datetime import datetime

from tools.source import ProviderIncident
from tools.status_feeds.said import FeedError, Said, entries, first, names, parsed, words

_IMPACTS = {"SERVICE_OUTAGE": "critical", "SERVICE_DISRUPTION": "major", "SERVICE_INFORMATION": "minor"}
_PLACES = ("currently_affected_locations", "previously_affected_locations")


def read(body: bytes, fetched_at: datetime) -> Said:  # noqa: ARG001 - an incident has its own times
    """Every incident.

    Raises:
        FeedError: it is no list.
    """
    found = parsed(body)
    if not isinstance(found, list):
        raise FeedError("expected Google's list of incidents")
    return Said([_incident(one) for one in entries(found)])


def _incident(one: Mapping[str, object]) -> ProviderIncident:
    impact = words(one.get("status_impact"))
    products = [each.get("title") for each in entries(one.get("affected_products"))]
    return ProviderIncident(
        title=words(one.get("external_desc")),
        started_at=first(one, "begin", "created"),
        resolved_at=first(one, "end"),
        impact=_IMPACTS.get(impact, impact.lower()),
        services=names(products or [one.get("service_name")]),
        places=names([place.get("id") for key in _PLACES for place in entries(one.get(key))]),
    )
