"""Programs from Debian packages, unpacked into a cache folder.

Nothing is installed, no service starts, and root is not needed.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tools.errors import InputError

_SECONDS = 600
_INST = re.compile(r"^Inst (\S+) ", re.MULTILINE)
_LIBRARY = re.compile(r"lib(?!js-)")
"""Scripts of web pages are depended on by the same word as shared libraries; nobody here looks at the pages."""
_PROGRAMS = ("usr/bin", "usr/sbin", "bin", "sbin", "usr/lib/cni")
_APT = ("-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30", "-q")


class Unpacked(Struct, frozen=True):
    """Packages on disk.

    Attributes:
        root: Their common tree, with `usr/bin` and so on.
        versions: By package, the shared libraries among them.
    """

    root: Path
    versions: dict[str, str]

    def program(self, name: str) -> Path:
        """Where a program lies.

        Raises:
            InputError: no package brought it.
        """
        found = next((path for folder in _PROGRAMS if (path := self.root / folder / name).exists()), None)
        if found is None:
            raise InputError(f"Debian packages {' '.join(self.versions)}", None, f"no program {name} in them")
        return found

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The environment in which the programs find their shared libraries and one another."""
        libraries = [str(path) for path in (*self.root.glob("usr/lib/*-linux-gnu"), *self.root.glob("lib/*-linux-gnu"))]
        programs = [str(self.root / folder) for folder in _PROGRAMS]
        found = {**base, "PATH": os.pathsep.join((*programs, base.get("PATH", os.defpath)))}
        if libraries:
            found["LD_LIBRARY_PATH"] = os.pathsep.join((*libraries, *filter(None, [base.get("LD_LIBRARY_PATH")])))
        return found


def cache_folder() -> Path:
    """Where downloads are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "faultside"


def unpacked(*names: str, cache: Path | None = None) -> Unpacked:
    """The packages and the shared libraries that they need and the system lacks; asked again, what lies there already.

    Raises:
        InputError: they can't be had.
    """
    folder = (cache or cache_folder()) / "debian" / _system() / "+".join(sorted(set(names)))
    stamp = folder / "versions.json"
    if not stamp.exists():
        _fill(folder, names)
    return Unpacked(folder / "root", json.loads(stamp.read_text(encoding="utf-8")))


def _system() -> str:
    """Which libraries are missing depends on the system: a cache may be shared by several."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return f"{release.get('VERSION_CODENAME') or release.get('ID') or 'unknown'}-{platform.machine()}"


def _fill(folder: Path, names: Sequence[str]) -> None:
    """Fill a folder under another name and move it: whoever looks meanwhile finds all or nothing."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise InputError(f"Debian packages {' '.join(names)}", None, f"{program} is needed to get them")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unpack-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        (made / "root").mkdir(parents=True)
        versions = {}
        for archive in _downloaded(Path(scratch), names):
            _run(["dpkg-deb", "--extract", str(archive), str(made / "root")], names)
            said = _run(["dpkg-deb", "--show", "--showformat", "${Package} ${Version}", str(archive)], names)
            package, _, version = said.partition(" ")
            versions[package] = version
        (made / "versions.json").write_text(json.dumps(versions, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        try:
            made.rename(folder)
        except OSError:
            if not (folder / "versions.json").exists():
                raise


def _downloaded(scratch: Path, names: Sequence[str]) -> list[Path]:
    """The archives, by the system's package lists, or by fresh ones of our own where those are missing or outdated."""
    refused = InputError(f"Debian packages {' '.join(names)}", None, "apt-get knows none of them")
    for options in _lists(scratch, names):
        try:
            simulated = _run(["apt-get", *options, "--simulate", "--no-install-recommends", "install", *names], names)
            wanted = sorted({*names, *filter(_LIBRARY.match, _INST.findall(simulated))})
            _run(["apt-get", *options, "download", *wanted], names, scratch)
            return sorted(scratch.glob("*.deb"))
        except InputError as error:
            refused = error
    raise refused


def _lists(scratch: Path, names: Sequence[str]) -> Iterator[list[str]]:
    yield list(_APT)
    lists = scratch / "lists"
    (lists / "partial").mkdir(parents=True)
    own = [*_APT, "-o", f"Dir::State::lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
    _run(["apt-get", *own, "update"], names)
    yield own


def _run(command: Sequence[str], names: Sequence[str], folder: Path | None = None) -> str:
    """A command's output.

    Raises:
        InputError: it failed or took too long; with its last words.
    """
    what = f"Debian packages {' '.join(names)}"
    words = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command, cwd=folder, env=words, timeout=_SECONDS, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(what, None, f"{command[0]} did not end within {_SECONDS} s") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("E: ")] or done.stderr.splitlines()[-1:]
        raise InputError(what, None, f"{command[0]} failed: {' '.join(said) or f'exit status {done.returncode}'}")
    return done.stdout.strip()
