"""What a command line asks, turned into an incident."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agent.incident import Incident, IncidentForm, form_from, form_in, incident_from
from tools.errors import InputError
from tools.run_folder import RunHead, read_bytes

MAX_ALERT_BYTES = 4 * 2**20
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(?:\d{1,6}[smhd])+")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `diagnose` as they were typed; None or "" where nothing was said."""

    question: str | None = None
    namespace: str | None = None
    since: str | None = None
    start: str | None = None
    end: str | None = None
    alert: Path | None = None


def recorded_incident(head: RunHead, asked: Asked) -> Incident:
    """The run's incident, with what was asked in place of its parts.

    Raises:
        InputError: an option or the run's incident is not as expected.
    """
    form = form_in(head.part("incident", head.incident), "incident")
    end = moment(asked.end, "--end") if asked.end else form.end
    start = start_of(asked, end or head.recorded_at) or form.start
    changed: dict[str, object] = {"start": start, "end": end}
    if asked.question:
        changed["question"] = asked.question
    if asked.namespace:
        changed["namespace"] = asked.namespace
    if asked.alert:
        changed["alert"] = alert_in(asked.alert).alert
    return incident_from(form.model_copy(update=changed), head.recorded_at, "run")


def start_of(asked: Asked, end: datetime) -> datetime | None:
    """Where the window begins by what was typed; `end` is where it ends. None where nothing was said.

    Raises:
        InputError: both ways of saying it were used, or one is malformed.
    """
    if asked.since and asked.start:
        raise InputError("--since", None, "expected either --since or --start, got both")
    if asked.since:
        return end - duration(asked.since, "--since")
    return moment(asked.start, "--start") if asked.start else None


def alert_in(path: Path) -> IncidentForm:
    """An Alertmanager message, or a single alert, from a JSON file.

    Raises:
        InputError: the file is unreadable, no JSON, or no alert.
    """
    try:
        found = json.loads(read_bytes(path, MAX_ALERT_BYTES))
    except json.JSONDecodeError as error:
        raise InputError(str(path), error.lineno, f"expected JSON ({error.msg})") from None
    except (UnicodeDecodeError, RecursionError):
        raise InputError(str(path), None, "expected the JSON of an Alertmanager message") from None
    if not isinstance(found, dict) or not {"alerts", "labels"} & found.keys():
        raise InputError(str(path), None, "expected an Alertmanager message with alerts, or one alert with labels")
    if found.get("alerts", ...) in ([], None):
        raise InputError(str(path), None, "alerts: expected at least one alert, got none")
    return form_from({"alert": found}, str(path))


def moment(text: str, option: str) -> datetime:
    """An RFC 3339 time.

    Raises:
        InputError: it is none, or has no zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(option, None, f"expected a time with its zone such as 2025-11-11T06:30:00Z, got {text!r}")
    return found


def duration(text: str, option: str) -> timedelta:
    """A length of time such as `90s`, `30m`, `2h`, `1d` or `1h30m`.

    Raises:
        InputError: it is none, or zero.
    """
    parts = re.findall(r"(\d+)([smhd])", text) if _DURATION.fullmatch(text) else []
    length = timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))
    if not length:
        raise InputError(option, None, f"expected a length of time such as 30m, 2h or 1h30m, got {text!r}")
    return length
