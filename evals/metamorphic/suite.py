"""Make variants, diagnose them, and judge the answers."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.run_input import load_run
from evals.attempts import Failed, attempt
from evals.metamorphic.base import Base
from evals.metamorphic.expected import Variant, faults_of
from evals.metamorphic.families import variants_of
from evals.progress import Listener
from evals.results import replace_file
from tools.errors import InputError

RESULTS, WRONG = "metamorphic.jsonl", "wrong"


class Result(Struct, frozen=True, kw_only=True):
    """How one variant was answered.

    Attributes:
        faults: What is wrong, one line each; empty for a right answer.
    """

    variant: str
    family: str
    verdict: str
    faults: list[str]

    @property
    def right(self) -> bool:
        """Whether the answer was what it had to be."""
        return not self.faults


class Skipped(Struct, frozen=True):
    """A run that gave no variants, or only those that ask for the same answer again."""

    run: str
    why: str


class Outcome(Struct):
    """All results, and the runs that could not serve as a base for every family."""

    results: list[Result]
    skipped: list[Skipped]


def answer_to(variant: Variant, folder: Path, links: bool = True) -> Diagnosis:
    """Write a variant below `folder` and diagnose it.

    Raises:
        InputError: the variant can't be loaded; a transformation is at fault.
    """
    run = load_run(variant.make().write(folder, links))
    return diagnose(run.incident, run.sources, run.boundary)


def check(variant: Variant, folder: Path) -> Result:
    """Diagnose one variant in `folder`, which is gone afterwards, and judge the answer."""
    answer = attempt(lambda: answer_to(variant, folder))
    shutil.rmtree(folder, ignore_errors=True)
    if isinstance(answer, Failed):
        return Result(variant=variant.name, family=variant.family, verdict="error", faults=[f"error: {answer.line}"])
    faults = faults_of(answer, variant.expected)
    return Result(variant=variant.name, family=variant.family, verdict=answer.verdict, faults=faults)


def sampled(variants: Sequence[Variant], most: int) -> list[Variant]:
    """At most so many variants, always the same ones, evenly over the families."""

    def rank(one: Variant) -> str:
        return hashlib.sha256(one.name.encode()).hexdigest()

    by_family: dict[str, list[Variant]] = {}
    for one in sorted(variants, key=rank):
        by_family.setdefault(one.family, []).append(one)
    chosen: list[Variant] = []
    while len(chosen) < min(most, len(variants)):
        for several in by_family.values():
            chosen += [several.pop(0)] if several else []
    return chosen[:most]


def bases_of(folders: Iterable[Path]) -> Iterator[tuple[Base | None, Skipped | None]]:
    """Each run as a base, with a note where it is unreadable, unlabelled or answered wrongly."""
    for folder in folders:
        try:
            base = Base(folder)
        except InputError as error:
            yield None, Skipped(folder.name, str(error))
            continue
        if base.label is None:
            yield base, Skipped(base.id, "it has no label")
        elif not base.right:
            yield base, Skipped(base.id, "it is itself answered wrongly")
        else:
            yield base, None


def run_all(folders: Sequence[Path], out: Path, listener: Listener) -> Outcome:
    """Check every variant of every run; results go to `out`, wrong variants stay there as run folders.

    Raises:
        InputError: `out` can't be written.
    """
    outcome = Outcome([], [])
    shutil.rmtree(out / WRONG, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="faultside-") as scratch:
        for number, (base, skipped) in enumerate(bases_of(folders), 1):
            if skipped is not None:
                outcome.skipped.append(skipped)
            if base is None:
                continue
            listener.step(number, len(folders), base.id)
            for variant in variants_of(base):
                result = check(variant, Path(scratch, "variant"))
                outcome.results.append(result)
                if not result.right:
                    _keep(variant, out / WRONG / variant.name)
    lines = "".join(f"{_line(result)}\n" for result in outcome.results)
    replace_file(out / RESULTS, lines.encode())
    return outcome


def _keep(variant: Variant, folder: Path) -> None:
    try:
        variant.make().write(folder, links=False)
    except OSError as error:
        raise InputError(str(folder), None, f"cannot be written ({error.strerror})") from None


def _line(result: Result) -> str:
    return msgspec.json.encode(result).decode()
