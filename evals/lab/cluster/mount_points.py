"""Folders of this machine over which every cluster mounts its own.

Several clusters may use one folder at a time. Removing it would take away what is mounted there in any namespace, so
whoever leaves last removes it.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SIGN = ".faultside-lab"
"""Lies in a folder that a cluster made, below what is mounted there."""


@contextmanager
def alone() -> Iterator[None]:
    """No other lab of this machine makes, uses or removes a folder for the first or last time meanwhile."""
    handle = os.open("/", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def lent(folders: Iterable[str]) -> list[str]:
    """Those that are there for clusters alone, or not yet at all."""
    return [folder for folder in folders if not Path(folder).exists() or (Path(folder) / _SIGN).exists()]


def make(folders: Iterable[str]) -> None:
    """Make those that are missing."""
    for folder in folders:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / _SIGN).touch()


def remove_unused(folders: Iterable[str]) -> None:
    """Remove those over which nothing is mounted any more, unless somebody else put something into them."""
    used = mounted()
    for folder in folders:
        if folder not in used:
            (Path(folder) / _SIGN).unlink(missing_ok=True)
            with suppress(OSError):
                Path(folder).rmdir()


def mounted() -> set[str]:
    """Mount points in the namespaces of all processes."""
    found: set[str] = set()
    for pid in mount_namespaces().values():
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
            found |= {line.split()[4] for line in lines}
    return found


def mount_namespaces() -> dict[str, int]:
    """Those in which a process runs, each with one of them."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {namespace: pid for pid in pids if (namespace := mount_namespace(pid))}


def mount_namespace(pid: int) -> str:
    """The name of a process's; empty where it has gone."""
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return ""
