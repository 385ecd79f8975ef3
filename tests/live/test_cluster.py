"""The lab's cluster on this machine: it comes up, and nothing of it stays."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from evals.lab.cluster.down import take_down
from evals.lab.cluster.mount_points import mounted
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import KERNEL
from evals.lab.cluster.state import inside, read_state
from evals.lab.cluster.status import own_kubectl, running, status
from evals.lab.cluster.up import add_node, up
from tools.errors import InputError

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
FOLDERS = ("/run", "/var/lib", "/var/log", "/etc", "/opt", "/usr/share", "/usr/libexec")


def the_machine(lab: Places) -> dict[str, object]:
    """What a cluster could leave behind; folders that another one uses at this moment come and go with that."""
    used = mounted()
    folders = [*FOLDERS, *map(str, Path("/usr/lib").glob("*-linux-gnu"))]
    return {
        "processes": [pid for pid in _pids() if str(lab.home) in _words(pid)],
        "interfaces": _names("/sys/class/net"),
        "namespaces": _out("ip", "netns", "list"),
        "rules": _out("ip", "rule") + _out("ip", "route", "show", "table", "all"),
        "tables": Path("/proc/net/ip_tables_names").read_text() if Path("/proc/net/ip_tables_names").exists() else "",
        "mounts": sorted(Path("/proc/mounts").read_text().splitlines()),
        "groups": sorted(str(path) for path in Path("/sys/fs/cgroup").glob(f"*/{lab.mark}*")),
        "kernel": {name: (Path("/proc/sys") / name).read_text() for name in KERNEL},
        "sysctls": {str(path): path.read_text() for path in Path("/proc/sys/net/ipv4").glob("*forward*")},
        "folders": {folder: [name for name in _names(folder) if f"{folder}/{name}" not in used] for folder in folders},
    }


def _names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def _pids() -> list[int]:
    return [int(name) for name in _names("/proc") if name.isdigit() and int(name) != os.getpid()]


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _out(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nothing_of_a_cluster_stays(lab: Places) -> None:
    before = the_machine(lab)
    said: list[str] = []
    up(lab, said.append)
    assert own_kubectl(lab)("get", "--raw", "/readyz") == "ok"
    assert "kubelet                   runs" in status(lab)
    assert the_machine(lab)["kernel"] == before["kernel"]  # although the kubelet has set them
    up(lab, said.append)
    assert said[-1] == "the cluster is up already"
    assert take_down(lab)
    assert the_machine(lab) == before
    assert not take_down(lab)


def test_after_a_kill_of_everything_up_cleans_first_and_down_leaves_nothing(lab: Places) -> None:
    before = the_machine(lab)
    os.kill(add_node(lab, lambda _: None), signal.SIGSTOP)
    state = read_state(lab.state)
    assert state is not None
    assert state.room is not None
    os.kill(state.daemons["kubelet"], signal.SIGKILL)
    with pytest.raises(InputError, match=r"^kubelet: ended: "):  # told at once, not after a timeout
        add_node(lab, lambda _: None)
    for pid in [*inside(state.room), *state.daemons.values()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    time.sleep(0.5)
    assert running(lab) is None
    assert "leftovers" in status(lab)
    said: list[str] = []
    up(lab, said.append)
    assert "removing what an earlier cluster left" in said
    assert take_down(lab)
    assert the_machine(lab) == before
