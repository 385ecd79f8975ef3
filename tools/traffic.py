"""How the calls of one edge went: before the window, in it, and after its last failure."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from tools.callgraph import FAILED, WORKED, Edge, Hit
from tools.evidence import Window
from tools.onset import FEW_FAILURES, LONE, REFUSED_RATE, WELL_SINCE, onset, usual_until

BLIP_RATE = 0.15
BACKGROUND_RATE = 0.05
_LOAD_SCRIPT = re.compile(r"locust|\bk6\b|jmeter|gatling|artillery|vegeta|load-?(?:gen|test|script)", re.IGNORECASE)
_ABOUT_THE_REQUEST = frozenset({"client_error", "unauthorized", "forbidden"})
# An attempt this young may still be under way; longer client timeouts are rare.
PENDING = timedelta(seconds=60)


class Traffic(Struct):
    """Counts of one edge.

    Attributes:
        failed, worked: Calls in the window; `worked` includes attempts that no failure answers.
        failed_before, worked_before: The same before the window, and before the trouble that it begins in, if calls
            are known to have worked before that.
        worked_after_first: Calls that worked from the window's first failure on, up to its end.
        worked_between: Calls that worked between the first and the last failure of the window.
        declined: Calls of the window that were answered with a business refusal; they count as worked.
        families: How the failures in the window went.
        statuses: HTTP or gRPC codes of the failures in the window.
        producers: Who produced the failures, where lines show it.
        worked_since: Calls that worked after the last failure, up to the moment of asking.
        failed_after: Failures after the window's end.
        worked_meanwhile: Calls that worked between the last failure before the window and the first one in it.
        first, last: First and last failure in the window.
        last_before: The last of `failed_before`.
        worked_at: When calls worked, whether in the window or not.
        last_worked: The last call that worked before the first failure of the window.
        seen_rate: Share of failures as a neighbouring edge saw the same requests, where this one logs failures only.
        sample: A failure to quote, the last one of the most frequent family.
    """

    failed: int = 0
    worked: int = 0
    failed_before: int = 0
    worked_before: int = 0
    failed_after: int = 0
    worked_since: int = 0
    worked_after_first: int = 0
    worked_between: int = 0
    worked_meanwhile: int = 0
    declined: int = 0
    families: dict[str, int] = {}
    statuses: dict[str, int] = {}
    producers: dict[str, int] = {}
    first: datetime | None = None
    last: datetime | None = None
    last_before: datetime | None = None
    last_worked: datetime | None = None
    first_ever: datetime | None = None
    slowest: float = 0.0
    seen_rate: float | None = None
    sample: Hit | None = None
    worked_at: list[datetime] = []

    @property
    def total(self) -> int:
        """Calls in the window that came to an end."""
        return self.failed + self.worked

    @property
    def rate(self) -> float:
        """Share of failures in the window, 0 when nothing was called."""
        return self.failed / self.total if self.total else 0.0

    @property
    def rate_before(self) -> float:
        """Share of failures before the window, 0 when nothing was called."""
        total = self.failed_before + self.worked_before
        return self.failed_before / total if total else 0.0

    @property
    def main_family(self) -> str:
        """The most frequent family of failure in the window, or an empty string."""
        return max(self.families, key=lambda name: self.families[name], default="")

    @property
    def is_blip(self) -> bool:
        """Whether one call failed and several have worked since or very many before, or a few among very many."""
        rate = self.rate if self.seen_rate is None else self.seen_rate
        if self.failed_after or self.failed > FEW_FAILURES:
            return False
        if self.failed == 1:
            known = self.worked + self.worked_before
            return rate <= BLIP_RATE and (self.worked_since >= 3 or known * BACKGROUND_RATE >= 1)
        return self.worked_since >= WELL_SINCE * self.failed and rate <= BLIP_RATE / self.failed

    @property
    def is_background(self) -> bool:
        """Whether single calls failed now and then among many that worked, none after another."""
        most = BACKGROUND_RATE * (2 if self.failed <= FEW_FAILURES else 1)
        return self.failed >= 2 and self.rate <= most and self.worked_between >= LONE * (self.failed - 1)

    @property
    def healed(self) -> bool:
        """Whether the edge failed in the window, and has worked repeatedly since its very last failure.

        One success is enough after one or two failures; after many, three are asked for.
        """
        needed = 1 if self.failed <= 2 else 3
        return self.failed > 0 and self.worked_since >= needed


def traffic_of(edge: Edge, window: Window, now: datetime) -> Traffic:
    """Count an edge's calls relative to the window; untimed lines count as inside it."""
    refused = _refusals(edge, window)
    failures = [hit for hit in edge.hits if hit.family in FAILED and hit.family not in refused]
    worked = [hit for hit in edge.hits if hit.family in WORKED or hit.family in refused]
    attempts = [hit for hit in edge.hits if hit.family == "attempt"]
    inside = [hit for hit in failures if hit.at is None or window.holds(hit.at)]
    if len(attempts) > len(worked) + len(failures) or not worked:
        worked += _silent_successes(attempts, failures, now)
    times, good = _times(failures), _times(worked)
    earlier = usual_until(times, good, window) if inside else window.start
    found = Traffic(
        failed=len(inside),
        failed_before=sum(1 for at in times if at < earlier),
        failed_after=sum(1 for at in times if at > window.end),
        families=dict(Counter(hit.family for hit in inside)),
        statuses=dict(Counter(str(hit.status) for hit in inside if hit.status is not None)),
        producers=dict(Counter(hit.producer for hit in inside if hit.producer)),
        slowest=max((hit.seconds or 0.0 for hit in (*inside, *worked)), default=0.0),
        worked_at=good,
    )
    within = _times(inside)
    if within:
        found.first, found.last = onset(within, good), within[-1]
    found.last_before = max((at for at in times if at < earlier), default=None)
    found.declined = sum(1 for hit in worked if hit.family == "declined" and window.holds(hit.at))
    _count_worked(found, worked, times, window)
    found.worked_before -= sum(1 for at in good if earlier <= at < window.start)
    found.first_ever = min(times, default=None)
    found.sample = next((hit for hit in reversed(inside) if hit.family == found.main_family), None)
    return found


