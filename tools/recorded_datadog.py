"""Datadog's files of a run folder: logs v2, events v2, v1 monitors, and one v1 query series a line."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from tools.datadog.items import Item, MonitorItem, QuerySeries, line_of, series_by_name
from tools.errors import InputError
from tools.source import SearchedLine, Series

T = TypeVar("T")
MAX_BYTES = 64 * 2**20


def read_lines(path: Path, until: datetime) -> list[SearchedLine]:
    """Log lines or events not younger than `until`, oldest first.

    Raises:
        InputError: a line is not an item of logs v2 or events v2.
    """
    return sorted((one for one in _searched(path) if one.at <= until), key=lambda one: one.at)


def read_series(path: Path, until: datetime) -> dict[str, list[Series]]:
    """Series under their Prometheus names where one is known, else with dots as underscores.

    Raises:
        InputError: a line is not a v1 query series.
    """
    last = until.timestamp()
    return {
        name: [Series(one.labels, [point for point in one.points if point[0] <= last]) for one in several]
        for name, several in series_by_name(_parsed(path, QuerySeries)).items()
    }


def read_monitors(path: Path) -> list[MonitorItem]:
    """Monitors as they stood at the moment of recording.

    Raises:
        InputError: a line is not a v1 monitor.
    """
    return list(_parsed(path, MonitorItem))


def _searched(path: Path) -> Iterator[SearchedLine]:
    for number, item in enumerate(_parsed(path, Item), start=1):
        line = line_of(item)
        if line is None:
            raise InputError(str(path), number, "attributes.timestamp: expected a time")
        yield line


def _parsed(path: Path, struct: type[T]) -> Iterator[T]:
    if not path.exists():
        return
    if path.stat().st_size > MAX_BYTES:
        raise InputError(str(path), None, f"expected at most {MAX_BYTES} bytes")
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=struct)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(str(path), number, f"expected one item of the Datadog API ({error})") from None
