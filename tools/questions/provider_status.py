"""What third parties say of themselves."""

from collections.abc import Sequence

from tools.errors import ToolError
from tools.evidence import Window
from tools.questions.answers import Found, Row
from tools.questions.names import means_all, nearest
from tools.questions.toolbox import Toolbox
from tools.questions.unread import told_gaps
from tools.source import FeedRef, ProviderIncident, StatusFeed


def provider_status(toolbox: Toolbox, provider: str = "") -> Found:
    """Status pages of third parties, or of one: their indicator and incidents. What they say is a claim of theirs."""
    feeds = _feeds(toolbox, provider.strip())
    read = [one for one in feeds if one.status == "ok"]
    rows = {one.provider: _row(toolbox.snapshot.window, one) for one in read}
    reporting = sum(1 for row in rows.values() if row["in_window"])
    gaps = [one for one in toolbox.snapshot.gaps if one.source == "status"] if not read else []
    unread = "".join(f"\nnot read: {one.provider} ({one.status}: {one.error})" for one in feeds if one.status != "ok")
    failed = next((one for one in (*(one.status for one in feeds), *(gap.status for gap in gaps)) if one != "ok"), None)
    return Found(
        about=("" if means_all(provider) else provider.strip().lower(),),
        query=" ; ".join(f"curl -s {one.url}" for one in read if one.url) or "the status page of each provider",
        heading=f"{len(rows)} status pages, {reporting} with incidents in the window" + unread + told_gaps(gaps),
        rows=[line for one in read for line in _lines(toolbox, one)],
        of="lines",
        source="status",
        value=rows,
        status="ok" if rows else failed or "empty",
    )


def _feeds(toolbox: Toolbox, provider: str) -> Sequence[StatusFeed]:
    """What the sweep read, of everybody or of one; of somebody else what is fetched now.

    Raises:
        ToolError: nobody of that name has a status page that is known.
    """
    known = toolbox.snapshot.feeds
    if means_all(provider):
        return known
    page = toolbox.status_page(provider)
    names = {provider.lower(), page.provider.lower() if page else ""}
    found = [one for one in known if one.provider.lower() in names]
    if found or page is None or toolbox.sources.status is None:
        return found or _nobody(provider, known)
    answered = toolbox.sources.status.feeds([page]).value
    return [one for one in answered if one.provider.lower() in names] or _nobody(provider, known, page)


def _nobody(provider: str, known: Sequence[StatusFeed], page: FeedRef | None = None) -> Sequence[StatusFeed]:
    read = nearest(provider, (one.provider for one in known))
    why = f"the page of {page.provider} was not read" if page else "there is no status page of that name"
    raise ToolError(f"{why}; {read}")


def _row(window: Window, feed: StatusFeed) -> Row:
    return {
        "indicator": feed.indicator,
        "description": feed.description,
        "fetched_at": feed.fetched_at,
        "open": sum(1 for one in feed.incidents if one.resolved_at is None),
        "in_window": sum(1 for one in feed.incidents if _touches(window, one)),
        "incidents": [
            {
                "title": one.title,
                "impact": one.impact,
                "started_at": one.started_at,
                "resolved_at": one.resolved_at,
                "services": one.services,
                "places": one.places,
            }
            for one in sorted(feed.incidents, key=lambda one: not _touches(window, one))
        ],
    }


def _touches(window: Window, one: ProviderIncident) -> bool:
    begun = one.started_at is None or one.started_at <= window.end
    return begun and (one.resolved_at is None or one.resolved_at >= window.start)


def _lines(toolbox: Toolbox, feed: StatusFeed) -> list[str]:
    head = f"{feed.provider}: {feed.indicator or 'no indicator'} {feed.description}".rstrip()
    touching = [one for one in feed.incidents if _touches(toolbox.snapshot.window, one)]
    rest = len(feed.incidents) - len(touching)
    older = f", {rest} incidents at other times" if rest else ""
    lines = [f"{head} (fetched {toolbox.clock(feed.fetched_at)}){older}"]
    for one in touching:
        end = f"resolved {toolbox.clock(one.resolved_at)}" if one.resolved_at else "open"
        about = "".join(f", {part}" for part in (one.impact, *one.services[:3], *one.places[:3]) if part)
        lines.append(f"{feed.provider} incident since {toolbox.clock(one.started_at)}, {end}{about}: {one.title}")
    return lines
