"""What a feed's reader hands over, and how odd JSON and times of any form are read without losing the rest."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from tools.source import ProviderIncident

MOST_INCIDENTS = 50
_MOST_WORDS = 300
_MILLISECONDS = 10**11
_YEARS = range(1990, 2101)


class FeedError(ValueError):
    """A body that is no feed of the expected kind; the text says what was expected."""


class Said(Struct, frozen=True):
    """A feed as its format tells it; `provider` where the feed names itself."""

    incidents: list[ProviderIncident]
    provider: str = ""
    indicator: str = ""
    description: str = ""

    def newest(self) -> list[ProviderIncident]:
        """At most `MOST_INCIDENTS`, the open ones before the others, the newest of them first."""
        if len(self.incidents) <= MOST_INCIDENTS:
            return self.incidents
        return sorted(self.incidents, key=_recency, reverse=True)[:MOST_INCIDENTS]


def _recency(one: ProviderIncident) -> tuple[bool, float]:
    return one.resolved_at is None, one.started_at.timestamp() if one.started_at else 0.0


def parsed(body: bytes) -> object:
    """JSON in UTF-8 or, as its first bytes tell, UTF-16 or UTF-32.

    Raises:
        FeedError: it is none.
    """
    try:
        found: object = json.loads(body.decode(json.detect_encoding(body)))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"expected JSON ({error})") from None
    return found


def entries(value: object) -> list[Mapping[str, object]]:
    """The objects of a list; whatever else is there is passed over."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(of: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object inside an object; an empty one where there is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def words(value: object) -> str:
    """A text on one line, cut; an empty one where there is none."""
    return " ".join(value[: 4 * _MOST_WORDS].split())[:_MOST_WORDS] if isinstance(value, str) else ""


def names(value: object) -> tuple[str, ...]:
    """The texts of a list, each once."""
    several = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(name for one in several if (name := words(one))))


def first(of: Mapping[str, object], *names: str) -> datetime | None:
    """The first of these times that is one."""
    return next((at for name in names if (at := moment(of.get(name)))), None)


def moment(value: object) -> datetime | None:
    """A time in RFC 3339 or RFC 822 words, or in seconds or milliseconds since 1970; UTC where it names no zone."""
    if isinstance(value, str):
        value = value.strip()
        if value.isascii() and value.isdecimal() and len(value) < 15:
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = _in_words(value) if isinstance(value, str) else _counted(value)
        # A year at the edge cannot be moved to another zone, nor told from a mistake.
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year in _YEARS else None


def _in_words(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        from email.utils import parsedate_to_datetime

        return parsedate_to_datetime(text[:100])


def _counted(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC)
