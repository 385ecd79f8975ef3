"""When the outputs were printed: ages count from then, and it ends the window that is looked at."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from tools.dump.folder import TextFile
from tools.dump.parts import Part
from tools.dump.shapes import is_log
from tools.kubectl_text.shape import moment
from tools.kubectl_text.tables import rows
from tools.log_lines import own_time

FRESH = timedelta(minutes=10)
"""A file that was written this soon after the latest time in it was written when it was printed."""
OUR_DAYS = range(1971, 2200)
_LAST_LINES = 2_000
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_LOGGED = re.compile(rf"(?:\[pod/\S{{1,200}}\] )?({_STAMP}) ")
_KEYED = re.compile(
    r"\"?(?:creationTimestamp|deletionTimestamp|startedAt|finishedAt|startTime|completionTime|firstTimestamp|time"
    r"|lastTimestamp|eventTime|lastTransitionTime|lastUpdateTime|lastHeartbeatTime|lastProbeTime|renewTime"
    rf"|lastScheduleTime|lastObservedTime)\"?: ?\"?({_STAMP})"
)
_PRINTED = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_BORN = re.compile(r"^(?:CreationTimestamp|Start Time):\s+(.+)$", re.MULTILINE)
_AGE = re.compile(r"(\d+)([ydhms])")
_LONGEST = 100 * 31_536_000
_UNITS = {"y": 31_536_000, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


class Bound(Struct, frozen=True, order=True):
    """The outputs were printed at `at` or later; `slack` is how much later is still likely."""

    at: datetime
    slack: timedelta = FRESH
    file: str = ""


class Moments(Struct, frozen=True):
    """When a dump was printed.

    Attributes:
        taken: The moment of the last output, UTC.
        because: How that is known, for the reader.
        by_file: Moments of files that tell their own.
    """

    taken: datetime
    because: str
    by_file: dict[str, datetime] = {}

    def of(self, part: Part) -> datetime:
        """When one part was printed."""
        return min(part.at or self.by_file.get(part.file, self.taken), self.taken)


Births = dict[tuple[str, str], datetime]
"""When objects were made, by kind and name."""


class Said(Struct, frozen=True):
    """What the person says: the moment of printing, and the end of the window that is asked about."""

    at: datetime | None = None
    end: datetime | None = None


def moments_of(files: list[TextFile], parts: list[Part], births: Births, said: Said) -> Moments:
    """Find out when; `births` holds what whole objects tell, descriptions are read here."""
    if said.at is not None:
        return Moments(said.at, "as --at says")
    written = {file.name: file.written_at for file in files}
    found = [one for one in _bounds(parts, births) if _possible(one, written)]
    dated = [one for one in parts if one.at is not None]
    if dated:
        last = max(dated, key=lambda part: part.at or datetime.min.replace(tzinfo=UTC))
        found.append(Bound(last.at or datetime.min.replace(tzinfo=UTC), FRESH, last.file))
    if not found:
        latest = max(written.values())
        return Moments(said.end, "the end that was asked for") if said.end else Moments(latest, "the files' own time")
    best = max(found)
    by_file = {name: time for name, time in written.items() if best.at - FRESH <= time <= best.at + best.slack + FRESH}
    if by_file:
        return Moments(
            max(best.at, *by_file.values()), "the files' own time, close to the latest time in them", by_file
        )
    return Moments(best.at, f"the latest time in them, in {best.file}")


def _possible(bound: Bound, written: dict[str, datetime]) -> bool:
    """Whether the file could hold that time when it was written; a file's time of before 2000 is none."""
    own = written[bound.file]
    return own.year < 2000 or bound.at <= own + timedelta(days=1)


def _bounds(parts: list[Part], births: Births) -> Iterator[Bound]:
    found = [bound for part in parts for bound in _told(part)]
    yield from found
    yield from _by_age(parts, births)
    if not found:
        for part in parts:
            if part.shape in {"log", "text"} and is_log(part.text):
                told = (at for line in _ends(part) if (at := own_time(line)) and at.year in OUR_DAYS)
                yield from (Bound(at, FRESH, part.file) for at in told)


def _told(part: Part) -> Iterator[Bound]:
    match part.shape:
        case "json" | "manifest":
            times: Iterable[datetime | None] = map(parsed, _KEYED.findall(part.text))
        case "described":
            times = (parsed(moment(text) or "") for text in _PRINTED.findall(part.text))
        case "log" | "text":
            times = (parsed(found[1]) for line in _ends(part) if (found := _LOGGED.match(line)))
        case _:
            times = ()
    known = [time for time in times if time is not None]
    if known:
        yield Bound(max(known), FRESH, part.file)


def _ends(part: Part) -> list[str]:
    return part.text.split("\n")[-_LAST_LINES:]


def _by_age(parts: list[Part], births: Births) -> Iterator[Bound]:
    """An object's creation and its age in a table together tell when the table was printed."""
    born = {**births, **dict(pair for part in parts if part.shape == "described" for pair in _birth(part))}
    for part in parts:
        if part.shape == "table":
            for row in rows(part.text):
                made, age = born.get((part.kind, row.get("NAME", ""))), _AGE.findall(row.get("AGE", ""))
                if made is not None and age:
                    past = sum(int(number) * _UNITS[unit] for number, unit in age)
                    yield from _aged(made, past, _UNITS[age[-1][1]], part.file)


def _aged(made: datetime, past: int, unit: int, file: str) -> Iterator[Bound]:
    if past < _LONGEST:
        yield Bound(made + timedelta(seconds=past), max(FRESH, timedelta(seconds=unit)), file)


def _birth(part: Part) -> Iterator[tuple[tuple[str, str], datetime]]:
    name = part.text.partition("\n")[0].partition(":")[2].strip()
    found = _BORN.search(part.text)
    made = parsed(moment(found[1]) or "") if found else None
    if made is not None:
        yield (part.kind, name), made


def parsed(text: str) -> datetime | None:
    """A time with its zone, UTC; None for what is none, or of no days of ours."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo and found.year in OUR_DAYS else None
