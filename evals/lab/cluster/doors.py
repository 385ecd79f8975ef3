"""Loopback ports of this machine that lead into a cluster's network."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from evals.lab.cluster.room import Room


class Door(Struct, frozen=True):
    """An address inside, and the port outside that is tried first (0: any)."""

    address: str
    port: int = 0


def open_doors(room: Room, program: Path, doors: Mapping[str, Door], log: Path) -> tuple[int, dict[str, int]]:
    """One process that joins them all; its pid, and which port each one got.

    The sockets are made here, outside, and handed over: so the way in needs no interface and no rule.
    """
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(_listening(door.port)) for name, door in doors.items()}
        command: list[str | Path] = [
            program,
            *(f"{sockets[name].fileno()}={door.address}" for name, door in doors.items()),
        ]
        pid = room.start(command, log, list(sockets.values()))
        return pid, {name: one.getsockname()[1] for name, one in sockets.items()}


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=64)
    except OSError:  # somebody else has it
        return socket.create_server(("127.0.0.1", 0), backlog=64)
