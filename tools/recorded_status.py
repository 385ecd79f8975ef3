"""Recorded status feeds: Statuspage's `summary.json` shape, with the moment of fetching beside it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from tools.errors import InputError
from tools.source import ProviderIncident, StatusFeed

MAX_BYTES = 8 * 2**20


class _Indicator(Struct, frozen=True):
    indicator: str = ""
    description: str = ""


class _Entry(Struct, frozen=True):
    name: str = ""
    status: str = ""
    impact: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None


class _Page(Struct, frozen=True):
    name: str = ""


class _Summary(Struct, frozen=True):
    page: _Page = _Page()
    status: _Indicator = _Indicator()
    incidents: list[_Entry] = []


class _Fetched(_Summary, frozen=True):
    """A summary with `fetched_at` inside, or wrapped under `feed` or `body`."""

    fetched_at: datetime | None = None
    provider: str = ""
    feed: _Summary | None = None
    body: _Summary | None = None


class _Slack(Struct, frozen=True):
    """Slack's own shape: `status` is a word, open incidents are listed apart."""

    status: str
    fetched_at: datetime | None = None
    date_updated: datetime | None = None
    active_incidents: list[dict[str, object]] = []


def read_feeds(folder: Path, until: datetime) -> list[StatusFeed]:
    """Feeds that were fetched not later than `until`; the file's name is the provider.

    Raises:
        InputError: a file is not a status summary in JSON.
    """
    if not folder.is_dir():
        return []
    feeds = [_feed(path, until) for path in sorted(folder.glob("*.json"))]
    return [feed for feed in feeds if feed.fetched_at <= until]


def _feed(path: Path, until: datetime) -> StatusFeed:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(str(path), None, f"expected at most {MAX_BYTES} bytes")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Fetched)
    except msgspec.ValidationError:
        return _of_slack(path, until)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(str(path), None, f"expected a status summary in JSON ({error})") from None
    summary = found.feed or found.body or found
    return StatusFeed(
        provider=found.provider or summary.page.name or path.stem,
        fetched_at=_zoned(found.fetched_at) or until,
        indicator=summary.status.indicator,
        description=summary.status.description,
        incidents=[
            ProviderIncident(
                title=one.name,
                started_at=_zoned(one.started_at or one.created_at),
                resolved_at=_zoned(one.resolved_at),
                impact=one.impact or "",
            )
            for one in summary.incidents
        ],
    )


def _of_slack(path: Path, until: datetime) -> StatusFeed:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Slack)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(str(path), None, f"expected a status summary in JSON ({error})") from None
    open_now = [str(one.get("title", "")) for one in found.active_incidents]
    return StatusFeed(
        provider=path.stem,
        fetched_at=_zoned(found.fetched_at) or until,
        indicator="none" if found.status == "ok" else found.status,
        incidents=[ProviderIncident(title=title) for title in open_now],
    )


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