def _times(hits: list[Hit]) -> list[datetime]:
    return sorted(hit.at for hit in hits if hit.at is not None)


def _refusals(edge: Edge, window: Window) -> frozenset[str]:
    """Families that are the requests' fault on this edge.

    Inside the cluster most 4xx are users' requests passed on; they mean something only when many calls, and a larger
    share than before, are answered so.
    """
    if not edge.inside:
        return frozenset()
    if _LOAD_SCRIPT.search(edge.caller):
        return _ABOUT_THE_REQUEST
    ended = [hit for hit in edge.hits if hit.family in FAILED or hit.family in WORKED]
    inside = [hit for hit in ended if hit.at is None or window.holds(hit.at)]
    before = [hit for hit in ended if hit.at is not None and hit.at < window.start]
    return frozenset(
        family
        for family in _ABOUT_THE_REQUEST
        if _share(inside, family) < max(REFUSED_RATE, 2 * _share(before, family))
    )


def _share(hits: list[Hit], family: str) -> float:
    return sum(1 for hit in hits if hit.family == family) / len(hits) if hits else 0.0


def _count_worked(found: Traffic, worked: list[Hit], failed: list[datetime], window: Window) -> None:
    good = sorted(worked, key=lambda hit: (hit.at is not None, hit.at or window.start))
    last = max(failed, default=None)
    for hit in good:
        if hit.at is None or window.holds(hit.at):
            found.worked += 1
        elif hit.at < window.start:
            found.worked_before += 1
        if last is not None and hit.at is not None and hit.at > last:
            found.worked_since += 1
        _count_around(found, hit, window)


def _count_around(found: Traffic, hit: Hit, window: Window) -> None:
    """Count a call that worked relative to the first and the last failure of the window."""
    if hit.at is None:
        return
    if found.first is None or hit.at < found.first:
        found.last_worked = hit.at
        found.worked_meanwhile += found.last_before is not None and hit.at > found.last_before
    elif hit.at <= window.end:
        found.worked_after_first += 1
        found.worked_between += found.last is not None and hit.at < found.last


def _silent_successes(attempts: list[Hit], failures: list[Hit], now: datetime) -> list[Hit]:
    """Attempts that no failure answers within the pending time: programs that log only the start of a call."""
    free = sorted(hit.at for hit in failures if hit.at)
    found = []
    for attempt in sorted((hit for hit in attempts if hit.at), key=lambda hit: hit.at or now):
        at = attempt.at or now
        answer = next((one for one in free if at <= one <= at + PENDING), None)
        if answer is not None:
            free.remove(answer)
        elif at < now - PENDING:
            found.append(attempt)
    return found


def together(several: Iterable[Traffic]) -> tuple[int, int]:
    """Failed calls and all calls of several edges in the window."""
    counted = list(several)
    return sum(one.failed for one in counted), sum(one.total for one in counted)
