"""A little PromQL: what signals are rendered to, and what a person tries first. The real one is in tests/live.

Selectors, range selectors, `@`, `increase`, `rate`, `*_over_time`, `sum`, `max`, `avg`, `min`, `count`, `label_replace`
that sets a label, `or`, `unless on ()`, and arithmetic with numbers.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tools.source import Series

Samples = Mapping[str, Sequence[Series]]
Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, float]
Point = tuple[float, float]
_LOOKBACK = 300.0
_NAME = "__name__"
_OVER_TIME: dict[str, Callable[[list[float]], float]] = {
    "last_over_time": lambda values: values[-1],
    "max_over_time": max,
    "min_over_time": min,
    "avg_over_time": lambda values: sum(values) / len(values),
    "sum_over_time": sum,
    "count_over_time": len,
    "present_over_time": lambda _: 1.0,
}
_TOGETHER: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
    "count": len,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "+": operator.add,
    "-": operator.sub,
}


class UnknownError(Exception):
    """PromQL that is not evaluated here."""


class Evaluation:
    """One query at one moment."""

    def __init__(self, samples: Samples, at: float) -> None:
        """`at` in unix seconds."""
        self._samples, self._at = samples, at

    def matrix(self, node: Any) -> list[tuple[Labels, list[Point]]]:  # noqa: ANN401 - the parser's nodes have no base
        """The samples of a range selector, without one that lies on the range's start, as Prometheus 3 has it."""
        selector, length = node.vector_selector, node.range.total_seconds()
        end = selector.at.at.timestamp() if selector.at is not None else self._at
        found = []
        for name, several in self._samples.items():
            for one in several:
                points = [point for point in one.points if end - length < point[0] <= end]
                if points and _is_meant(selector, {_NAME: name, **one.labels}):
                    found.append((_labels({_NAME: name, **one.labels}), points))
        return found

    def vector(self, node: Any) -> Vector | float:  # noqa: ANN401 - as above
        """The value of a query.

        Raises:
            UnknownError: it holds something that is not evaluated here.
        """
        evaluate = getattr(self, f"_{type(node).__name__.lower()}", None)
        if evaluate is None:
            raise UnknownError(type(node).__name__)
        found: Vector | float = evaluate(node)
        return found

    def _parenexpr(self, node: Any) -> Vector | float:  # noqa: ANN401 - as above
        return self.vector(node.expr)

    def _numberliteral(self, node: Any) -> float:  # noqa: ANN401 - as above
        return float(node.val)

    def _vectorselector(self, node: Any) -> Vector:  # noqa: ANN401 - as above
        end = node.at.at.timestamp() if node.at is not None else self._at
        found: Vector = {}
        for name, several in self._samples.items():
            for one in several:
                values = [value for at, value in one.points if end - _LOOKBACK < at <= end]
                if values and _is_meant(node, {_NAME: name, **one.labels}):
                    found[_labels({_NAME: name, **one.labels})] = values[-1]
        return found

    def _call(self, node: Any) -> Vector:  # noqa: ANN401 - as above
        name = node.func.name
        if name == "label_replace":
            _, label, value, source, pattern = node.args
            if source.val or pattern.val:
                raise UnknownError("label_replace of a label")
            inner = self._several(node.args[0])
            return {_labels({**dict(labels), label.val: value.val}): number for labels, number in inner.items()}
        if name not in _OVER_TIME and name not in {"increase", "rate"}:
            raise UnknownError(name)
        window = node.args[0]
        found: Vector = {}
        for labels, points in self.matrix(window):
            number = self._reduced(name, points, window)
            kept = labels if name == "last_over_time" else _bare(labels)
            if kept in found:
                raise UnknownError("vector cannot contain metrics with the same labelset")
            if number is not None:
                found[kept] = number
        return found

    def _reduced(self, name: str, points: list[Point], window: Any) -> float | None:  # noqa: ANN401 - as above
        if name in _OVER_TIME:
            return float(_OVER_TIME[name]([value for _, value in points]))
        selector, length = window.vector_selector, window.range.total_seconds()
        end = selector.at.at.timestamp() if selector.at is not None else self._at
        gained = extrapolated(points, end - length, end)
        return None if gained is None else gained / length if name == "rate" else gained

    def _aggregateexpr(self, node: Any) -> Vector:  # noqa: ANN401 - as above
        together, by = _TOGETHER.get(str(node.op)), node.modifier.labels if node.modifier else []
        if together is None or (node.modifier and not str(node.modifier.type).endswith("By")):
            raise UnknownError(str(node.op))
        groups: dict[Labels, list[float]] = {}
        for labels, number in self._several(node.expr).items():
            groups.setdefault(_labels({key: dict(labels).get(key, "") for key in by}), []).append(number)
        return {labels: float(together(numbers)) for labels, numbers in groups.items()}

    def _binaryexpr(self, node: Any) -> Vector | float:  # noqa: ANN401 - as above
        sign, left, right = str(node.op), self.vector(node.lhs), self.vector(node.rhs)
        if sign in _ARITHMETIC and isinstance(right, float):
            if isinstance(left, float):
                return _ARITHMETIC[sign](left, right)
            return {_bare(labels): _ARITHMETIC[sign](number, right) for labels, number in left.items()}
        if isinstance(left, float) or isinstance(right, float):
            raise UnknownError(sign)
        if sign == "or":
            seen = set(map(_bare, left))
            return left | {one: number for one, number in right.items() if _bare(one) not in seen}
        if sign == "unless" and node.modifier and node.modifier.matching and not node.modifier.matching.labels:
            return {} if right else left
        raise UnknownError(sign)

    def _several(self, node: Any) -> Vector:  # noqa: ANN401 - as above
        found = self.vector(node)
        if isinstance(found, float):
            raise UnknownError("a number where a vector belongs")
        return found


def extrapolated(points: Sequence[Point], start: float, end: float) -> float | None:
    """A counter's growth, stretched to the window's ends as Prometheus does; None of fewer than two samples."""
    if len(points) < 2:
        return None
    values = [value for _, value in points]
    gained = sum(b - a if b >= a else b for a, b in pairwise(values))
    span = points[-1][0] - points[0][0]
    usual = span / (len(points) - 1)
    before, after = points[0][0] - start, end - points[-1][0]
    if gained > 0 and values[0] >= 0:
        # It cannot have been below zero.
        before = min(before, span * values[0] / gained)
    reach = span + sum(one if one < 1.1 * usual else usual / 2 for one in (before, after))
    return gained * reach / span


def _is_meant(selector: Any, labels: Mapping[str, str]) -> bool:  # noqa: ANN401 - as above
    return selector.name in {None, labels[_NAME]} and all(
        _fits(str(one.op), labels.get(one.name, ""), one.value) for one in selector.matchers.matchers
    )


def _fits(sign: str, value: str, wanted: str) -> bool:
    if sign.endswith(("NotRe", "Re")):
        return (re.fullmatch(wanted, value) is not None) != sign.endswith("NotRe")
    return (value == wanted) != sign.endswith("NotEqual")


def _labels(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted((key, value) for key, value in labels.items() if value))


def _bare(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != _NAME)
