"""Recorded status feeds: `status/<provider>.json` of a run folder, with the moment of fetching inside.

A file is the provider's own JSON with `fetched_at` beside it, or `{kind, provider, fetched_at, body}` where `body`
(also `feed`) is that JSON or, for RSS and Atom, the XML as a text. Without a kind it is Statuspage's or Slack's.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import structs

from tools.errors import InputError
from tools.source import StatusFeed
from tools.status_feeds import MAX_BYTES, FeedError, read_feed
from tools.status_feeds.said import entries, moment, parsed, words


def read_feeds(folder: Path, until: datetime) -> list[StatusFeed]:
    """Feeds that were fetched not later than `until`; the file's name is the provider where nothing else names it.

    Raises:
        InputError: a file is no status feed.
    """
    if not folder.is_dir():
        return []
    feeds = [_feed(path, until) for path in sorted(folder.glob("*.json"))]
    return [feed for feed in feeds if feed.fetched_at <= until]


def recorded_form(feed: StatusFeed) -> dict[str, object]:
    """A feed as a file of a run folder: what was read of it, in Statuspage's shape whatever its own was."""
    return {
        "provider": feed.provider,
        "fetched_at": feed.fetched_at.isoformat(),
        "page": {"name": feed.provider},
        "status": {"indicator": feed.indicator, "description": feed.description},
        "incidents": [
            {
                "name": one.title,
                "impact": one.impact,
                "started_at": one.started_at and one.started_at.isoformat(),
                "resolved_at": one.resolved_at and one.resolved_at.isoformat(),
                "services": list(one.services),
                "places": list(one.places),
            }
            for one in feed.incidents
        ],
    }


def _feed(path: Path, until: datetime) -> StatusFeed:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(str(path), None, f"expected at most {MAX_BYTES} bytes")
    try:
        found = entries([parsed(path.read_bytes())])
        feed = _of_file(found[0] if found else {}, until)
    except FeedError as error:
        raise InputError(str(path), None, str(error)) from None
    return feed if feed.provider else structs.replace(feed, provider=path.stem)


def _of_file(found: Mapping[str, object], until: datetime) -> StatusFeed:
    body = next((found[key] for key in ("body", "feed") if isinstance(found.get(key), dict | list | str)), found)
    kind = words(found.get("kind")) or ("slack" if _is_word(body) else "statuspage")
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return read_feed(kind, raw, moment(found.get("fetched_at")) or until, words(found.get("provider")))


def _is_word(body: object) -> bool:
    """Slack's status is a word, Statuspage's an object."""
    return isinstance(body, dict) and isinstance(body.get("status"), str)
