"""Answers with what speaks for them and whether they are right: what a calibration is fitted on and tried with."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.boundary import Boundary
from agent.confidence import features_of
from agent.diagnose import compose, look
from agent.diagnosis import Diagnosis, Provenance
from agent.incident import Incident
from agent.run_input import load_run
from agent.verdict import decide
from evals.adapters.benchmark import answers_of, app_of
from evals.adapters.cloud_opsbench import find_cases, labelled, load_case
from evals.calibration.degrade import Degraded, degraded
from evals.calibration.families import family_of
from evals.metamorphic.base import Base
from evals.metamorphic.drop import FAMILY as DROPPED
from evals.metamorphic.expected import Variant, faults_of
from evals.metamorphic.families import variants_of
from evals.metamorphic.recording import Recording
from evals.progress import Listener
from evals.score import score_run
from tools.source import Sources

LABELLED, METAMORPHIC, DEGRADED, BENCHMARK = "labelled", "metamorphic", "degraded", "benchmark"
WORKERS = 2

Judge = Callable[[Diagnosis], bool]


class Point(Struct, frozen=True, kw_only=True):
    """One answer.

    Attributes:
        made: How its evidence came about: as labelled, changed, degraded, or somebody else's.
        run: The run that it is from; `family` the scenarios that it is one of, never split between fit and trial.
        kind, features: What the calibration looks at.
        told: The confidence that the shipped table gives.
    """

    made: str
    name: str
    run: str
    app: str
    family: str
    verdict: str
    kind: str
    features: dict[str, float]
    right: bool
    told: float


def points_of(folders: Sequence[Path], listener: Listener) -> list[Point]:
    """Every labelled run, its metamorphic variants, and itself with evidence taken away.

    Raises:
        InputError: a run is unreadable.
    """
    found: list[Point] = []
    with ProcessPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        for number, several in enumerate(pool.map(_of_run, folders), 1):
            listener.step(number, len(folders), folders[number - 1].name)
            found += several
    return found


def points_of_benchmark(folder: Path, listener: Listener) -> list[Point]:
    """The cases of Cloud-OpsBench: right where the fault is called ours and the faulty object is named.

    Raises:
        InputError: there is no case, or one is malformed.
    """
    found = []
    cases = find_cases(folder)
    for number, case in enumerate(cases, 1):
        listener.step(number, len(cases), case.name)
        asked, gold = load_case(case), labelled(case)

        def judge(answer: Diagnosis, about: str = gold.fault_object) -> bool:
            said = answers_of(answer)
            return answer.verdict == "internal" and bool(said) and said[0].fault_object == about

        name = str(case.relative_to(folder))
        point = partial(Point, made=BENCHMARK, name=name, run=name, app=app_of(case), family=gold.root_cause)
        found.append(_answered(point, asked.incident, asked.sources, asked.boundary, judge))
    return found


def _of_run(folder: Path) -> list[Point]:
    base = Base(folder)
    if base.label is None:
        return []
    app = folder.parent.name
    point = partial(Point, run=base.id, app=app, family=f"{app} {family_of(app, base.id)}")
    run = load_run(folder)
    whole = partial(point, made=LABELLED, name=base.id)
    return [
        _answered(whole, run.incident, run.sources, run.boundary, _as_labelled(base)),
        *_of_variants(partial(point, made=METAMORPHIC), base),
        *_of_degraded(partial(point, made=DEGRADED), base),
    ]


def _of_variants(point: Callable[..., Point], base: Base) -> Iterator[Point]:
    """Those of every family but the one that drops a source, which is done harder below."""
    for one in variants_of(base):
        if one.family != DROPPED:
            yield _made(partial(point, name=one.name), one.make, _as_expected(one))


def _of_degraded(point: Callable[..., Point], base: Base) -> Iterator[Point]:
    for one in degraded(base):
        yield _made(partial(point, name=one.name), one.make, _as_degraded(base, one))


def _made(point: Callable[..., Point], make: Callable[[], Recording], judge: Judge) -> Point:
    folder = Path(tempfile.mkdtemp(prefix="faultside-"))
    try:
        run = load_run(make().write(folder / "run"))
        return _answered(point, run.incident, run.sources, run.boundary, judge)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answered(
    point: Callable[..., Point], incident: Incident, sources: Sources, boundary: Boundary, judge: Judge
) -> Point:
    scene, findings = look(incident, sources, boundary)
    decision = decide(scene, findings, boundary)
    answer = compose(scene, decision, boundary, Provenance(version="", looked_at=""))
    kind, features = features_of(scene, decision)
    rounded = {name: round(value, 3) for name, value in features.items()}
    return point(verdict=answer.verdict, kind=kind, features=rounded, right=judge(answer), told=answer.confidence)


def _as_labelled(base: Base) -> Judge:
    def judge(answer: Diagnosis) -> bool:
        scores = score_run(answer, base.label, 0.0)
        return all(scores[name].value != 0.0 for name in ("verdict", "component"))

    return judge


def _as_expected(variant: Variant) -> Judge:
    return lambda answer: (
        not any(fault.startswith(("verdict", "component")) for fault in faults_of(answer, variant.expected))
    )


def _as_degraded(base: Base, worse: Degraded) -> Judge:
    """The truth is the label's; to leave it open is right where what decided is gone."""
    as_labelled = _as_labelled(base)
    return lambda answer: (answer.verdict == "inconclusive" and worse.open) or as_labelled(answer)


def by_made(points: Sequence[Point]) -> Iterator[tuple[str, list[Point]]]:
    """The points of each way that evidence came about."""
    for made in (LABELLED, METAMORPHIC, DEGRADED, BENCHMARK):
        if own := [one for one in points if one.made == made]:
            yield made, own
