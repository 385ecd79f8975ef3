"""`faultside-evals calibrate`: make the points, fit, try on what was not fitted, and write it all down."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

import agent
from agent.confidence import TABLE, Calibration
from evals.calibration import report
from evals.calibration.draw import reliability_curve
from evals.calibration.fitting import OUTER, calibrated, cross_validated, held_out
from evals.calibration.points import Point, by_made, points_of, points_of_benchmark
from evals.calibration.reliability import Reliability, Told, reliability
from evals.made_from import code_mark
from evals.progress import Listener
from evals.results import replace_file
from tools.errors import InputError

POINTS, CURVE, ELSEWHERE = "points.jsonl", "reliability.svg", "reliability-elsewhere.svg"
PAGE = "calibration.md"

Tried = Sequence[tuple[float, Point]]


class Calibrated(Struct, frozen=True):
    """The fitted table and what is known of it.

    Attributes:
        rows: Sets of answers, each tried with what was fitted without them.
        elsewhere: The same for somebody else's cases, which nothing was fitted on; empty without them.
    """

    table: Calibration
    rows: dict[str, Reliability]
    elsewhere: dict[str, Reliability]


def calibrate(folders: Sequence[Path], benchmark: Path | None, out: Path, listener: Listener) -> Calibrated:
    """Fit on labelled runs and their variants; the benchmark is tried only. Everything goes to `out`.

    Raises:
        InputError: a run or case is unreadable, or `out` can't be written.
    """
    points = points_of(folders, listener)
    if len({one.family for one in points}) < OUTER:
        raise InputError("RUN_OR_FOLDER", None, f"expected labelled runs of at least {OUTER} families")
    others = points_of_benchmark(benchmark, listener) if benchmark else []
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in (*points, *others))
    replace_file(out / POINTS, lines)
    listener.note(f"{len(points)} answers; fitting, and trying on what was left out")
    table = msgspec.structs.replace(calibrated(points), fitted_on=_fitted_on(points))
    tried = [(table.of(one.kind, one.features), one) for one in others]
    found = Calibrated(table, _rows(points), {"Cloud-OpsBench": _reliable(tried), **_by_app(tried)} if tried else {})
    _write(found, out)
    return found


def publish(found: Calibrated) -> None:
    """Make the table the engine's own, and bring the docs up to date.

    Raises:
        InputError: this is no checkout of the repository, or a place can't be written.
    """
    home = Path(agent.__file__ or "").parent
    docs = home.parent / "docs"
    if not (docs / PAGE).is_file():
        raise InputError("--write", None, f"expected a checkout with docs/{PAGE}")
    replace_file(home / TABLE, _encoded(found.table))
    text = (docs / PAGE).read_text(encoding="utf-8")
    for name, block in _blocks(found).items():
        text = report.between(text, name, block)
    replace_file(docs / PAGE, text.encode())
    for name, drawn in _curves(found).items():
        replace_file(docs / name, drawn.encode())


def render(found: Calibrated) -> str:
    """What the command prints."""
    return "\n".join(_blocks(found).values())


def _rows(points: Sequence[Point]) -> dict[str, Reliability]:
    tried = cross_validated(points)
    rows = {"all, families left out in turn": _reliable(tried)}
    for made, own in by_made(points):
        names = {one.name for one in own}
        rows[f"of these: {made}"] = _reliable([pair for pair in tried if pair[1].name in names])
    for app in sorted({one.app for one in points}):
        left_out = [pair for pair in held_out(points, lambda one: one.app) if pair[1].app == app]
        rows[f"{app}, fitted without it"] = _reliable(left_out)
    return rows


def _by_app(tried: Tried) -> dict[str, Reliability]:
    apps = sorted({one.app for _, one in tried})
    return {app: _reliable([pair for pair in tried if pair[1].app == app]) for app in apps} if len(apps) > 1 else {}


def _reliable(tried: Tried) -> Reliability:
    return reliability([Told(confidence, one.right, one.run) for confidence, one in tried])


def _fitted_on(points: Sequence[Point]) -> dict[str, int | str]:
    counts = Counter(one.made for one in points)
    wrong = sum(not one.right for one in points)
    families = len({one.family for one in points})
    runs = len({one.run for one in points})
    return {"runs": runs, "families": families, **counts, "wrong": wrong, "code": code_mark()[:12]}


def _blocks(found: Calibrated) -> dict[str, str]:
    blocks = {
        "measures": report.measures(found.rows),
        "bins": report.bins(next(iter(found.rows.values()))),
        "worth": report.worth(found.table),
    }
    if found.elsewhere:
        blocks["elsewhere"] = (
            report.measures(found.elsewhere) + "\n" + report.bins(next(iter(found.elsewhere.values())))
        )
    return blocks


def _curves(found: Calibrated) -> dict[str, str]:
    drawn = {CURVE: reliability_curve("Families left out in turn", next(iter(found.rows.values())).bins)}
    if found.elsewhere:
        name, first = next(iter(found.elsewhere.items()))
        drawn[ELSEWHERE] = reliability_curve(f"{name}, never fitted on", first.bins)
    return drawn


def _write(found: Calibrated, out: Path) -> None:
    replace_file(out / TABLE, _encoded(found.table))
    replace_file(out / "reliability.json", msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    for name, drawn in _curves(found).items():
        replace_file(out / name, drawn.encode())


def _encoded(table: Calibration) -> bytes:
    return msgspec.json.format(msgspec.json.encode(table)) + b"\n"
