"""RSS 2.0, RSS 1.0 (RDF) and Atom: plain feeds, Azure's, and what most status pages offer beside their own API.

An entry is a message, not a state: whether it is over has to be read off its words, and one that is a day old and
silent about its end says nothing of now.
"""

import html
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tools.source import ProviderIncident
from tools.status_feeds.said import FeedError, Said, moment, words
from tools.status_feeds.xml import tree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_STALE = timedelta(days=1)
_ROOTS = {"rss", "feed", "RDF"}
_TAGS = re.compile(r"<[^>]{0,2000}>")
_STATES = r"resolved|completed|closed|mitigated|fixed|operating normally|postmortem"
_OPEN = r"investigating|identified|monitoring|in progress|update|verifying|ongoing"
_STATE = re.compile(rf"\b(?:(?P<over>{_STATES})|(?P<open>{_OPEN}))\b", re.IGNORECASE)
_TITLE_OVER = re.compile(r"^\W*(?:resolved|mitigated|completed|closed)\b|^service is operating normally", re.IGNORECASE)
_MAINTENANCE = re.compile(r"\bmaintenance\b|\bscheduled\b", re.IGNORECASE)
_HEADING = re.compile(r"<(?:strong|b)>([^<]{1,60})</(?:strong|b)>", re.IGNORECASE)


def is_xml(body: bytes) -> bool:
    """Whether a body looks like XML rather than JSON."""
    return body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] == b"<"


def read(body: bytes, fetched_at: datetime) -> Said:
    """The entries that say something of now.

    Raises:
        FeedError: it is neither RSS nor Atom.
    """
    root = tree(body)
    if root.tag not in _ROOTS:
        raise FeedError(f"expected RSS or Atom, got XML that begins with <{words(root.tag)}>")
    channel = root.find("channel")
    told = root if channel is None else channel
    listed = [*root.iter("item"), *root.iter("entry")]
    found = [incident for one in listed if (incident := _incident(one, fetched_at)) is not None]
    return Said(found, _plain(told.findtext("title")))


def _incident(entry: "Element", fetched_at: datetime) -> ProviderIncident | None:
    title = _plain(entry.findtext("title"))
    began = _first(entry, "published", "pubDate", "issued", "date", "updated")
    newest = _first(entry, "updated", "pubDate", "date", "published")
    body = next((text for name in ("description", "content", "summary", "encoded") if (text := _text(entry, name))), "")
    over = _is_over(title, body)
    if over is None and newest is not None and newest < fetched_at - _STALE:
        return None
    kinds = " ".join(each.get("term") or each.text or "" for each in entry.iter("category"))
    return ProviderIncident(
        title=title,
        started_at=began,
        resolved_at=(newest or fetched_at) if over else None,
        impact="maintenance" if _MAINTENANCE.search(f"{title} {kinds}") else "",
    )


def _is_over(title: str, body: str) -> bool | None:
    """By the title's first word, else the newest state in the text, which comes first; None where neither tells."""
    if _TITLE_OVER.search(title):
        return True
    headings = " ".join(_HEADING.findall(body))
    state = _STATE.search(headings) or _STATE.search(_plain(body))
    return None if state is None else state["over"] is not None


def _first(entry: "Element", *names: str) -> datetime | None:
    return next((at for name in names if (at := moment(entry.findtext(name)))), None)


def _text(entry: "Element", name: str) -> str:
    found = entry.find(name)
    return "" if found is None else html.unescape("".join(found.itertext()))[:20_000]


def _plain(text: str | None) -> str:
    """Words without marks; entities of HTML inside of XML's are read as well."""
    return words(_TAGS.sub(" ", html.unescape(text[:20_000]))) if text else ""
