"""Alerts and alerting rules as Prometheus's HTTP API gives them; the vendor's library has no call for them."""

import math
from datetime import datetime

import msgspec
from msgspec import Struct, field

from tools.plain_text import plain
from tools.source import Alert, Rule
from tools.unanswered import MOST_SAID


class _Alert(Struct):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    state: str = ""
    since: datetime | None = field(default=None, name="activeAt")
    value: str = ""


class _Alerts(Struct):
    alerts: list[_Alert] = []


class _Rule(Struct):
    name: str = ""
    query: str = ""
    kind: str = field(default="alerting", name="type")
    state: str = ""
    health: str = "unknown"
    error: str = field(default="", name="lastError")
    hold: float = field(default=0.0, name="duration")


class _Group(Struct):
    name: str = ""
    rules: list[_Rule] = []


class _Groups(Struct):
    groups: list[_Group] = []


def alerts(data: msgspec.Raw) -> list[Alert]:
    """Alerts, the longest firing first."""
    found = [
        Alert(
            name=one.labels.get("alertname", ""),
            state=one.state,
            labels=one.labels,
            annotations=one.annotations,
            since=one.since,
            value=_number(one.value),
        )
        for one in msgspec.json.decode(data, type=_Alerts).alerts
    ]
    return sorted(found, key=lambda one: (one.since is None, one.since and one.since.timestamp(), one.name))


def rules(data: msgspec.Raw) -> list[Rule]:
    """Alerting rules in the server's order."""
    return [
        Rule(
            name=one.name,
            query=one.query,
            state=one.state,
            health=one.health,
            error=plain(one.error, MOST_SAID),
            hold=one.hold,
            group=group.name,
        )
        for group in msgspec.json.decode(data, type=_Groups).groups
        for one in group.rules
        if one.kind == "alerting"
    ]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
