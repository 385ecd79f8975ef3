"""From nothing to a cluster whose node is ready and whose names resolve."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from string import Template

from msgspec import Struct

from evals.lab.cluster import daemons
from evals.lab.cluster.cgroups import make_group
from evals.lab.cluster.doors import Door, open_doors
from evals.lab.cluster.down import take_down
from evals.lab.cluster.keys import Keys, kubeconfig, make_keys
from evals.lab.cluster.parts import Parts, check_machine, prepare
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import Room, open_room
from evals.lab.cluster.state import State, inside, read_state, started_at
from evals.lab.commands import last_words
from evals.lab.images import COREDNS_IMAGE, PAUSE, STATES
from evals.lab.kubectl import Kubectl, wait_until
from tools.errors import InputError

DOORS = {
    "kubernetes": Door("127.0.0.1:6443"),
    "prometheus": Door("127.0.0.1:9090", 4025),
    "alertmanager": Door("127.0.0.1:9093"),
}
_SETTINGS = Path(__file__).parent / "settings"
_QUESTION = (
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    b"\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01"
)

Tell = Callable[[str], None]


class _Rise(Struct):
    """A cluster that is being started."""

    places: Places
    plan: daemons.Plan
    room: Room
    state: State
    tell: Tell

    def start(self, command: list[str], called: str = "") -> None:
        """Start a daemon, or leave the one that runs; `called` tells it from another of the same program."""
        name = Path(command[0]).name
        called = called or name
        if self.runs(called):
            return
        log = self._log(called)
        program = self.plan.parts.programs / name
        if not program.exists():
            program = Path(command[0]) if "/" in command[0] else self.plan.parts.debian.program(name)
        words: list[str | Path] = [program, *command[1:]]
        self.state.daemons[called] = self.room.start(words, log)
        self.state.save(self.places.state)

    def runs(self, called: str) -> bool:
        """Whether that daemon was started and has not ended."""
        return self.state.daemons.get(called) in inside(self.room.first)

    def wait(self, what: str, true: Callable[[], object], seconds: float) -> None:
        """Wait until it is true; for a daemon that has ended nobody needs to wait.

        Raises:
            InputError: it was not true in time, or a daemon ended, with the last that it wrote.
        """

        def come() -> object:
            self.check_daemons()
            return true()

        self.tell(f"{what}: {wait_until(come, what, seconds):.1f} s")

    def check_daemons(self) -> None:
        for name, pid in self.state.daemons.items():
            if started_at(pid) is None:
                raise InputError(name, None, f"ended: {last_words(self._log(name))}")

    def _log(self, called: str) -> Path:
        return self.places.cluster / "logs" / f"{called}.log"


def up(places: Places, tell: Tell) -> State:
    """Start a cluster, or leave the one that runs; leftovers of one that died are removed first.

    Raises:
        InputError: this machine can't, or a part did not come up in time.
    """
    check_machine()
    state = read_state(places.state)
    if state is not None and state.room is not None and state.room.alive():
        tell("the cluster is up already")
        return state
    if state is not None:
        tell("removing what an earlier cluster left")
        take_down(places)
    parts = prepare(places, tell)
    with ExitStack() as undo:
        undo.callback(take_down, places)
        state = _rise(places, parts, tell)
        undo.pop_all()
    return state


def _rise(places: Places, parts: Parts, tell: Tell) -> State:
    state = State(cgroup=places.mark, versions=parts.versions())
    state.save(places.state)
    (places.cluster / "logs").mkdir(parents=True, mode=0o700)
    make_group(state.cgroup)
    room = open_room(places, state, parts.init, parts.furniture())
    plan = daemons.Plan(places, parts, make_keys(places.cluster / "keys"), PAUSE, daemons.first_node(places))
    rise = _Rise(places, plan, room, state, tell)
    _start_control(rise)
    _start_node(rise, "kubelet")
    _start_services(rise)
    return state


def _start_control(rise: _Rise) -> None:
    rise.plan.setting("cni.conflist")
    _lay_out(rise.places.cluster)
    for daemon in (daemons.containerd, daemons.etcd, daemons.apiserver):
        rise.start(daemon(rise.plan))
    _open(rise)
    kubectl = kubectl_of(rise.places, rise.plan.parts.programs)
    rise.wait("API server", lambda: kubectl("get", "--raw", "/readyz"), 120)
    for daemon in (daemons.controllers, daemons.scheduler, daemons.proxy):
        rise.start(daemon(rise.plan))


def _lay_out(cluster: Path) -> None:
    (cluster / "resolv.conf").write_text("options ndots:1\n", encoding="utf-8")
    plugins = cluster / "cni"
    plugins.mkdir()
    (cluster / "cni.conflist").rename(plugins / "10-pods.conflist")
    hosts = cluster / "registries" / "registry.example.com"
    hosts.mkdir(parents=True)
    place = f'"http://{daemons.REGISTRY}"'
    server = f'server = {place}\n[host.{place}]\n  capabilities = ["pull", "resolve"]\n'
    (hosts / "hosts.toml").write_text(server, encoding="utf-8")


def _open(rise: _Rise) -> None:
    log = rise.places.cluster / "logs" / "door.log"
    pid, rise.state.ports = open_doors(rise.room, rise.plan.parts.door, DOORS, log)
    rise.state.daemons["door"] = pid
    rise.state.save(rise.places.state)
    server = f"https://127.0.0.1:{rise.state.ports['kubernetes']}"
    rise.places.kubeconfig.touch(mode=0o600)
    rise.places.kubeconfig.write_text(kubeconfig(rise.plan.keys, "admin", server), encoding="utf-8")


def kubectl_of(places: Places, programs: Path) -> Kubectl:
    """The cached binary's kubectl against the running cluster."""
    return Kubectl(programs / "kubectl", places.kubeconfig)


