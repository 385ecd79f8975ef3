"""Status feeds, fetched: each page once, at the same time, through the outbound guard; what fails says why."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import structs

from tools.evidence import Status
from tools.outbound.fetch import NotFetchedError, Outbound
from tools.outbound.guard import RefusedError
from tools.parallel import in_order
from tools.source import Answer, FeedRef, ProviderIncident, StatusFeed
from tools.status_feeds import FORMATS, FeedError, read_feed

MOST_FEEDS = 8
_AT_ONCE = 8
_LATER_SECONDS = 8.0
_SUMMARY, _HISTORY = "/summary.json", "/incidents.json"


class LiveStatus:
    """Providers' status feeds, for one diagnosis; its clock runs from here."""

    def __init__(
        self, outbound: Outbound, seconds: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Fetch nothing yet; nobody is waited for after `seconds`, and of later questions a while each."""
        self._outbound, self._now = outbound, now
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        self._asked = False

    def feeds(self, asked: Sequence[FeedRef] = ()) -> Answer[list[StatusFeed]]:
        """What each of `asked` says; the ones beyond `MOST_FEEDS` are told as not fetched."""
        near = asked[:MOST_FEEDS]
        pages = list(dict.fromkeys((ref.kind, ref.url) for ref in near))
        deadline, late = self._clock()
        self._asked = self._asked or bool(pages)
        answers = in_order([partial(self._fetched, kind, url) for kind, url in pages], _AT_ONCE, deadline)
        told = dict(zip(pages, answers, strict=True))
        found = [
            structs.replace(told[ref.kind, ref.url] or self._unread(ref.url, "error", late), provider=ref.provider)
            for ref in near
        ]
        for ref in asked[MOST_FEEDS:]:
            left_out = self._unread(ref.url, "truncated", f"not fetched: at most {MOST_FEEDS} status feeds are")
            found.append(structs.replace(left_out, provider=ref.provider))
        return Answer(found, "status feeds", "ok" if found else "empty")

    def _clock(self) -> tuple[float, str]:
        """Until when an answer is waited for, and what is said of one that is late.

        The first question is the diagnosis's own; what is asked after it, a model asks, whose own bounds hold.
        """
        if self._asked:
            return time.monotonic() + _LATER_SECONDS, f"no answer within {_LATER_SECONDS:g} s"
        return self._deadline, f"no answer within the {self._seconds:g} s of this diagnosis"

    def _fetched(self, kind: str, url: str) -> StatusFeed:
        if kind not in FORMATS:
            return self._unread(url, "error", "it is a page for people; no feed of a known kind is declared")
        try:
            feed = read_feed(kind, self._outbound.get(url), self._now())
        except NotFetchedError as failed:
            return self._unread(url, "denied" if failed.denied else "error", str(failed))
        except RefusedError as refused:
            return self._unread(url, "error", f"not fetched: {refused}")
        except FeedError as odd:
            return self._unread(url, "error", str(odd))
        past = self._past(url) if kind == "statuspage" and url.endswith(_SUMMARY) else []
        open_now = {one.title for one in feed.incidents}
        incidents = [*feed.incidents, *(one for one in past if one.title not in open_now)]
        return structs.replace(feed, incidents=incidents, url=url)

    def _past(self, url: str) -> list[ProviderIncident]:
        """Statuspage's summary leaves out what is over; a fault in the window may be. Without it the summary stands."""
        try:
            return read_feed(
                "statuspage", self._outbound.get(url.removesuffix(_SUMMARY) + _HISTORY), self._now()
            ).incidents
        except (NotFetchedError, RefusedError, FeedError):
            return []

    def _unread(self, url: str, status: Status, error: str) -> StatusFeed:
        return StatusFeed("", self._now(), url=url, status=status, error=error)
