"""Interleave successes: between failures of the failing calls some work; the verdict stays, the status may change."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from evals.metamorphic.base import Base
from evals.metamorphic.clock import shift_text
from evals.metamorphic.expected import Expected, Variant, named, same_answer
from evals.metamorphic.recording import Recording, words
from tools.callgraph import FAILED, Edge, Hit
from tools.source import LogRef

FAMILY = "interleave successes"

CAN_BE_PARTIAL = words(
    "application_errors bad_rollout connection_exhaustion cpu_throttled crash_loop dependency_errors",
    "dependency_resets dependency_slow dependency_timeout dependency_unavailable oom_killed overload",
    "packet_loss probe_killed_under_load too_many_connections",
)
"""Faults under which some calls still work. Nothing works between two failures of a callee at zero, of a misspelt name,
of an expired certificate or a wrong key; and more calls would change the answer about a rate limit."""

_EXCHANGE = timedelta(seconds=1.5)
_MOST = 12


def variants(base: Base) -> Iterator[Variant]:
    """One variant where the edge failed at least twice and a success of it is on record to be repeated."""
    answer = base.diagnosis
    if not base.faulty or answer.failure_mode not in CAN_BE_PARTIAL or answer.status == "recovered":
        return
    edge = failing_edge(base)
    if edge is None:
        return
    exchange = exchange_of(base, edge)
    gaps = gaps_of(base, edge)
    if exchange is None or not gaps:
        return
    expected = Expected((answer.verdict,), same_answer(base).components, statuses=(answer.status, "intermittent"))
    yield named(base, FAMILY, f"{len(gaps)} calls work", expected, lambda: interleaved(base.recording, exchange, gaps))


def failing_edge(base: Base) -> Edge | None:
    """The edge with most failures that the leading cause explains."""
    path = set(base.lead.path) if base.lead else set()
    found = [edge for edge, counted in base.scene.failing if counted.failed >= 2 and {edge.caller, edge.callee} <= path]
    return found[0] if found else None


def exchange_of(base: Base, edge: Edge) -> "Exchange | None":
    """The lines of the last call that worked without a failure near it, in the log that tells of the failures."""
    bad = [hit.at for other in base.scene.graph.edges for hit in other.hits if hit.family in FAILED and hit.at]
    told = {hit.ref for hit in edge.hits if hit.family in FAILED}
    for hit in reversed([hit for hit in edge.hits if hit.family == "ok" and hit.at and hit.ref in told]):
        if hit.at and not any(abs(hit.at - other) <= 2 * _EXCHANGE for other in bad):
            lines = _lines_about(base.recording, hit)
            if lines:
                return Exchange(hit.ref, hit.at, lines)
    return None


class Exchange:
    """Log lines of one call that worked."""

    def __init__(self, ref: LogRef, at: datetime, lines: list[str]) -> None:
        """Keep where and when."""
        self.file, self.at, self.lines = file_of(ref), at, lines


def file_of(ref: LogRef) -> str:
    """A log's path in a run folder."""
    ending = ".previous.log" if ref.previous else ".log"
    return f"logs/{ref.namespace}/{ref.pod}/{ref.container}{ending}"


def gaps_of(base: Base, edge: Edge) -> list[datetime]:
    """Moments in the middle between failures, never after the last one."""
    window = base.scene.window
    times = sorted(hit.at for hit in edge.hits if hit.family in FAILED and hit.at and window.holds(hit.at))
    pairs = [(one, two) for one, two in pairwise(times) if two - one >= 4 * _EXCHANGE]
    return [one + (two - one) / 2 for one, two in pairs][:_MOST]


def interleaved(recording: Recording, exchange: Exchange, gaps: list[datetime]) -> Recording:
    """The recording with the exchange repeated at each of the moments."""
    added = []
    for at in gaps:
        delta = timedelta(seconds=round((at - exchange.at).total_seconds()))
        added += [shift_text(line, delta, exchange.at) for line in exchange.lines]
    return recording.with_texts({exchange.file: merged(recording.text(exchange.file), added)})


def merged(text: str, lines: list[str]) -> str:
    """A log with more lines, each before the first line with a later stamp."""
    found = text.splitlines()
    for line in lines:
        stamp = stamp_of(line)
        place = next(
            (index for index, other in enumerate(found) if (stamp_of(other) or "") > (stamp or "")), len(found)
        )
        found.insert(place, line)
    return "".join(f"{line}\n" for line in found)


def stamp_of(line: str) -> str | None:
    """The leading stamp of `kubectl logs --timestamps`, comparable as text."""
    stamp = line.partition(" ")[0]
    return stamp if stamp[:4].isdecimal() and stamp.endswith("Z") else None


def at_of(line: str) -> datetime | None:
    """The moment of the leading stamp."""
    stamp = stamp_of(line)
    if stamp is None:
        return None
    head, _, fraction = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{(fraction or '0')[:6].ljust(6, '0')}+00:00")


def _lines_about(recording: Recording, hit: Hit) -> list[str]:
    name = file_of(hit.ref)
    if hit.at is None or name not in recording.files:
        return []
    found = []
    for line in recording.text(name).splitlines():
        at = at_of(line)
        if at is not None and hit.at - _EXCHANGE <= at <= hit.at + _EXCHANGE / 5:
            found.append(line)
    return found
