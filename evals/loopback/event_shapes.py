"""One event in the shapes of both event APIs: a server stores it once and shows it in either, as asked."""

from typing import Any

Object = dict[str, Any]

_TO_CORE = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedCount": "count",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedSource": "source",
    "reportingController": "reportingComponent",
}
_TO_NEWER = {core: newer for newer, core in _TO_CORE.items()}


def as_core(event: Object) -> Object:
    """The event as `/api/v1` shows it."""
    return _renamed(event, _TO_CORE, "v1")


def as_newer(event: Object) -> Object:
    """The event as `/apis/events.k8s.io/v1` shows it."""
    return _renamed(event, _TO_NEWER, "events.k8s.io/v1")


def _renamed(event: Object, names: dict[str, str], version: str) -> Object:
    if event.get("apiVersion") == version:
        return event
    return {names.get(key, key): value for key, value in event.items()} | {"apiVersion": version}