def add_node(places: Places, tell: Tell) -> int:
    """A second node with a container runtime of its own, or the one that is there; its agent's pid on this machine.

    Raises:
        InputError: it was not ready in time.
    """
    state = up(places, tell)
    parts, node = prepare(places, tell), daemons.second_node(places)
    node.folder.mkdir(exist_ok=True)
    make_group(node.group)
    assert state.room is not None, "it is up"  # noqa: S101
    room = Room(state.room, parts.furniture().environment)
    room.run(["ip", "addr", "replace", f"{node.address}/24", "dev", "node0"])
    plan = daemons.Plan(places, parts, Keys(places.cluster / "keys"), PAUSE, node)
    rise = _Rise(places, plan, room, state, tell)
    rise.start(daemons.containerd(plan), "containerd-2")
    _start_node(rise, "kubelet-2")
    return state.daemons["kubelet-2"]


def _start_node(rise: _Rise, name: str) -> None:
    node = rise.plan.node
    control = ["ctr", f"--address={node.socket}", "--namespace=k8s.io"]
    control[0] = str(rise.plan.parts.debian.program("ctr"))
    rise.wait("containerd", lambda: rise.room.run([*control, "version"]), 60)
    if not rise.runs(name):
        for archive in rise.plan.parts.images:
            rise.room.run([*control, "images", "import", archive])
        rise.room.run([*control, "images", "label", PAUSE, "io.cri-containerd.pinned=pinned"])
    rise.start(daemons.kubelet(rise.plan), name)
    kubectl = kubectl_of(rise.places, rise.plan.parts.programs)
    ready = ("get", "node", node.name, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}")
    rise.wait("node", lambda: kubectl(*ready) == "True", 120)
    rise.wait("service accounts", lambda: kubectl("get", "serviceaccount", "default"), 60)


def _start_services(rise: _Rise) -> None:
    kubectl = kubectl_of(rise.places, rise.plan.parts.programs)
    for name, image in (("coredns.yaml", COREDNS_IMAGE), ("monitoring.yaml", STATES)):
        text = Template((_SETTINGS / name).read_text(encoding="utf-8"))
        addresses = {"dns": daemons.DNS_ADDRESS, "states": daemons.STATES_ADDRESS}
        kubectl.apply(text.substitute(image=image, **addresses))
    for daemon in (daemons.alertmanager, daemons.prometheus, daemons.registry):
        rise.start(daemon(rise.plan))
    rise.wait("DNS", lambda: _resolves(rise.room), 90)
    available = ("-n", "monitoring", "rollout", "status", "deployment/kube-state-metrics", "--timeout=60s")
    rise.wait("metrics", lambda: kubectl(*available), 90)


def _resolves(room: Room) -> bool:
    """Whether cluster DNS answers behind its Service; kube-proxy is a second or two later than the pod."""
    program = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); "
        f"s.sendto({_QUESTION!r}, ({daemons.DNS_ADDRESS!r}, 53)); print(s.recv(512)[3] & 15)"
    )
    return room.run([sys.executable, "-c", program]).strip() == "0"
