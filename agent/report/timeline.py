"""What happened when, as far as the diagnosis tells: its window, the onset, and claims that name a time."""

import re
from datetime import UTC, datetime

from agent.diagnosis import Claim, Diagnosis
from agent.report import words

# RFC 3339, or the start of a log line as Go's and Java's loggers write it; without a zone it is UTC, as logs are read.
_TIME = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?")


def moments(diagnosis: Diagnosis) -> list[tuple[datetime, str, str]]:
    """`(time, what, evidence id or "")`, oldest first."""
    incident = diagnosis.incident
    found = [(incident.window.start, "the examined window begins", ""), (incident.window.end, "the window ends", "")]
    if diagnosis.causes and diagnosis.verdict != "inconclusive":
        cause = diagnosis.causes[0]
        if cause.since:
            found.append((cause.since, f"{words.short_name(cause.component)}: {words.mode_text(cause)} begins", ""))
    if diagnosis.impact and diagnosis.impact.since:
        where = f" ({words.edges_text(diagnosis.impact.where, incident.namespace)})" if diagnosis.impact.where else ""
        found.append((diagnosis.impact.since, f"first failed request{where}", ""))
    for claim in words.claims_of(diagnosis):
        at = _time_of(claim)
        if at and claim.verified:
            found.append((at, claim.text, claim.evidence))
    return sorted(found, key=lambda one: one[0])


def _time_of(claim: Claim) -> datetime | None:
    """The time that a claim names: in what is checked, else in its words."""
    for text in (claim.value, claim.text):
        match = _TIME.search(text) if isinstance(text, str) else None
        if match:
            return _parsed(match)
    return None


def _parsed(match: re.Match[str]) -> datetime | None:
    year, month, day, clock, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{zone or '+00:00'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
