"""Namespaces of its own for a whole cluster: network, processes, mounts.

Whatever happens in them ends with their first process: the kernel kills what runs there, unmounts what was mounted
there, removes the interfaces and rules. There is no uplink, and the default route is unreachable.
"""

import os
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from evals.lab.cluster.mount_points import alone, lent, make, mount_namespace, mount_namespaces
from evals.lab.cluster.places import Places
from evals.lab.cluster.state import Process, State, pid_outside, started_at
from evals.lab.commands import last_words, run, spawn
from tools.errors import InputError

NODE_ADDRESS, SECOND_ADDRESS = "192.168.250.10", "192.168.250.11"
SERVICES = "10.96.0.0/16"
RUNTIMES, AGENTS = Path("/run/containerd"), Path("/var/lib/kubelet")
"""Where container runtimes and kubelets keep their sockets: those have short names, however long the lab's is."""
PRIVATE = ("/run/mount", str(RUNTIMES), "/var/log/containers", "/var/log/pods", "/var/lib/cni")
"""Folders that a kubelet, containerd or a network plugin writes whatever they are told: the room has its own."""
KERNEL = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
"""Settings of the whole machine that a kubelet changes: the room has files in their place."""
_UNSHARE = (
    *("unshare", "--net", "--mount", "--propagation=private", "--uts", "--ipc", "--pid"),
    *("--fork", "--kill-child", "--mount-proc"),
)
_WAIT = 10.0


class Furniture(Struct, frozen=True):
    """What a room gets from outside: the environment of its programs, and folders by where they expect them."""

    environment: Mapping[str, str]
    folders: Mapping[str, Path]


class Room(Struct, frozen=True):
    """Open namespaces, and the environment of what starts in them."""

    first: Process
    environment: Mapping[str, str]

    def entering(self, command: Sequence[str | Path]) -> list[str]:
        """A command as it has to be called from outside."""
        return [
            "nsenter",
            f"--target={self.first.pid}",
            "--net",
            "--pid",
            "--mount",
            "--uts",
            "--ipc",
            "--",
            *map(str, command),
        ]

    def run(self, command: Sequence[str | Path], *, given: str = "", seconds: float = 60) -> str:
        """What a program wrote that ran inside to its end.

        Raises:
            CommandError: it ended badly.
        """
        return run(self.entering(command), given=given, seconds=seconds, environment=self.environment)

    def start(self, command: Sequence[str | Path], log: Path, sockets: Sequence[socket.socket] = ()) -> int:
        """Start a daemon inside; its pid on this machine. It inherits `sockets`, under their numbers here.

        Nobody outside waits for it: whoever did would stop together with it, and stay stopped.

        Raises:
            InputError: it ended at once, with the last that it wrote.
        """
        inner = spawn(command, log, self.environment, sockets, self.entering(()))
        if pid := pid_outside(self.first, inner):
            return pid
        raise InputError(Path(command[0]).name, None, f"ended at once: {last_words(log)}")


def open_room(places: Places, state: State, init: Path, furniture: Furniture) -> Room:
    """Open the namespaces; what has to be undone is in the state before it is done.

    Raises:
        InputError: the machine doesn't let us.
    """
    folders = {str(AGENTS): places.cluster / "kubelets", **furniture.folders}
    (places.cluster / "kubelets").mkdir()
    with alone():
        state.made = lent((*PRIVATE, *folders))
        state.save(places.state)
        make(state.made)
        log = places.cluster / "logs" / "room.log"
        first = _child(spawn([*_UNSHARE, init], log, {}))
        started = started_at(first)
        if started is None:
            raise InputError("unshare", None, "no namespaces can be made here")
        state.room = Process(first, started)
        state.save(places.state)
        room = Room(state.room, furniture.environment)
        _furnish(room, places, folders)
    return room


def close_room(first: Process) -> None:
    """Kill the first process, and wait until the kernel has swept up after it."""
    if not first.alive():
        return
    mounts = mount_namespace(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    end = time.monotonic() + _WAIT
    while mounts in mount_namespaces() and time.monotonic() < end:
        time.sleep(0.02)


def _furnish(room: Room, places: Places, folders: Mapping[str, Path]) -> None:
    kept = places.cluster / "kernel"
    kept.mkdir(parents=True, exist_ok=True)
    lines = ["set -eu", "mount --make-rshared /"]
    lines += [f"mount -t tmpfs -o mode=755 lab {folder}" for folder in PRIVATE]
    lines += [f"mount --bind {source} {target}" for target, source in folders.items()]
    for name in KERNEL:
        own = kept / name.replace("/", "-")
        lines.append(f"cat /proc/sys/{name} > {own}; mount --bind {own} /proc/sys/{name}")
    lines += [
        "ip link set lo up",
        "ip link add node0 type veth peer name node0p",  # dummy devices are missing in small kernels
        f"ip addr add {NODE_ADDRESS}/24 dev node0",
        "ip link set node0 up; ip link set node0p up",
        f"ip route add {SERVICES} dev node0",  # a local packet is routed before kube-proxy's rules see it
        "ip route add unreachable default",
        "echo 1 > /proc/sys/net/ipv4/ip_forward",
        "[ ! -e /proc/sys/net/bridge ] || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables",
    ]
    room.run(["sh", "-s"], given="\n".join(lines))


def _child(parent: int) -> int:
    """The one child of a process that forks once."""
    end = time.monotonic() + _WAIT
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while time.monotonic() < end:
        try:
            said = children.read_text(encoding="utf-8").split()
        except (FileNotFoundError, ProcessLookupError):
            break
        if said:
            return int(said[0])
        time.sleep(0.005)
    raise InputError("nsenter", None, "did not start what it was told to")
