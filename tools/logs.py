"""What a program's log says, line by line: its calls, the requests it answered, its own state.

The engine's detectors and the call graph read `LogDigest` only; no caller parses log text itself.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct, field, structs

from tools.log_families import CALL_FAMILIES, FAMILIES, Kind, Producer, Said
from tools.log_fields import Fields, field_keys, json_fields, logfmt_fields
from tools.log_hints import Interest
from tools.log_levels import keys_of, level_of
from tools.log_lines import MAX_CHARS, Event, Folder, clean, raw_lines, split_time
from tools.log_records import read_fields
from tools.log_targets import Target
from tools.log_text import read_text

JOIN_WITHIN = timedelta(seconds=120)
SECOND_LOOK = timedelta(seconds=3)
MAX_OPEN_ATTEMPTS = 256
_NOT_THE_PROGRAM = "Error from server"  # kubectl prints this in place of a log that it couldn't get


class Mention(Struct, frozen=True):
    """One thing that one log line says and that we understand."""

    at: datetime | None  # UTC
    kind: Kind  # an outbound call by this process, a request it answered, or its own state
    family: str  # a key of FAMILIES
    target: Target | None
    status: int | None  # HTTP status or gRPC code
    producer: Producer | None  # who produced the answer or error, when the line shows it
    seconds: float | None
    line: int  # index into LogDigest.lines


class LogDigest(Struct):
    """A log, cleaned, with what we understand of it."""

    lines: list[str] = field(default_factory=list)
    times: list[datetime | None] = field(default_factory=list)  # UTC, one per line
    mentions: list[Mention] = field(default_factory=list)
    out_of_order: int = 0  # lines whose time steps back


class _Attempt(NamedTuple):
    at: datetime | None
    thread: str | None
    trace: str | None
    target: Target | None


Keys = tuple[str | None, str | None]  # thread, trace or request id


class _Joiner:
    """Gives an answer that names nobody the target of the attempt it belongs to."""

    def __init__(self) -> None:
        self._open: deque[_Attempt] = deque(maxlen=MAX_OPEN_ATTEMPTS)
        self._last: tuple[_Attempt, str] | None = None  # the attempt closed last, and how

    def start(self, attempt: _Attempt) -> None:
        self._open.append(attempt)
        self._last = None

    def finish(self, said: Said, at: datetime | None, keys: Keys) -> Said:
        """The mention with its attempt's target, if it has none; the attempt is then closed."""
        if said.family not in CALL_FAMILIES or said.family == "cancelled":
            return said
        found = self._find(said.target, at, keys)
        if found is None:
            return self._second_look(said, at, keys)
        attempt = self._open[found]
        del self._open[found]
        self._last = (attempt._replace(at=at), said.family)
        if said.target is not None or said.family == "relayed" or attempt.target is None:
            return said
        return structs.replace(said, target=attempt.target)

    def _second_look(self, said: Said, at: datetime | None, keys: Keys) -> Said:
        """A failure found in an answer that was closed as another family, such as a body that can't be read."""
        if self._last is None or said.target is not None or said.status is not None:
            return said
        if said.family in ("ok", "relayed", self._last[1]):
            return said
        closed = self._last[0]
        if (closed.thread, closed.trace) != keys or not _near(closed.at, at, SECOND_LOOK):
            return said
        self._last = None
        return structs.replace(said, target=closed.target)

    def _find(self, target: Target | None, at: datetime | None, keys: Keys) -> int | None:
        near = [
            index
            for index in range(len(self._open) - 1, -1, -1)
            if _near(self._open[index].at, at, JOIN_WITHIN) and _same_host(self._open[index].target, target)
        ]
        thread, trace = keys
        if thread is None and trace is None:
            return near[0] if near else None
        for index in near:
            if thread is not None and self._open[index].thread == thread:
                return index
        for index in near:
            other = self._open[index]
            if trace is not None and other.trace == trace and (thread is None or other.thread is None):
                return index
        return None


def _near(start: datetime | None, at: datetime | None, within: timedelta) -> bool:
    return start is None or at is None or timedelta(seconds=-1) <= at - start <= within


def _same_host(attempted: Target | None, target: Target | None) -> bool:
    return target is None or (attempted is not None and attempted.host == target.host)


def _fields(head: str) -> Fields | None:
    if head[:1] == "{":
        return json_fields(head)
    return logfmt_fields(head[:MAX_CHARS]) if "=" in head[:40] else None


def _understand(event: Event, text: str) -> tuple[list[Said], Fields | None]:
    found = _fields(event.head)
    if found is not None:
        return read_fields(found, event.head), found
    level = level_of(event.head)
    if level is None and event.tail and ("Caused by: " in text or "Traceback (most recent" in text):
        level = "error"
    return read_text(text, level), None


class _Reader:
    def __init__(self) -> None:
        self.digest = LogDigest()
        self._joiner = _Joiner()
        self._interest = Interest()

    def close(self, event: Event) -> None:
        """Append what a finished event says."""
        text = event.text()
        if not self._interest.has(text) or _NOT_THE_PROGRAM in text[:48]:
            return
        saids, found = _understand(event, text)
        at = self.digest.times[event.line]
        keys: Keys = (None, None)
        if any(said.kind == "call" for said in saids):
            keys = field_keys(found) if found is not None else keys_of(event.head)
        for said in saids:
            if said.kind == "call" and said.family == "attempt":
                self._joiner.start(_Attempt(at, *keys, said.target))
            elif said.kind == "call":
                said = self._joiner.finish(said, at, keys)  # noqa: PLW2901 - the joined form replaces it
            self.digest.mentions.append(
                Mention(at, said.kind, said.family, said.target, said.status, said.producer, said.seconds, event.line)
            )


def read_log(text: str | Iterable[str]) -> LogDigest:
    """Read a whole log (or its lines); total on any text, and never raises."""
    reader, folder = _Reader(), Folder()
    digest = reader.digest
    latest: datetime | None = None
    for raw in raw_lines(text):
        at, line = split_time(clean(raw))
        index = len(digest.lines)
        digest.lines.append(line)
        digest.times.append(at)
        if at is not None:
            digest.out_of_order += latest is not None and at < latest
            latest = at
        ended = folder.add(index, line)
        if ended is not None:
            reader.close(ended)
    if folder.event is not None:
        reader.close(folder.event)
    return digest


__all__ = ["FAMILIES", "LogDigest", "Mention", "Target", "read_log"]
