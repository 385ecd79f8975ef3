"""What an evaluation leaves behind: `results.jsonl`, one line per run, agent and repeat, and `summary.json`."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from evals.score import Score
from evals.turns import Turn
from tools.errors import InputError

RESULTS = "results.jsonl"
SUMMARY = "summary.json"

Key: TypeAlias = tuple[str, str, int]
"""Run, agent, repeat."""

_NULL = b"null"
_NOTHING = msgspec.Raw(_NULL)


class Line(Struct, frozen=True, kw_only=True):
    """One attempt of one agent at one run.

    Attributes:
        repeat: Counted from 1.
        diagnosis: The public JSON as it was made; `null` when the attempt failed.
        error: Why it failed: one line for bad input, a traceback for a bug.
        turns: What a recorded model answered, so that the attempt can be replayed without it.
    """

    run: str
    agent: str
    repeat: int
    diagnosis: msgspec.Raw = _NOTHING
    scores: dict[str, Score] = {}
    tokens: int | None = None
    seconds: float | None = None
    error: str | None = None
    turns: tuple[Turn, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def key(self) -> Key:
        """What a line is known by."""
        return self.run, self.agent, self.repeat

    @property
    def answered(self) -> bool:
        """Whether there is a diagnosis."""
        return bytes(self.diagnosis) != _NULL


class Named(Struct, frozen=True):
    """The part of a cause that a table shows."""

    component: str
    failure_mode: str


class Brief(Struct, frozen=True, kw_only=True):
    """The part of a stored diagnosis that tables and statistics need."""

    verdict: str
    confidence: float
    status: str | None = None
    component: str | None = None
    failure_mode: str | None = None
    causes: list[Named] = []

    @property
    def leading(self) -> tuple[str | None, str | None]:
        """Component and mode that are scored."""
        if self.verdict != "no_fault" and self.causes:
            return self.causes[0].component, self.causes[0].failure_mode
        return self.component, self.failure_mode


_LINE = msgspec.json.Decoder(Line)
_BRIEF = msgspec.json.Decoder(Brief)


def brief(line: Line) -> Brief | None:
    """What was answered; None when the attempt failed.

    Raises:
        InputError: the stored diagnosis is no diagnosis.
    """
    if not line.answered:
        return None
    try:
        return _BRIEF.decode(line.diagnosis)
    except msgspec.MsgspecError as error:
        raise InputError(RESULTS, None, f"run {line.run}: diagnosis: {error}") from None


def read_lines(folder: Path) -> list[Line]:
    """The lines of a results folder, later ones replacing earlier ones of the same key; none when it is new.

    A last line without its end is what an interrupted write leaves, and is dropped.

    Raises:
        InputError: the file is unreadable or a line is none of ours.
    """
    path = folder / RESULTS
    if not path.exists():
        return []
    found: dict[Key, Line] = {}
    rows = _read(path).split(b"\n")
    for number, row in enumerate(rows[:-1], 1):
        if not row.strip():
            continue
        try:
            line = _LINE.decode(row)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InputError(str(path), number, f"expected a result: {error}") from None
        found[line.key] = msgspec.structs.replace(line, diagnosis=line.diagnosis.copy())
    return list(found.values())


def write_lines(folder: Path, lines: Iterable[Line]) -> None:
    """Replace `results.jsonl` in one step."""
    replace_file(folder / RESULTS, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def append_line(folder: Path, line: Line) -> None:
    """Add one line, whole even when the next attempt is interrupted."""
    with (folder / RESULTS).open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never a part.

    Raises:
        InputError: the place can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(str(path), None, f"cannot be written ({error.strerror})") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), None, f"cannot be read ({error.strerror})") from None
