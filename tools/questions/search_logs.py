"""What workloads logged: a digest, or the lines that hold some words."""

import re
import shlex
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from tools.evidence import Status
from tools.logs import LogDigest
from tools.plain_text import plain
from tools.questions.answers import Found, Row
from tools.questions.log_digest import digest
from tools.questions.log_reading import logs_of, logs_query, unread_logs
from tools.questions.names import namespace_in, short, some_component_in
from tools.questions.patterns import Matcher, literal, matcher
from tools.questions.toolbox import Toolbox
from tools.redact import MASK, redacted
from tools.source import LogRef

_SECONDS = 2.0
"""For one search; what was not searched until then is told."""
_GROUPS = 20
_MOST_LINE = 2_000
_LEAD = 100
_BUCKETS = 12
_NUMBERS = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|\d+", re.IGNORECASE)


def search_logs(toolbox: Toolbox, namespace: str, workload: str = "", pattern: str = "") -> Found:
    """Log lines that match words or a simple regex such as `refused|timed? out`: counts, times, examples.

    Without a pattern: a digest of failed calls and errors.
    """
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    logs = logs_of(toolbox, namespace, component)
    if not pattern.strip():
        return digest(toolbox, namespace, component, logs)
    search = _searched(toolbox, logs, pattern)
    unread = unread_logs(toolbox, namespace, component)
    groups = sorted(search.groups.values(), key=lambda one: (-one.inside, -one.count))
    scope = f"{namespace}/{short(component)}" if component else namespace
    return Found(
        about=(namespace, short(component), pattern),
        query=f"{logs_query(toolbox, namespace, component)} | grep -i{'E' if search.as_pattern else 'F'}"
        f" {shlex.quote(pattern)}",
        heading=_heading(toolbox, search, f"{scope}, {pattern!r} {search.way}") + unread.text,
        rows=[one.line_of(toolbox) for one in groups],
        of="kinds of lines, the most frequent in the window first",
        value=search.value(groups) | {"pattern": pattern, "read": search.way, "not_read": unread.count},
        status=_status(search, unread.status),
    )


def _searched(toolbox: Toolbox, logs: dict[LogRef, LogDigest], pattern: str) -> "_Search":
    """Plain text first: what was copied from a line seldom means what its brackets mean in a pattern."""
    search = _Search(toolbox, pattern, literal(pattern))
    search.run(logs)
    if not search.matches:
        search = _Search(toolbox, pattern, matcher(pattern), as_pattern=True)
        search.run(logs)
    return search


def _status(search: "_Search", unread: Status | None) -> Status:
    if search.late or (unread and search.lines):
        return "truncated"
    return unread or ("ok" if search.matches else "empty")


def _heading(toolbox: Toolbox, search: "_Search", what: str) -> str:
    said = f"{search.matches:,} of {search.lines:,} lines match ({what})"
    if search.matches:
        said += f": {search.inside:,} in the window, {search.before:,} before it, {search.after:,} after"
        said += f"\nfirst {toolbox.clock(search.first)}, last {toolbox.clock(search.last)}"
    if search.buckets:
        told = ", ".join(f"{toolbox.clock(at)} {count}" for at, count in sorted(search.buckets.items()))
        said += f"\nin the window by {search.step // timedelta(minutes=1)} min: {told}"
    if search.late:
        left_out = f"{search.unsearched} of {search.logs} logs were left out"
        said += f"\nsearched for {_SECONDS:g} s: {left_out}; name a workload"
    return said


class _Group(Struct):
    """Lines that differ in numbers only, with the last of them."""

    component: str
    container: str
    count: int = 0
    inside: int = 0
    first: datetime | None = None
    last: datetime | None = None
    line: str = ""

    def line_of(self, toolbox: Toolbox) -> str:
        """As one line of text."""
        span = toolbox.clock(self.last)
        if self.count > 1:
            span = f"{self.count} times {toolbox.clock(self.first)} to {span}"
        return f"{span} {short(self.component).partition('/')[2]}: {self.line}"


