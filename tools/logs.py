"""What a program's log says, line by line: its calls, the requests it answered, its own state.

The engine's detectors and the call graph read `LogDigest` only; no caller parses log text itself.
"""

import re
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct, field, structs

from tools.log_families import CALL_FAMILIES, FAMILIES, Kind, Producer, Said
from tools.log_fields import Fields, field_keys, json_fields, logfmt_fields
from tools.log_hints import may_tell
from tools.log_levels import keys_of, level_of
from tools.log_lines import MAX_CHARS, Event, Folder, clean, raw_lines, split_time
from tools.log_records import read_fields
from tools.log_targets import Target
from tools.log_text import read_text

JOIN_WITHIN = timedelta(seconds=120)
SECOND_LOOK = timedelta(seconds=3)
EARLIER = timedelta(seconds=-1)  # an answer's line may be stamped this much before its attempt's
MAX_OPEN_ATTEMPTS = 256
# A database's error never answers the HTTP call that was logged before it.
_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception)\b", re.MULTILINE)
_OF_A_DRIVER = re.compile(
    r"sqlexception|sqlclient|jdbc|hikari|npgsql|psycopg|entityframework|mongo(?:server|timeout|network)|jedis|lettuce"
    r"|activerecord|sequelize|sqlalchemy|sqlstate",
    re.IGNORECASE,
)
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

    def waits(self) -> bool:
        """Whether an answer could still belong to an attempt."""
        return self._last is not None or bool(self._open)

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
        """The youngest attempt of the same thread, else of the same trace; any, when the line shows neither."""
        thread, trace = keys
        anyone = thread is None and trace is None
        traced: int | None = None
        for index in range(len(self._open) - 1, -1, -1):
            other = self._open[index]
            mine = anyone or (thread is not None and other.thread == thread)
            may_be = trace is not None and other.trace == trace and (thread is None or other.thread is None)
            if not (mine or (may_be and traced is None)):
                continue
            if _near(other.at, at, JOIN_WITHIN) and _same_host(other.target, target):
                if mine:
                    return index
                traced = index
        return traced


def _near(start: datetime | None, at: datetime | None, within: timedelta) -> bool:
    return start is None or at is None or EARLIER <= at - start <= within


def _same_host(attempted: Target | None, target: Target | None) -> bool:
    return target is None or (attempted is not None and attempted.host == target.host)


def _fields(head: str) -> Fields | None:
    if head[:1] == "{":
        return json_fields(head)
    return logfmt_fields(head[:MAX_CHARS]) if "=" in head[:40] else None


def _understand(event: Event, text: str) -> tuple[list[Said], Fields | None]:
    found = _fields(event.head)
    if found is not None:
        said = read_fields(found, event.head)
        return (_trace(event) or said) if [one.family for one in said] == ["other_error"] else said, found
    level = level_of(event.head)
    if level is None and event.tail and ("Caused by: " in text or "Traceback (most recent" in text):
        level = "error"
    return read_text(text, level), None


def _trace(event: Event) -> list[Said]:
    """What the stack trace says that a program prints below a record which says no more than that something failed."""
    below = "\n".join(part.strip() for part in event.tail)
    if "Traceback (most recent" not in below and not _RAISED.search(below):
        return []
    return read_text(event.text().partition("\n")[2], "error")


class _Reader:
    def __init__(self) -> None:
        self.digest = LogDigest()
        self._joiner = _Joiner()

    def close(self, event: Event) -> None:
        """Append what a finished event says."""
        text = event.text()
        if not may_tell(text) or _NOT_THE_PROGRAM in text[:48]:
            return
        saids, found = _understand(event, text)
        at = self.digest.times[event.line]
        for said in saids:
            one = self._joined(said, at, event, found) if said.kind == "call" else said
            self.digest.mentions.append(
                Mention(at, one.kind, one.family, one.target, one.status, one.producer, one.seconds, event.line)
            )

    def _joined(self, said: Said, at: datetime | None, event: Event, found: Fields | None) -> Said:
        """A call's mention, tied to its attempt or kept as one."""
        if said.family != "attempt" and not self._joiner.waits():
            return said
        if said.target is None and _OF_A_DRIVER.search(event.text()) is not None:
            return said
        keys = field_keys(found) if found is not None else keys_of(event.head)
        if said.family != "attempt":
            return self._joiner.finish(said, at, keys)
        self._joiner.start(_Attempt(at, *keys, said.target))
        return said


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
