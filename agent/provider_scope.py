"""Which of a large provider's services and regions an incident is about: one of another service clears nobody."""

import re
from collections.abc import Iterable

from agent.providers import catalogue, provider_key
from tools.source import ProviderIncident

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-?\d+")
_EVERYWHERE = "global"
_NOBODY = frozenset({"com", "net", "org", "www", "api", "cloud", "amazonaws", "googleapis", "aws", "google", "azure"})
"""Labels of hosts that name no service."""


def is_about(incident: ProviderIncident, provider: str, names: Iterable[str]) -> bool:
    """Whether an incident may be about a callee of these names; one that names no services and places may be about all.

    Args:
        incident: One of the provider's.
        provider: Its name.
        names: What the callee is called; only hosts tell of services and regions.
    """
    hosts = [name.lower() for name in names if "/" not in name]
    labels = {label for host in hosts for label in host.split(".")}
    regions = {label for label in labels if _REGION.fullmatch(label)}
    places = {place.lower() for place in incident.places}
    if regions and places and not places & (regions | {_EVERYWHERE}):
        return False
    if not incident.services:
        return True
    known = [found[0].name for host in hosts if (found := catalogue().find(host))]
    called = {provider_key(name) for name in (provider, *known)}
    return any(_is_service(service, labels - regions - _NOBODY, called) for service in incident.services)


def _is_service(service: str, labels: set[str], called: set[str]) -> bool:
    key = provider_key(service)
    named = len(key) > 2 and any(key in name or name in key for name in called)
    return named or any(label == service.lower() or (len(label) > 2 and provider_key(label) in key) for label in labels)
