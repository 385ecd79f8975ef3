"""What a cluster changed on this machine, in one file: written before it is done, read by whoever undoes it."""

import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tools.errors import InputError

_PARENT = 0xB702
"""NS_GET_PARENT of ioctl_ns(2)."""


class Process(Struct, frozen=True):
    """A process that can't be mistaken for a later one of the same number.

    Attributes:
        started: Clock ticks after the machine's start, as /proc tells them.
    """

    pid: int
    started: int

    def alive(self) -> bool:
        """Whether it still runs."""
        return started_at(self.pid) == self.started


class State(Struct):
    """A cluster as it was begun.

    Attributes:
        room: The first process of its namespaces; everything else dies with it.
        made: Folders that were made outside of the lab's own, in this order.
        cgroup: The control group of its containers, in every hierarchy.
        daemons: Pids on this machine by name, in the order of their start.
        ports: Loopback ports of this machine by what they lead to.
    """

    cgroup: str
    room: Process | None = None
    made: list[str] = []
    daemons: dict[str, int] = {}
    ports: dict[str, int] = {}
    versions: dict[str, str] = {}

    def save(self, place: Path) -> None:
        """Write it so that a reader finds the old or the new one, and never a half."""
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = place.with_suffix(".new")
        scratch.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        scratch.replace(place)


def read_state(place: Path) -> State | None:
    """What was begun and not undone; None when nothing was.

    Raises:
        InputError: the file can't be read.
    """
    try:
        return msgspec.json.decode(place.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(str(place), None, f"does not tell what to undo: {error}") from None


def started_at(pid: int) -> int | None:
    """When a process began, in clock ticks; None for one that is gone or only waits to be collected."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = said.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def inside(room: Process) -> dict[int, str]:
    """The processes in a room's namespaces and below, with their names."""
    wanted = _namespace(room.pid)
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _namespaces(int(entry.name)):
            found[int(entry.name)] = _read(entry / "comm").strip()
    return found


def pid_outside(room: Process, inner: int) -> int | None:
    """The pid on this machine of what has that one in a room; None for one that has gone."""
    room_of = _namespace(room.pid)
    for pid in inside(room):
        told = re.search(r"^NSpid:.*\t(\d+)$", _read(Path(f"/proc/{pid}/status")), re.MULTILINE)
        if told and int(told[1]) == inner and _namespace(pid) == room_of:
            return pid
    return None


def _namespace(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    except OSError:
        return -1


def _namespaces(pid: int) -> Iterator[int]:
    """The process namespaces that a process is in, its own first."""
    try:
        handle = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY)
    except OSError:
        return
    try:
        while True:
            yield os.fstat(handle).st_ino
            above = fcntl.ioctl(handle, _PARENT)
            os.close(handle)
            handle = above
    except OSError:  # the one above is this process's own, or out of its sight
        return
    finally:
        os.close(handle)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def memory(room: Process) -> int:
    """MiB that the processes of a room use together, pages that they share counted once."""
    total = 0
    for pid in inside(room):
        for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total // 1024


def is_root() -> bool:
    """Whether this process may make namespaces."""
    return os.geteuid() == 0