class _Search:
    """Counts of what matched."""

    def __init__(self, toolbox: Toolbox, pattern: str, find: Matcher, *, as_pattern: bool = False) -> None:
        """Start with nothing found."""
        self._toolbox, self._find, self.as_pattern = toolbox, find, as_pattern
        self._by_placeholder = MASK.lower() in pattern.lower()
        self._window, self._now = toolbox.snapshot.window, toolbox.snapshot.now
        self.step = max(timedelta(minutes=1), _rounded((self._window.end - self._window.start) / _BUCKETS))
        self.lines = self.matches = self.inside = self.before = self.after = 0
        self.logs = self.unsearched = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.buckets: dict[datetime, int] = {}
        self.groups: dict[tuple[str, str], _Group] = {}

    @property
    def late(self) -> bool:
        """Whether the time was up before everything was searched."""
        return self.unsearched > 0

    @property
    def way(self) -> str:
        """How what was asked was understood."""
        return "as a pattern" if self.as_pattern else "as plain text"

    def run(self, logs: dict[LogRef, LogDigest]) -> None:
        """Search the logs until the time is up."""
        deadline = time.monotonic() + _SECONDS
        self.logs = len(logs)
        for number, (ref, log) in enumerate(logs.items()):
            component = self._toolbox.snapshot.component_of_pod_name(ref.namespace, ref.pod)
            for at, line in self._timed(log):
                if time.monotonic() > deadline:
                    self.unsearched = self.logs - number
                    return
                self.lines += 1
                if self._holds(line):
                    self._count(at, line, component, ref.container)

    def value(self, groups: list[_Group]) -> Row:
        """The counts as plain values."""
        return {
            "lines": self.lines,
            "matches": self.matches,
            "in_window": self.inside,
            "before": self.before,
            "after": self.after,
            "first": self.first,
            "last": self.last,
            "buckets": {f"{at:%Y-%m-%dT%H:%M:%SZ}": count for at, count in sorted(self.buckets.items())},
            "groups": groups[:_GROUPS],
        }

    def _timed(self, log: LogDigest) -> Iterator[tuple[datetime | None, str]]:
        """Lines not younger than the moment of asking; all of a log whose clock is off."""
        known = [at for at in log.times if at is not None]
        off = bool(known) and min(known) > self._now
        for at, line in zip(log.times, log.lines, strict=True):
            if off or at is None or at <= self._now:
                yield at, line

    def _holds(self, line: str) -> bool:
        """Whether a line holds what is looked for outside of its secrets, which nobody may find out by asking."""
        return (self._by_placeholder or self._find(line) >= 0) and self._find(redacted(line)) >= 0

    def _excerpt(self, line: str) -> str:
        """The line from shortly before what was looked for; redacted first, because a cut may hide what a secret is."""
        whole = plain(line, _MOST_LINE)
        begin = max(0, self._find(whole) - _LEAD)
        return f"…{whole[begin:]}" if begin else whole

    def _count(self, at: datetime | None, line: str, component: str, container: str) -> None:
        self.matches += 1
        inside = at is None or self._window.holds(at)
        self.inside += inside
        self.before += at is not None and at < self._window.start
        self.after += at is not None and at > self._window.end
        key = component, _NUMBERS.sub("#", line[:160])
        group = self.groups.setdefault(key, _Group(component, container))
        group.count += 1
        group.inside += inside
        group.line = self._excerpt(line)
        if at is None:
            return
        group.first, group.last = min(group.first or at, at), max(group.last or at, at)
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)
        if inside:
            bucket = self._window.start + (at - self._window.start) // self.step * self.step
            self.buckets[bucket] = self.buckets.get(bucket, 0) + 1


def _rounded(step: timedelta) -> timedelta:
    """Whole minutes, upwards."""
    minute = timedelta(minutes=1)
    return -(-step // minute) * minute
