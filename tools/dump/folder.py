"""The files of a dump as text: bounded, decoded, and nothing from outside of the folder."""

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from tools.errors import InputError
from tools.log_lines import clean, raw_lines

MOST_FILES = 5_000
MOST_BYTES = 64 * 2**20
"""Of one file, unpacked."""
MOST_ALL = 512 * 2**20
BOUNDARY = "boundary.yaml"
_NUL_SHARE = 0.01
_PROBE = 4096
_GZIP = b"\x1f\x8b"
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf", b"\xfd7zXZ", b"BZh", b"(\xb5/\xfd")


class TextFile(Struct, frozen=True):
    """One file.

    Attributes:
        name: Its path inside the folder, with slashes.
        text: Without colours, control signs and carriage returns.
        written_at: The file's own time, UTC.
    """

    name: str
    text: str
    written_at: datetime


class Unread(Struct, frozen=True):
    """A file, or a part of one, of which nothing could be made, and why."""

    name: str
    why: str


def read_folder(folder: Path) -> tuple[list[TextFile], list[Unread]]:
    """Every text of a folder, by name, and what was passed over.

    Raises:
        InputError: it is no folder, or cannot be listed.
    """
    if not folder.is_dir():
        raise InputError(str(folder), None, "expected a folder" + (", found a file" if folder.exists() else ""))
    texts: list[TextFile] = []
    unread: list[Unread] = []
    left = MOST_ALL
    for number, path in enumerate(_files(folder)):
        name = path.relative_to(folder).as_posix()
        found = _read(path, name) if number < MOST_FILES and left > 0 else Unread(name, "the folder holds too much")
        if isinstance(found, TextFile):
            left -= len(found.text)
            texts.append(found)
        else:
            unread.append(found)
    return texts, unread


def _files(folder: Path) -> Iterator[Path]:
    """Files at any depth, hidden ones and boundary files left out; links are followed nowhere but inside."""
    root = folder.resolve()
    try:
        for place, folders, names in os.walk(folder, onerror=_refuse):
            folders[:] = sorted(one for one in folders if not one.startswith((".", "__MACOSX")))
            for name in sorted(names):
                path = Path(place, name)
                hidden = name.startswith(".") or name == BOUNDARY
                if not hidden and path.is_file() and path.resolve().is_relative_to(root):
                    yield path
    except OSError as error:
        raise InputError(str(folder), None, f"cannot be listed ({error.strerror})") from None


def _refuse(error: OSError) -> None:
    raise error


def _read(path: Path, name: str) -> TextFile | Unread:
    try:
        raw = _unpacked(path)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, EOFError, zlib.error, OverflowError, ValueError) as error:
        return Unread(name, f"cannot be read ({error})")
    if len(raw) > MOST_BYTES:
        return Unread(name, f"larger than {MOST_BYTES // 2**20} MiB; take logs with --since or --tail")
    if raw.startswith(_ARCHIVES) or raw[257:262] == b"ustar":
        return Unread(name, "an archive; unpack it first")
    text = decoded(raw)
    if text is None:
        return Unread(name, "no text")
    return TextFile(name, "\n".join(clean(line) for line in raw_lines(text)) + "\n", written_at)


def _unpacked(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        stream: io.BufferedIOBase = gzip.GzipFile(fileobj=file) if packed else file
        return stream.read(MOST_BYTES + 1)


def decoded(raw: bytes) -> str | None:
    """UTF-8, or UTF-16 as PowerShell redirects write it; None for what is no text."""
    head = raw[:_PROBE]
    for mark, name in _UTF16.items():
        if raw.startswith(mark):
            return raw.decode(name, errors="replace")
    zeros = head.count(0)
    if zeros and zeros >= len(head) // 3:
        return raw.decode("utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be", errors="replace")
    if zeros > len(head) * _NUL_SHARE:
        return None
    return raw.decode("utf-8-sig", errors="replace")
