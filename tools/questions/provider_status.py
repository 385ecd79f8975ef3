"""What third parties say of themselves."""

from tools.errors import ToolError
from tools.questions.answers import Found, Row
from tools.questions.names import nearest
from tools.questions.toolbox import Toolbox
from tools.source import StatusFeed


def provider_status(toolbox: Toolbox, provider: str = "") -> Found:
    """Status pages of third parties, or of one: their indicator and incidents. What they say is a claim of theirs."""
    feeds = toolbox.snapshot.feeds
    said, status = "", "empty"
    if not feeds and toolbox.sources.status is not None:
        answer = toolbox.sources.status.feeds()
        feeds, status = answer.value, answer.status if answer.status != "ok" else "empty"
        said = f" ({answer.error})" if answer.error else ""
    chosen = [one for one in feeds if provider.strip().lower() in {"", "*", "all", one.provider.lower()}]
    if feeds and not chosen:
        raise ToolError(f"there is no status page of that name; {nearest(provider, (one.provider for one in feeds))}")
    rows = {one.provider: _row(toolbox, one) for one in chosen}
    reporting = sum(1 for row in rows.values() if row["open"] or row["in_window"])
    return Found(
        about=(provider.strip().lower(),) if chosen else (),
        query="status pages of " + (", ".join(rows) or "nobody"),
        heading=f"{len(rows)} status pages, {reporting} tell of incidents that are open or were in the window{said}",
        rows=[line for one in chosen for line in _lines(toolbox, one)],
        of="lines",
        source="status",
        value=rows,
        status="ok" if rows else status,  # type: ignore[arg-type]
    )


def _row(toolbox: Toolbox, feed: StatusFeed) -> Row:
    window = toolbox.snapshot.window
    touching = [
        one
        for one in feed.incidents
        if (one.started_at is None or one.started_at <= window.end)
        and (one.resolved_at is None or one.resolved_at >= window.start)
    ]
    return {
        "indicator": feed.indicator,
        "description": feed.description,
        "fetched_at": feed.fetched_at,
        "open": sum(1 for one in feed.incidents if one.resolved_at is None),
        "in_window": len(touching),
        "incidents": [
            {"title": one.title, "impact": one.impact, "started_at": one.started_at, "resolved_at": one.resolved_at}
            for one in feed.incidents
        ],
    }


def _lines(toolbox: Toolbox, feed: StatusFeed) -> list[str]:
    head = f"{feed.provider}: {feed.indicator or 'no indicator'} {feed.description}".rstrip()
    lines = [f"{head} (fetched {toolbox.clock(feed.fetched_at)})"]
    for one in feed.incidents:
        end = f"resolved {toolbox.clock(one.resolved_at)}" if one.resolved_at else "open"
        impact = f", impact {one.impact}" if one.impact else ""
        lines.append(f"{feed.provider} incident since {toolbox.clock(one.started_at)}, {end}{impact}: {one.title}")
    return lines
