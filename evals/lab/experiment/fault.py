"""Faults as data: what is changed in a cluster, how it is undone, and what the answer is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from agent.incident import first_fault
from evals.run import Label
from tools.errors import InputError
from tools.safe_yaml import load_document

FOLDER = Path(__file__).parent.parent / "faults"
Words = Annotated[tuple[str, ...], Strict(strict=False)]
Steps = Annotated[tuple[Words, ...], Strict(strict=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Felt(_Part):
    """What says that the fault has reached somebody: a line in a Deployment's logs (a regular expression)."""

    deployment: str
    pattern: str


class Fault(_Part):
    """An experiment.

    Attributes:
        title: For people; it must not give the answer away, and neither must the question.
        stage: Manifests of the shop, by name.
        change: Words for kubectl, which is told the namespace; none for an experiment in which nothing breaks.
        undo: The same, to repair it; harmless when nothing was changed.
        felt: Where a failed call is first seen; None when none is expected.
        baseline: Seconds of service before the change that the answer needs at least, to compare with.
        settle: Seconds between the first failed call (or the change) and the recording.
        cluster: Whether it changes what is not the shop's own; then only the lab's own cluster may be used.
        label: The answer, for the recording.
    """

    name: str
    title: str
    question: str
    stage: Words
    change: Steps = ()
    undo: Steps = ()
    felt: Felt | None = None
    baseline: Annotated[float, Field(ge=0, strict=False)] = 0.0
    settle: Annotated[float, Field(ge=0, strict=False)] = 20.0
    cluster: bool = False
    label: Label


def load_fault(name: str, folder: Path = FOLDER) -> Fault:
    """A fault by its name.

    Raises:
        InputError: there is none of that name, or its file is wrong.
    """
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise InputError("FAULT", None, f"expected one of {', '.join(fault_names(folder))}, got {name!r}")
    document = load_document(path, str(path))
    if not isinstance(document.value, Mapping):
        raise InputError(str(path), 1, "expected a mapping")
    try:
        return Fault.model_validate({"name": name, **document.value})
    except ValidationError as error:
        raise InputError(str(path), None, first_fault(error)) from None


def fault_names(folder: Path = FOLDER) -> list[str]:
    """What can be run."""
    return sorted(path.stem for path in folder.glob("*.yaml"))
