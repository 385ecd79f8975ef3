"""From points to a calibration, and the confidences that points get from one that has never seen their like."""

import itertools
import random
from collections.abc import Callable, Sequence

import msgspec

from agent.confidence import Calibration, Reserved
from evals.calibration.fit import Example, fitted
from evals.calibration.points import Point

ABOVE = 0.9
ALLOWED = 0.006
"""The share of wrong answers, among those never seen, with which a high confidence is still told; the bar is 0.01."""
LEAST, MOST = 0.02, 0.98
OUTER, INNER = 10, 5
_SEED = 20260302

Key = Callable[[Point], str]


def calibrated(points: Sequence[Point]) -> Calibration:
    """Fit one map for each kind of answer, and find out from when on a high confidence can be told."""
    plain = _maps(points)
    tried = [(plain_map.chance(one.kind, one.features), one.right) for plain_map, one in _unseen(points, INNER)]
    return msgspec.structs.replace(plain, reserved=Reserved(ABOVE, needed(tried)))


def cross_validated(points: Sequence[Point], folds: int = OUTER) -> list[tuple[float, Point]]:
    """Each point with the confidence of a calibration that was fitted without its family."""
    return held_out(points, _folds(points, folds))


def held_out(points: Sequence[Point], fold_of: Key) -> list[tuple[float, Point]]:
    """The same for any split: every fold is tried with what was fitted on the others."""
    found = []
    for fold in sorted({fold_of(one) for one in points}):
        table = calibrated([one for one in points if fold_of(one) != fold])
        found += [(table.of(one.kind, one.features), one) for one in points if fold_of(one) == fold]
    return found


def needed(tried: Sequence[tuple[float, bool]]) -> float:
    """The least chance from which on at most the allowed share is wrong; above 1 where there is none."""
    seen, wrong, found = 0, 0, 1.01
    ordered = sorted(tried, key=lambda one: -one[0])
    for chance, alike in itertools.groupby(ordered, key=lambda one: one[0]):
        rights = [right for _, right in alike]
        seen, wrong = seen + len(rights), wrong + rights.count(False)
        if wrong <= ALLOWED * seen:
            found = chance
    return round(max(ABOVE, found), 4)


def _unseen(points: Sequence[Point], folds: int) -> list[tuple[Calibration, Point]]:
    fold_of = _folds(points, folds)
    found = []
    for fold in sorted({fold_of(one) for one in points}):
        table = _maps([one for one in points if fold_of(one) != fold])
        found += [(table, one) for one in points if fold_of(one) == fold]
    return found


def _folds(points: Sequence[Point], folds: int) -> Key:
    """Families in an order drawn by a fixed seed, dealt out so that the folds are about equally large."""
    sizes: dict[str, int] = {}
    for one in points:
        sizes[one.family] = sizes.get(one.family, 0) + 1
    families = sorted(sizes)
    random.Random(_SEED).shuffle(families)  # noqa: S311 - statistics
    load = dict.fromkeys(range(folds), 0)
    place: dict[str, str] = {}
    for family in sorted(families, key=lambda name: -sizes[name]):
        lightest = min(load, key=lambda fold: load[fold])
        load[lightest] += sizes[family]
        place[family] = str(lightest)
    return lambda one: place[one.family]


def _maps(points: Sequence[Point]) -> Calibration:
    maps = {}
    for kind in sorted({one.kind for one in points}):
        own = [one for one in points if one.kind == kind]
        names = list(own[0].features)
        found = fitted([Example(tuple(one.features[name] for name in names), one.right) for one in own])
        maps[kind] = {name: round(value, 4) for name, value in zip(["intercept", *names], found, strict=True)}
    return Calibration(maps, Reserved(ABOVE, ABOVE), LEAST, MOST)
