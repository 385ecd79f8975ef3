"""Every PromQL is read by a parser before it is sent, so that what is wrong with it is told in words that mend it."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tools.errors import ToolError
from tools.evidence import Window

if TYPE_CHECKING:
    from promql_parser import VectorSelector

MOST_CHARACTERS = 4000
MOST_DEEP = 30
MOST_OPERATORS = 60
MOST_POINTS = 1000
LONGEST = timedelta(days=31)
SHORTEST_STEP = 1.0
MOST_INNER_POINTS = 11_000
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`', re.DOTALL)
_INSIDE = re.compile(r"\{[^{}]*\}")
_OPERATOR = re.compile(r"[-+*/%^<>]|[=!]=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_RANGED = re.compile(r"expected type matrix in call to function '(\w+)', got (?:vector|instant)")
_PLAIN = re.compile(r"expected type vector in call to function '(\w+)', got matrix")
_UNKNOWN = re.compile(r"unknown function with name '(\w+)'")
_EVERYTHING = frozenset({"", ".*", ".+", "^.*$", "^.+$", ".*?", ".+?", "(.*)", "(.+)"})


def check(query: str) -> None:
    """Whether a query may be sent.

    Raises:
        ToolError: it is none, or it would ask for too much; the text says how to mend it.
    """
    import promql_parser as promql

    if not _is_small(query):
        bounds = f"{MOST_CHARACTERS} characters, {MOST_OPERATORS} operators, {MOST_DEEP} levels"
        raise ToolError(f"the query is too large: {bounds} at most")
    try:
        expression = promql.parse(query)
    except ValueError as error:
        raise ToolError(f"no PromQL: {_mended(str(error))}") from None
    promql.walk(expression, _check_part)


def check_range(window: Window, step: float) -> None:
    """Whether a query's values over a window may be asked for.

    Raises:
        ToolError: these would be too many, or none.
    """
    length = window.end - window.start
    if length <= timedelta(0):
        raise ToolError("the end must be after the start")
    if length > LONGEST:
        raise ToolError(f"{length.days} days are too long: ask for {LONGEST.days} days at most")
    if not step >= SHORTEST_STEP:
        raise ToolError(f"a step of {step:g} s is too short: ask for {SHORTEST_STEP:g} s at least")
    if length.total_seconds() / step > MOST_POINTS:
        fits = max(SHORTEST_STEP, -(-length.total_seconds() // MOST_POINTS))
        raise ToolError(f"{length.total_seconds() / step:.0f} points are too many: take a step of {fits:.0f} s or more")


def _is_small(query: str) -> bool:
    """Whether it is read in a few milliseconds: the parser's time grows with the square of the depth and more."""
    bare = _INSIDE.sub("", _QUOTED.sub("", query))
    deepest = depth = 0
    for char in bare:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return len(query) <= MOST_CHARACTERS and deepest <= MOST_DEEP and len(_OPERATOR.findall(bare)) <= MOST_OPERATORS


def _mended(said: str) -> str:
    """The parser's words, and what would be right."""
    if found := _RANGED.search(said):
        return f"{found[1]} takes a range, such as {found[1]}(some_metric[5m])"
    if found := _PLAIN.search(said):
        return f"{found[1]} takes no range: wrap it, such as {found[1]}(0.9, rate(some_metric_bucket[5m]))"
    if found := _UNKNOWN.search(said):
        return f"there is no function {found[1]}"
    if "non-empty matcher" in said:
        return 'a selector needs a metric or a label, such as some_metric{namespace="shop"}'
    if said == "invalid promql query":
        return "it is not complete or in the wrong order; aggregations are written sum by (pod) (rate(some_metric[5m]))"
    return said


def _check_part(part: object) -> None:
    """One node of a query; raises ToolError for one that asks for too much."""
    import promql_parser as promql

    if isinstance(part, promql.VectorSelector):
        _check_selector(part)
    elif isinstance(part, promql.MatrixSelector):
        _check_length(part.range)
    elif isinstance(part, promql.SubqueryExpr) and part.range is not None:
        _check_length(part.range)
        step = (part.step or timedelta(minutes=1)).total_seconds()
        if step <= 0 or part.range.total_seconds() / step > MOST_INNER_POINTS:
            raise ToolError(f"a subquery of more than {MOST_INNER_POINTS} points is too fine: take a longer step")


def _check_length(length: timedelta) -> None:
    if length > LONGEST:
        raise ToolError(f"a range of {length.days} days is too long: take {LONGEST.days}d at most")


def _check_selector(selector: "VectorSelector") -> None:
    """Everything that a store holds is never the question."""
    import promql_parser as promql

    if selector.name:
        return
    choices = [selector.matchers.matchers, *selector.matchers.or_matchers]
    narrow = (promql.MatchOp.Equal, promql.MatchOp.Re)
    for choice in filter(None, choices):
        if not any(one.op in narrow and one.value not in _EVERYTHING for one in choice):
            raise ToolError('a selector needs a metric or a label, such as some_metric{namespace="shop"}')
