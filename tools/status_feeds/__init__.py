"""What providers say of themselves, in one shape whatever the format: one file a format, for recorded and live feeds.

A feed is untrusted: what is malformed in part is read in part, what is no feed at all is an error and never
"no incidents", and its words are evidence, never instructions.
"""

from collections.abc import Callable
from datetime import datetime

from tools.source import StatusFeed
from tools.status_feeds import aws, google_cloud, slack, statuspage, syndication
from tools.status_feeds.said import FeedError, Said

__all__ = ["FORMATS", "FeedError", "read_feed"]

MAX_BYTES = 16 * 2**20
"""Google Cloud's holds years of incidents, some megabytes; no other comes near."""

FORMATS: dict[str, Callable[[bytes, datetime], Said]] = {
    "statuspage": statuspage.read,
    "gcp": google_cloud.read,
    "aws": aws.read,
    "azure": syndication.read,
    "slack": slack.read,
    "rss": syndication.read,
}
"""By the kinds of `providers.yaml` and boundary files; RSS and Atom are told apart by themselves."""


def read_feed(kind: str, body: bytes, fetched_at: datetime, provider: str = "") -> StatusFeed:
    """A fetched feed; the provider's name is the given one, else its own.

    Raises:
        FeedError: it is none of that kind, or of a kind that nobody reads.
    """
    if kind not in FORMATS:
        raise FeedError(f"expected a status feed of a known kind ({', '.join(FORMATS)}), got {kind!r}")
    if len(body) > MAX_BYTES:
        raise FeedError(f"expected at most {MAX_BYTES} bytes, got {len(body)}")
    said = FORMATS[kind](body, fetched_at)
    return StatusFeed(
        provider=provider or said.provider,
        fetched_at=fetched_at,
        indicator=said.indicator,
        description=said.description,
        incidents=said.newest(),
    )
