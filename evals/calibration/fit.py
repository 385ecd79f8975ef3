"""A logistic map whose coefficients are never negative: more of a feature never makes an answer less sure."""

import math
from collections.abc import Sequence

from msgspec import Struct

_ROUNDS = 50
_CLOSE = 1e-6
_RIDGE = 1.0
"""Pulls coefficients towards 0 as so many observations would; it keeps them finite where nothing was ever wrong."""


class Example(Struct, frozen=True):
    """What an answer looked like, and whether it was right; `weight` equal ones count as one."""

    features: tuple[float, ...]
    right: bool
    weight: float = 1.0


def fitted(examples: Sequence[Example]) -> list[float]:
    """The intercept, then one coefficient for each feature, none of them below 0."""
    size = len(examples[0].features)
    rows = _merged(examples)
    free = list(range(size))
    while True:
        found = _newton(rows, free)
        worst = min(free, key=lambda at: found[at + 1], default=None)
        if worst is None or found[worst + 1] >= 0:
            return found
        free.remove(worst)


def probability(coefficients: Sequence[float], features: Sequence[float]) -> float:
    """The chance of being right, 0 to 1."""
    return 1 / (1 + math.exp(-_linear(coefficients, features)))


Row = tuple[tuple[float, ...], float, float]
"""Features with a leading 1, the weight of all that look so, and the weight of the right ones."""


def _merged(examples: Sequence[Example]) -> list[Row]:
    found: dict[tuple[float, ...], tuple[float, float]] = {}
    for one in examples:
        seen, right = found.get(one.features, (0.0, 0.0))
        found[one.features] = (seen + one.weight, right + one.weight * one.right)
    return [((1.0, *features), seen, right) for features, (seen, right) in found.items()]


def _linear(coefficients: Sequence[float], features: Sequence[float]) -> float:
    total = coefficients[0] + sum(c * x for c, x in zip(coefficients[1:], features, strict=True))
    return max(-30.0, min(30.0, total))


def _newton(rows: Sequence[Row], free: Sequence[int]) -> list[float]:
    """Newton's method on the penalised likelihood; features that are not free stay at 0."""
    places = [0, *(at + 1 for at in free)]
    found = [0.0] * (len(rows[0][0]))
    for _ in range(_ROUNDS):
        step = _solved(*_curvature(rows, found, places))
        for at, change in zip(places, step, strict=True):
            found[at] += max(-2.0, min(2.0, change))
        if max(map(abs, step)) < _CLOSE:
            break
    return found


def _curvature(
    rows: Sequence[Row], found: Sequence[float], places: Sequence[int]
) -> tuple[list[list[float]], list[float]]:
    """The negative second derivative and the gradient."""
    size = len(places)
    matrix = [[_RIDGE * (row == column) * (row > 0) for column in range(size)] for row in range(size)]
    slope = [-_RIDGE * found[at] * (at > 0) for at in places]
    for features, seen, right in rows:
        chance = 1 / (1 + math.exp(-_linear(found, features[1:])))
        off, bend = right - seen * chance, seen * chance * (1 - chance)
        own = [features[at] for at in places]
        for row, x in enumerate(own):
            slope[row] += off * x
            for column in range(row + 1):
                matrix[row][column] += bend * x * own[column]
    for row in range(size):
        for column in range(row):
            matrix[column][row] = matrix[row][column]
    return matrix, slope


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss with the largest pivot; a ridge keeps every pivot away from 0."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for row in range(at + 1, size):
            factor = rows[row][at] / (rows[at][at] or 1e-12)
            rows[row] = [x - factor * y for x, y in zip(rows[row], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(rows[at][column] * found[column] for column in range(at + 1, size))
        found[at] = (rows[at][size] - rest) / (rows[at][at] or 1e-12)
    return found
