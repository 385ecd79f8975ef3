"""Go programs, built once from pinned sources and kept for as long as these stay the same."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from evals.lab.commands import CommandError, run
from tools.errors import InputError

HERE = Path(__file__).parent
_SECONDS = 3600
_OLDEST_GO = (1, 25)
_APPS = HERE / "apps"
_PARTS = HERE / "parts"
_SETTINGS = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly", "GOTOOLCHAIN": "local"}
"""One static binary without a trace of the machine; the sums in go.sum are what is built, or nothing."""


class Program(Struct, frozen=True):
    """One Go program: `package` is built in the module `folder`; `known` sets variables of it (-X)."""

    name: str
    folder: Path
    package: str = "."
    known: tuple[tuple[str, str], ...] = ()


def app(name: str) -> Program:
    """One of the lab's own programs."""
    return Program(name, _APPS, f"./{name}")


def kubernetes() -> Program:
    """The cluster's parts in one binary; without being told they would not know their own version."""
    folder = _PARTS / "kubernetes"
    version = kubernetes_version()
    major, minor, _ = version.removeprefix("v").split(".")
    told = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    known = tuple((f"{package}.{name}", value) for package in packages for name, value in told.items())
    return Program("kubernetes", folder, known=known)


COREDNS = Program("coredns", _PARTS / "coredns")
STRIPE_MOCK = Program("stripe-mock", _PARTS / "stripe-mock", "github.com/stripe/stripe-mock")
KWOK = Program("kwok", _PARTS / "kwok", "sigs.k8s.io/kwok/cmd/kwok")


def kubernetes_version() -> str:
    """The version that go.mod pins, such as v1.34.4."""
    return version_of(_PARTS / "kubernetes", "k8s.io/kubernetes")


def version_of(folder: Path, module: str) -> str:
    """The version of a module that a folder's go.mod pins."""
    found = re.search(rf"{re.escape(module)} (v\S+)", (folder / "go.mod").read_text(encoding="utf-8"))
    assert found, f"{module} is pinned"  # noqa: S101
    return found.group(1)


def built(program: Program, cache: Path, tell: Callable[[str], None]) -> Path:
    """The program's binary, built if it was not yet.

    Raises:
        InputError: Go is missing or too old, or the build failed.
    """
    binary = cache / f"{program.name}-{_key(program)}" / program.name
    if binary.exists():
        return binary
    check_go()
    tell(f"building {program.name} (once)")
    flags = " ".join(["-s -w", *(f"-X {name}={value}" for name, value in program.known)])
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=cache) as scratch:
        # A copy: somebody may edit the sources, or pip replace them, while the compiler reads.
        sources = shutil.copytree(program.folder, Path(scratch) / "sources")
        out = Path(scratch) / "made" / program.name
        command: list[str | Path] = ["nice", "-n", "10", "go", "build", "-ldflags", flags, "-o", out, program.package]
        run(command, seconds=_SECONDS, environment=_SETTINGS, folder=sources)
        _move(out.parent, binary.parent)
    return binary


def check_go() -> None:
    """Whether programs can be built here.

    Raises:
        InputError: Go is missing or too old.
    """
    wanted = ".".join(map(str, _OLDEST_GO))
    try:
        said = run(["go", "env", "GOVERSION"]).strip()
    except CommandError:
        raise InputError("go", None, f"Go {wanted} or newer has to build the cluster once; see go.dev/dl") from None
    found = re.match(r"go(\d+)\.(\d+)", said)
    if found is None or (int(found.group(1)), int(found.group(2))) < _OLDEST_GO:
        raise InputError("go", None, f"Go {wanted} or newer has to build the cluster once, found {said}; see go.dev/dl")


def _move(made: Path, place: Path) -> None:
    """Whoever looks meanwhile finds all or nothing; whoever built the same at the same time may win."""
    try:
        made.rename(place)
    except OSError:
        if not place.exists():
            raise


def _key(program: Program) -> str:
    seen = hashlib.sha256(repr((program.package, program.known, sorted(_SETTINGS.items()))).encode())
    for path in sorted(path for path in program.folder.rglob("*") if path.suffix in {".go", ".mod", ".sum"}):
        if program.folder == _APPS and path.parent not in {_APPS, _APPS / program.name}:
            continue
        seen.update(path.read_bytes())
    return seen.hexdigest()[:12]
