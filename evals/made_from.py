"""What results were made from. An earlier result counts only while the run's inputs and the code are the same.

Kept beside the results, per agent and run; labels are left out, because scores follow them without a new diagnosis.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

import msgspec

import agent
import prompts
import tools
from evals.results import replace_file
from evals.run import RUN_FILE
from tools.errors import InputError
from tools.run_folder import read_head

_FILE = "made_from.json"
_CODE = {".py", ".yaml", ".md"}

Marks: TypeAlias = dict[str, dict[str, str]]
"""Agent to run to mark."""


def mark_of(folder: Path, boundary: Path | None) -> str:
    """A digest of everything that a diagnosis of this run can depend on; empty where it can't be read."""
    digest = hashlib.sha256(code_mark().encode())
    try:
        head = read_head(folder)
        asked = (head.id, head.recorded_at, head.incident, head.boundary)
        digest.update(msgspec.json.encode(asked, enc_hook=str, order="sorted"))
        for path in _below(folder):
            _add(digest, path, str(path.relative_to(folder)))
        for rules in (folder / head.boundary if isinstance(head.boundary, str) else None, boundary):
            if rules is not None:
                _add(digest, rules, "boundary")
    except (OSError, InputError):
        return ""
    return digest.hexdigest()


def read_marks(out: Path) -> Marks:
    """Marks of earlier results; none where they are missing or unreadable, so that those results are made again."""
    try:
        return msgspec.json.decode((out / _FILE).read_bytes(), type=Marks)
    except (OSError, msgspec.MsgspecError):
        return {}


def write_marks(out: Path, marks: Marks) -> None:
    """Store marks, before the results that they stand for.

    Raises:
        InputError: the place can't be written.
    """
    replace_file(out / _FILE, msgspec.json.encode(marks) + b"\n")


@cache
def code_mark() -> str:
    """A digest of the engine's code and tables, without what is fitted to its answers."""
    digest = hashlib.sha256()
    for room in (agent, tools, prompts):
        home = Path(room.__file__ or "").parent
        for path in sorted(home.rglob("*")):
            if path.suffix in _CODE:
                _add(digest, path, f"{home.name}/{path.relative_to(home)}")
    return digest.hexdigest()


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / RUN_FILE)


def _add(digest: "hashlib._Hash", path: Path, name: str) -> None:
    with path.open("rb") as file:
        digest.update(name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
