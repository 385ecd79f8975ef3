"""Shift the clock: every time in every file moves by the same whole hours, and the answer moves with it."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from evals.metamorphic.base import Base
from evals.metamorphic.expected import Variant, named, same_answer
from evals.metamorphic.recording import Recording

FAMILY = "shift the clock"
_SHIFTS = {"ten days earlier": timedelta(days=-10), "a hundred days later": timedelta(days=100)}
_HOURS = {"five hours later": timedelta(hours=5)}

_FORMATS = {
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}": "%Y-%m-%dT%H:%M:%S",  # RFC 3339, ISO 8601
    r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}": "%Y-%m-%d %H:%M:%S",  # Spring, Python, PostgreSQL, Kafka
    r"\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}": "%Y/%m/%d %H:%M:%S",  # Go, nginx's error log
    r"\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}": "%d/%b/%Y:%H:%M:%S",  # nginx's and Apache's access logs
    r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}": "%a, %d %b %Y %H:%M:%S",  # HTTP
    r"\d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}": "%d %b %Y %H:%M:%S",  # Redis
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}": "%a %b %d %H:%M:%S %Y",  # ctime, RabbitMQ
    r"[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}": "%b %d %H:%M:%S %Y",  # OpenSSL
    r"(?<=[IWEF])\d{4} \d{2}:\d{2}:\d{2}(?=\.\d{6})": "%m%d %H:%M:%S",  # klog, without a year
    r"\d{4}-\d{2}-\d{2}(?=[^\w:.-]|$)": "%Y-%m-%d",  # a date alone
}
# In JSON a time may follow an escaped line break, which ends in a letter.
_ALONE = r"(?:(?<![\w/.-])|(?<=\\[nrt]))"
_WRITTEN = re.compile("|".join(f"({form})" if form.startswith("(?<") else f"{_ALONE}({form})" for form in _FORMATS))
_EPOCH = re.compile(r"(?<![\w.+-])(\d{10}|\d{13})(?=\.\d|[^\w.-]|$)")
_NEAR = timedelta(days=400)
_CLOCK_WORDS = re.compile(
    r"\d:\d\d|o'clock|midnight|noon|night|morning|afternoon|evening|\b(?:past|to|since|before|after|around|at) "
    r"(?:about )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|a quarter|twenty)\b",
    re.IGNORECASE,
)


def variants(base: Base) -> Iterator[Variant]:
    """Two shifts by days; one by hours where the question doesn't name the time of day."""
    asked = str(base.recording.run.get("incident", {}))
    asked = re.sub(r"\d{4}-\d\d-\d\d[^']*", "", asked)
    shifts = _SHIFTS if _CLOCK_WORDS.search(asked) else {**_SHIFTS, **_HOURS}
    for what, delta in shifts.items():
        yield named(base, FAMILY, what, same_answer(base, later=delta), _maker(base.recording, delta))


def shifted(recording: Recording, delta: timedelta) -> Recording:
    """The recording as if all had happened `delta` later; object ids and names keep what they encode."""
    around = datetime.fromisoformat(str(recording.run["recorded_at"]))
    around = around if around.tzinfo else around.replace(tzinfo=UTC)

    def moved(text: str) -> str:
        return shift_text(text, delta, around)

    texts = {name: moved(recording.text(name)) for name in recording.files}
    return Recording(walk(recording.run, moved), texts)


def shift_text(text: str, delta: timedelta, around: datetime) -> str:
    """A text with every written time and every epoch number moved; fractions and zones stay as they are.

    Args:
        text: Lines of a log or a file.
        delta: Whole seconds.
        around: Numbers count as epoch seconds or milliseconds only within 400 days of this.
    """

    def written(match: re.Match[str]) -> str:
        form = _STYLES[(match.lastindex or 1) - 1]
        return _moved(match[0], form, delta, around)

    def number(match: re.Match[str]) -> str:
        value, unit = int(match[1]), 1000 if len(match[1]) == 13 else 1
        if abs(value / unit - around.timestamp()) > _NEAR.total_seconds():
            return match[0]
        return str(value + int(delta.total_seconds()) * unit)

    return _EPOCH.sub(number, _WRITTEN.sub(written, text))


_STYLES = list(_FORMATS.values())


def _moved(found: str, form: str, delta: timedelta, around: datetime) -> str:
    if form.startswith("%m%d"):
        found, form = f"{around.year} {found}", f"%Y {form}"
        return _replaced(found, form, delta).partition(" ")[2]
    return _replaced(found, form, delta)


def _replaced(found: str, form: str, delta: timedelta) -> str:
    try:
        then = datetime.strptime(found, form)  # noqa: DTZ007 - the zone, if any, follows and stays
    except ValueError:
        return found
    if form == "%Y-%m-%d" and delta.seconds:
        return found
    if then.year < 1990 or then.year > 2100:
        return found
    return (then + delta).strftime(form)


def walk(value: object, change: Callable[[str], str]) -> "dict[str, object]":
    """A parsed document with every text in it changed, keys left alone."""
    done = _walk(value, change)
    assert isinstance(done, dict)  # noqa: S101 - documents are mappings
    return done


def _walk(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _walk(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, change) for inner in value]
    return value


def _maker(recording: Recording, delta: timedelta) -> Callable[[], Recording]:
    return lambda: shifted(recording, delta)
