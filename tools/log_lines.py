"""From log text to events: cleaned lines, their times, and stack traces folded into one event."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

MAX_CHARS = 4000  # of one event, before any detailed pattern sees it
MAX_TAIL_LINES = 400
MAX_MESSAGE_LINES = 6

_CLEAN = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|\x1b"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_KUBECTL = re.compile(
    r"(?:\[pod/[^\]]{1,200}\] )?"
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)(?: (?:std(?:out|err) [FP] )?|$)"
)
_OWN_TIME = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)?")
_DAY_FIRST = re.compile(r"(\d\d)[/ ]([A-Z][a-z]{2})[/ ](\d{4})[: ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? ?([+-]\d{4})?")
_EPOCH = re.compile(r'"(?:ts|time|timestamp|@timestamp)": ?(\d{10})(\d{3}|\.\d{1,9})?\b')
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_FRAME = re.compile(r"\s*(?:at |\.\.\. \d+ (?:more|common)|File \"|goroutine \d+|--- End of|~{2,}|\^+\s*$)")
_FOLLOWS = re.compile(
    r"\s|\}|\]$|$|Caused by: |Suppressed: |--->|During handling of the above|The above exception was"
    r"|goroutine \d+ \[|\[signal SIG|exit status \d+$"
)
_THROWN = re.compile(r"(?:[a-z_][\w$]{0,60}\.){1,12}[A-Z][\w$.]{0,120}(?:Exception|Error|Throwable|Timeout|Failure)\b")
_STAMPED = re.compile(r"[\W\d]|[IWEF]\d{4} |(?:ts|time|level)=|[A-Z]+\b[: ]")
_TRACEBACK_END = re.compile(r"(?:[A-Za-z_][\w]*\.)*[A-Za-z_]\w*(?:: |$)")


class Event(Struct):
    """One thing that a program wrote: its first line, and what else belongs to it."""

    line: int
    head: str
    tail: list[str]

    def text(self) -> str:
        """Head and telling tail lines (no stack frames), cut to `MAX_CHARS`."""
        if not self.tail:
            return self.head[:MAX_CHARS]
        kept = [part.strip() for part in self.tail if part.strip() and not _FRAME.match(part)]
        return "\n".join([self.head[: MAX_CHARS // 2], *kept])[:MAX_CHARS]


def clean(line: str) -> str:
    """The line without colours, control, zero-width and direction characters; a tab stays."""
    line = line.rstrip("\r\n")
    if line.isprintable() and line.isascii():
        return line
    return _CLEAN.sub("", line)


def _zone(text: str | None) -> timedelta:
    if not text or text == "Z":
        return timedelta()
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def _moment(parts: Iterable[str | int], fraction: str | None, zone: str | None) -> datetime | None:
    try:
        year, month, day, hour, minute, second = (int(part) for part in parts)
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return datetime(year, month, day, hour, minute, min(second, 59), micros, UTC) - _zone(zone)
    except (ValueError, OverflowError):
        return None


def _prefix_time(match: re.Match[str]) -> datetime | None:
    seconds, fraction, zone = match.groups()
    try:
        at = datetime.fromisoformat(seconds + (fraction or ".0")[:7].ljust(7, "0"))
        return at.replace(tzinfo=UTC) - _zone(zone)
    except (ValueError, OverflowError):
        return None


def _kubelet_time(line: str) -> datetime | None:
    """The time of the stamp that the kubelet writes, to the nanosecond and in UTC; None for any other stamp."""
    if line[29:31] != "Z " or line[19:20] != "." or line[4:5] != "-" or line[7:8] != "-" or line[10:11] != "T":
        return None
    digits = line[20:29]
    if not digits.isdigit() or not digits.isascii() or line[31:34] == "std":
        return None
    try:
        return datetime.fromisoformat(line[:26] + "+00:00")
    except ValueError:
        return None


def own_time(line: str) -> datetime | None:
    """The time that the program itself wrote; without a zone it is taken as UTC."""
    head = line[:120]
    match = _OWN_TIME.search(head)
    if match is None and line[:1] == "{":
        match = _OWN_TIME.search(line[:MAX_CHARS])
        epoch = _EPOCH.search(line[:MAX_CHARS]) if match is None else None
        if epoch is not None:
            return datetime.fromtimestamp(int(epoch[1]), UTC)
    if match is not None:
        return _moment(match.groups()[:6], match[7], match[8])
    day_first = _DAY_FIRST.search(head)
    if day_first is None or day_first[2] not in _MONTHS:
        return None
    clock = (day_first[3], _MONTHS[day_first[2]], day_first[1], *day_first.groups()[3:6])
    return _moment(clock, day_first[7], day_first[8])


def split_time(line: str) -> tuple[datetime | None, str]:
    """The line's time, and the line without what `kubectl logs --timestamps` or CRI put before it."""
    if line[:2] == "20" or line[:5] == "[pod/":
        at = _kubelet_time(line)
        if at is not None:
            return at, line[31:]
        match = _KUBECTL.match(line)
        if match is not None:
            return _prefix_time(match), line[match.end() :]
    digits = line[:1] == "{" or any(char.isdigit() for char in line[:12])
    return (own_time(line) if digits or line[:5] == "time=" or "[" in line[:60] else None), line


def raw_lines(text: str | Iterable[str]) -> Iterator[str]:
    """Lines of a text or of an iterable of lines; only a line feed ends a line."""
    parts = (text,) if isinstance(text, str) else text
    for part in parts:
        lines = part.split("\n")
        if lines[-1] == "":
            lines.pop()
        yield from lines


class Folder:
    """Tells which lines continue the event before them."""

    def __init__(self) -> None:
        self.event: Event | None = None
        self._traceback = False
        self._chained = False  # the last telling line announces another traceback
        self._message = 0  # lines that an exception's message may still take before its first frame

    def add(self, index: int, line: str) -> Event | None:
        """Take one cleaned line; returns the event that this line ended, if any."""
        event = self.event
        if event is not None and self._continues(event, line):
            if len(event.tail) < MAX_TAIL_LINES:
                event.tail.append(line[:MAX_CHARS])
            return None
        self._traceback = line.startswith("Traceback (most recent")
        self._message = 0
        self.event = Event(index, line, [])
        return event

    def _continues(self, event: Event, line: str) -> bool:
        if line.startswith("Traceback (most recent"):
            self._traceback = self._chained or (not event.tail and _mentions_failure(event.head))
            return self._traceback
        if self._traceback and line and not line[:1].isspace():
            self._traceback = False
            return _TRACEBACK_END.match(line) is not None
        self._message -= self._message > 0
        if _FOLLOWS.match(line) is None:
            thrown = _THROWN.match(line) is not None and _mentions_failure(event.head)
            if thrown:
                self._message = MAX_MESSAGE_LINES
            return thrown or (self._message > 0 and _STAMPED.match(line) is None)
        if line:
            self._chained = line.startswith(("During handling", "The above exception"))
            self._message = (
                MAX_MESSAGE_LINES if line.startswith("Caused by: ") else 0 if line[0] == "\t" else self._message
            )
        return True


def _mentions_failure(line: str) -> bool:
    low = line[:MAX_CHARS].lower()
    return any(word in low for word in ("error", "exception", "fail", "critical", "warn", "severe"))
