"""Labelled runs: where they lie, and the answer that the scorer alone may read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from agent.diagnosis import Verdict
from agent.failure_modes import actions, failure_modes
from agent.incident import first_fault
from tools.errors import InputError
from tools.run_folder import read_head
from tools.safe_yaml import Document, load_document

RUN_FILE = "run.yaml"
_NO_LABEL_MODE = "other"


def _mode(value: str) -> str:
    known = [name for name in failure_modes() if name != _NO_LABEL_MODE]
    if value not in known:
        raise ValueError(f"expected a failure mode, got {value!r}{_nearest(value, known)}")
    return value


def _action(value: str) -> str:
    action, at, component = value.partition("@")
    if action not in actions():
        raise ValueError(f"expected an action or action@component, got {value!r}{_nearest(action, list(actions()))}")
    if at and not component.strip():
        raise ValueError(f"expected a component after the @, got {value!r}")
    return value


def _nearest(value: str, known: Sequence[str]) -> str:
    near = get_close_matches(value, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


Text = Annotated[str, Field(min_length=1)]
Mode = Annotated[str, AfterValidator(_mode)]
ActionAt = Annotated[str, AfterValidator(_action)]
Unscored = Literal["component", "failure_mode", "remediation"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Also(_Part):
    """What counts as right beside the label's own words."""

    components: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    failure_modes: Annotated[tuple[Mode, ...], Strict(strict=False)] = ()
    verdicts: Annotated[tuple[Verdict, ...], Strict(strict=False)] = ()


class Wanted(_Part):
    """Actions that an answer should (one of them is enough) and must not propose."""

    must: Annotated[tuple[ActionAt, ...], Strict(strict=False)] = ()
    must_not: Annotated[tuple[ActionAt, ...], Strict(strict=False)] = ()


class Label(_Part):
    """The answer to a run.

    Attributes:
        component: `namespace/name`, `node/NAME`, a host or a provider; None where there is none to name.
        detail: One of the mode's details, or None.
        mention: Components or failure modes of a second true cause that the answer should name too.
        unscored: Scores that this run can't decide.
    """

    verdict: Verdict
    component: Text | None = None
    failure_mode: Mode | None = None
    detail: str | None = None
    also: Also = Also()
    remediation: Wanted = Wanted()
    mention: Annotated[tuple[Text, ...], Strict(strict=False)] = ()
    unscored: Annotated[tuple[Unscored, ...], Strict(strict=False)] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class LabelledRun:
    """A run's name and answer; its inputs are read elsewhere. `label` is None for a run that nobody labelled."""

    folder: Path
    id: str
    title: str
    label: Label | None


def load_labelled(folder: Path) -> LabelledRun:
    """Read a run's head and label.

    Raises:
        InputError: `run.yaml` is missing, unreadable or wrong; the message names the line where it is known.
    """
    head = read_head(folder)
    path = folder / RUN_FILE
    document = load_document(path, str(path))
    return LabelledRun(folder, head.id, head.title, _label(document))


def find_runs(paths: Sequence[Path]) -> list[Path]:
    """Every folder with a `run.yaml` at or below `paths`, sorted, each once.

    Raises:
        InputError: a path doesn't exist, can't be listed, or holds no run.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        below = list(_below(path.parent if path.name == RUN_FILE and path.is_file() else path))
        if not below:
            what = f"found no {RUN_FILE}" if path.is_dir() else "found nothing" if not path.exists() else "found a file"
            raise InputError(str(path), None, f"expected a run or a folder of runs, {what}")
        for folder in below:
            found.setdefault(folder.resolve(), folder)
    return sorted(found.values())


def _below(path: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(str(error.filename), None, f"cannot be listed ({error.strerror})")

    if not path.is_dir():
        return
    for place, folders, names in os.walk(path, onerror=refuse):
        if RUN_FILE in names:
            folders.clear()
            yield Path(place)


def _label(document: Document) -> Label | None:
    whole = document.value
    found = whole.get("label") if isinstance(whole, Mapping) else None
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise InputError(document.where, document.line("label"), "label: expected a mapping")
    try:
        label = Label.model_validate(_without_nulls(found))
    except ValidationError as error:
        place = error.errors(include_url=False)[0]["loc"]
        message = first_fault(error).replace("Value error, ", "")
        raise InputError(document.where, document.line("label", *place), f"label.{message}") from None
    _check_detail(label, document)
    return label


def _check_detail(label: Label, document: Document) -> None:
    if label.detail is None or label.failure_mode is None:
        return
    known = sorted(failure_modes()[label.failure_mode].details)
    if label.detail not in known:
        expected = f"one of {', '.join(known)}" if known else "none for this failure mode"
        line = document.line("label", "detail")
        raise InputError(document.where, line, f"label.detail: expected {expected}, got {label.detail!r}")


def _without_nulls(value: object) -> object:
    """A key with no value counts as absent."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value
