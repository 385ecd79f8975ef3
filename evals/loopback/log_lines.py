"""The kubelet's way to cut a log: by time, by lines from the end, by bytes from the start of what is left."""

from collections.abc import Mapping
from datetime import datetime


def cut(text: str, asked: Mapping[str, str]) -> bytes:
    """The part of a log that a request's `sinceTime`, `tailLines`, `limitBytes` and `timestamps` ask for."""
    lines = text.splitlines(keepends=True)
    if since := asked.get("sinceTime"):
        lines = _since(lines, datetime.fromisoformat(since))
    if "tailLines" in asked:
        count = int(asked["tailLines"])
        lines = lines[-count:] if count else []
    if asked.get("timestamps") != "true":
        lines = [line.partition(" ")[2] if _time_of(line) else line for line in lines]
    body = "".join(lines).encode()
    return body[: int(asked["limitBytes"])] if "limitBytes" in asked else body


def _since(lines: list[str], since: datetime) -> list[str]:
    """From the first line that is not older on; a line without a time belongs to the one before it."""
    first = _time_of(lines[0]) if lines else None
    if first is not None and first >= since:
        return lines
    for number, line in enumerate(lines):
        at = _time_of(line)
        if at is not None and at >= since:
            return lines[number:]
    return [] if any(_time_of(line) for line in lines) else lines


def _time_of(line: str) -> datetime | None:
    stamp = line.partition(" ")[0].strip()
    if len(stamp) < 20 or stamp[4] != "-":
        return None
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found if found.tzinfo else None
