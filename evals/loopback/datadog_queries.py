"""Datadog's metric queries over recorded samples, as far as ours use them.

    avg:metric{a:b,c:d} by {a,c}.rollup(avg, 15)
    cumsum(monotonic_diff(QUERY)), integral(QUERY), QUERY / 1000

Several queries are joined by commas. A series is grouped under `N/A` where it lacks a tag.
"""

import re
from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise
from statistics import fmean

from msgspec import Struct

Points = list[tuple[float, float]]
_QUERY = re.compile(
    r"(?P<space>avg|sum|min|max):(?P<metric>[\w.]+)\{(?P<scope>[^{}]*)\}(?: by \{(?P<by>[^{}]*)\})?"
    r"(?:\.rollup\((?P<time>avg|sum|min|max), ?(?P<step>\d+)\))?"
)
_CHOICE = re.compile(r"(?P<key>[\w./-]+) IN \((?P<values>[^()]*)\)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<inner>.*)\)", re.DOTALL)
_SCALED = re.compile(r"(?P<inner>.*\S)\s*(?P<sign>[*/])\s*(?P<number>[\d.e+-]+)", re.DOTALL)
_TOGETHER: dict[str, Callable[[list[float]], float]] = {"avg": fmean, "sum": sum, "min": min, "max": max}
_DEFAULT_STEP = 15


class Sampled(Struct, frozen=True):
    """One recorded series.

    Attributes:
        tags: By key.
        points: `(unix seconds, value)`, oldest first.
    """

    metric: str
    tags: dict[str, str]
    points: Points


class Result(Struct, frozen=True):
    """One series of an answer."""

    index: int
    metric: str
    scope: str
    tag_set: list[str]
    step: int
    points: Points


class QueryError(Exception):
    """A query that the API would refuse; the text is for the asker."""


def evaluate(query: str, sampled: Iterable[Sampled], start: float, end: float) -> list[Result]:
    """Every series that the queries name, between two moments in unix seconds.

    Raises:
        QueryError: one of the queries is not understood.
    """
    several = [Sampled(one.metric, one.tags, [p for p in one.points if start <= p[0] <= end]) for one in sampled]
    return [row for index, one in enumerate(_split(query, ",")) for row in _one(one.strip(), several, index)]


def _split(text: str, *signs: str) -> list[str]:
    """Parts at the signs that stand outside all brackets."""
    parts, depth, at = [""], 0, 0
    while at < len(text):
        sign = next((one for one in signs if not depth and text.startswith(one, at)), "")
        if sign:
            parts.append("")
        else:
            depth += (text[at] in "({") - (text[at] in ")}")
            parts[-1] += text[at]
        at += len(sign) or 1
    return parts


def _passes(tags: dict[str, str], wanted: str) -> bool:
    """A filter: `tag:value` or `tag IN (a,b)`."""
    if choice := _CHOICE.fullmatch(wanted):
        return tags.get(choice["key"]) in {value.strip() for value in choice["values"].split(",")}
    key, _, value = wanted.partition(":")
    return tags.get(key) == value


def _one(query: str, sampled: list[Sampled], index: int) -> list[Result]:
    if found := _QUERY.fullmatch(query):
        return list(_grouped(found, sampled, index))
    if (scaled := _SCALED.fullmatch(query)) and scaled["number"]:
        factor = float(scaled["number"]) if scaled["sign"] == "*" else 1 / float(scaled["number"])
        return [_changed(one, _times(factor)) for one in _one(scaled["inner"], sampled, index)]
    called = _CALL.fullmatch(query)
    if called is None or called["name"] not in _FUNCTIONS:
        raise QueryError(f"Error parsing query: unable to parse {query}")
    return [_changed(one, _FUNCTIONS[called["name"]]) for one in _one(called["inner"], sampled, index)]


def _grouped(found: re.Match[str], sampled: list[Sampled], index: int) -> Iterable[Result]:
    wanted = [one for one in (tag.strip() for tag in _split(found["scope"], " AND ", ",")) if one != "*"]
    keys = [key.strip() for key in (found["by"] or "").split(",") if key.strip()]
    groups: dict[tuple[str, ...], list[Sampled]] = {}
    for one in sampled:
        if one.metric == found["metric"] and one.points and all(_passes(one.tags, tag) for tag in wanted):
            groups.setdefault(tuple(f"{key}:{one.tags.get(key, 'N/A')}" for key in keys), []).append(one)
    step = int(found["step"] or _DEFAULT_STEP)
    for tag_set, several in sorted(groups.items()):
        rolled = [_rolled(one.points, step, found["time"] or "avg") for one in several]
        points = _together(rolled, found["space"])
        scope = ",".join(sorted({*tag_set, *wanted})) or "*"
        yield Result(index, found["metric"], scope, list(tag_set), step, points)


def _rolled(points: Points, step: int, how: str) -> Points:
    """One point for each stretch of `step` seconds, at its beginning."""
    buckets: dict[float, list[float]] = {}
    for at, value in points:
        buckets.setdefault(at // step * step, []).append(value)
    return [(at, _TOGETHER[how](values)) for at, values in sorted(buckets.items())]


def _together(rolled: list[Points], how: str) -> Points:
    at_once: dict[float, list[float]] = {}
    for points in rolled:
        for at, value in points:
            at_once.setdefault(at, []).append(value)
    return [(at, _TOGETHER[how](values)) for at, values in sorted(at_once.items())]


def _changed(one: Result, change: Callable[[Points], Points]) -> Result:
    return Result(one.index, one.metric, one.scope, one.tag_set, one.step, change(one.points))


def _times(factor: float) -> Callable[[Points], Points]:
    return lambda points: [(at, value * factor) for at, value in points]


def _monotonic(points: Points) -> Points:
    """What was added since the point before; a fall adds nothing."""
    return [(end[0], max(0.0, end[1] - start[1])) for start, end in pairwise(points)]


def _cumulative(points: Points) -> Points:
    return list(zip((at for at, _ in points), accumulate(value for _, value in points), strict=True))


def _integral(points: Points) -> Points:
    """Value times seconds, added up."""
    parts = [(end[0], start[1] * (end[0] - start[0])) for start, end in pairwise(points)]
    return [(points[0][0], 0.0), *_cumulative(parts)] if points else []


_FUNCTIONS: dict[str, Callable[[Points], Points]] = {
    "monotonic_diff": _monotonic,
    "cumsum": _cumulative,
    "integral": _integral,
}
