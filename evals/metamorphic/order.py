"""Shuffle order: what has no order in the recorded systems comes in another one, and the answer stays."""

import re
from collections.abc import Iterator
from random import Random

from evals.metamorphic.base import Base
from evals.metamorphic.expected import Variant, named, same_answer
from evals.metamorphic.recording import METRICS, Object, Recording

FAMILY = "shuffle order"
_SEEDS = (1, 2, 3)
_UNORDERED = frozenset({"conditions", "managedFields", "ownerReferences", "endpoints", "containerStatuses", "subsets"})
"""Lists of the Kubernetes API that are maps by some key. The order of containers and variables has a meaning."""

_NOT_ALONE = re.compile(
    r"\S+ (?:\s|at |Caused by|\.\.\. \d+ more|File |Traceback|goroutine |npm ERR|\}|\)|\[signal|main\.|$)"
)
"""Lines that belong to their neighbour, such as frames of a stack."""


def variants(base: Base) -> Iterator[Variant]:
    """The same run in several orders."""
    for seed in _SEEDS:
        expected = same_answer(base)
        yield named(base, FAMILY, f"seed {seed}", expected, lambda seed=seed: shuffled(base.recording, seed))  # type: ignore[misc]


def shuffled(recording: Recording, seed: int) -> Recording:
    """The recording with objects, unordered lists, series, JSON lines and log lines of one instant in another order."""
    random = Random(seed)  # noqa: S311 - no secret
    objects = recording.objects
    random.shuffle(objects)
    for one in objects:
        _shuffle_inside(one, random)
    found = recording.with_objects(objects) if objects else recording
    texts = {name: _shuffled_log(found.text(name), random) for name in found.logs()}
    for name in found.files:
        if name.endswith(".jsonl"):
            texts[name] = _shuffled_lines(found.text(name), random)
    if METRICS in found.files:
        texts[METRICS] = _shuffled_series(found.text(METRICS), random)
    return found.with_texts(texts)


def _shuffle_inside(value: object, random: Random) -> None:
    if isinstance(value, list):
        for inner in value:
            _shuffle_inside(inner, random)
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _UNORDERED and isinstance(inner, list):
                random.shuffle(inner)
            _shuffle_inside(inner, random)


def _shuffled_lines(text: str, random: Random) -> str:
    lines = text.splitlines()
    random.shuffle(lines)
    return "".join(f"{line}\n" for line in lines)


def _shuffled_log(text: str, random: Random) -> str:
    """Lines with the same stamp change places, unless one of them only continues another."""
    groups: list[list[str]] = []
    for line in text.split("\n"):
        stamp = line.partition(" ")[0]
        if groups and stamp and groups[-1][0].partition(" ")[0] == stamp:
            groups[-1].append(line)
        else:
            groups.append([line])
    for group in groups:
        if not any(_NOT_ALONE.match(line) for line in group):
            random.shuffle(group)
    return "\n".join(line for group in groups for line in group)


def _shuffled_series(text: str, random: Random) -> str:
    """Families and their series change places; samples of a series stay in order of time, as the format asks."""
    families: list[tuple[list[str], dict[str, list[str]]]] = []
    for line in text.splitlines():
        if line == "# EOF":
            continue
        if line.startswith("#"):
            if not families or families[-1][1]:
                families.append(([], {}))
            families[-1][0].append(line)
            continue
        if not families:
            families.append(([], {}))
        key = line[: line.rfind("}") + 1] or line.partition(" ")[0]
        families[-1][1].setdefault(key, []).append(line)
    random.shuffle(families)
    lines: list[str] = []
    for heads, series in families:
        keys = list(series)
        random.shuffle(keys)
        lines += [*heads, *(line for key in keys for line in series[key])]
    return "".join(f"{line}\n" for line in [*lines, "# EOF"])


def items(objects: list[Object], kind: str) -> Iterator[Object]:
    """The objects of a kind."""
    return (one for one in objects if one.get("kind") == kind)
