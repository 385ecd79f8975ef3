"""Watches what this process does while it diagnoses a recording: nothing but reading is expected."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

_ACTS = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.sendto",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.remove",
    "os.rename",
    "os.truncate",
    "shutil.rmtree",
}
_WATCHED: ContextVar[list[str] | None] = ContextVar("acts", default=None)


@contextmanager
def acts_watched() -> Iterator[list[str]]:
    """What happens inside, in the same thread or task, that is more than reading."""
    _hooked()
    acts: list[str] = []
    token = _WATCHED.set(acts)
    try:
        yield acts
    finally:
        _WATCHED.reset(token)


@cache
def _hooked() -> None:
    """An audit hook stays for the life of the process, hence once."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    acts = _WATCHED.get()
    if acts is None:
        return
    if event in _ACTS or (event == "open" and _writes(arguments)):
        acts.append(f"{event} {arguments[0]!r}"[:200])


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode = arguments[1]
    return isinstance(mode, str) and any(sign in mode for sign in "wax+")
