"""What of a cluster runs, where it is reached and what it costs."""

from pathlib import Path

from evals.lab.build import built, kubernetes
from evals.lab.cluster.places import Places
from evals.lab.cluster.state import State, inside, memory, read_state
from evals.lab.commands import CommandError
from evals.lab.kubectl import Kubectl


def running(places: Places) -> State | None:
    """The running cluster's state, None when none runs."""
    state = read_state(places.state)
    return state if state is not None and state.room is not None and state.room.alive() else None


def own_kubectl(places: Places) -> Kubectl:
    """The kubectl of the lab's binary for its own cluster."""
    binary = built(kubernetes(), places.built, lambda _: None)
    return Kubectl(binary.parent / "bin" / "kubectl", places.kubeconfig)


def status(places: Places) -> str:
    """A text for the person."""
    state = running(places)
    if state is None or state.room is None:
        left = places.state.exists()
        return "down, with leftovers: `faultside-lab cluster down` removes them\n" if left else "down\n"
    kubectl = own_kubectl(places)
    lines = [("versions", ", ".join(f"{name} {version}" for name, version in state.versions.items()))]
    lines += [(name, _tail(state, name)) for name in state.daemons]
    lines += [
        ("memory", f"{memory(state.room)} MiB in {len(inside(state.room))} processes"),
        ("pods", _pods(kubectl)),
        ("logs", str(places.cluster / "logs")),
        ("kubectl", " ".join(kubectl.command())),
    ]
    return "".join(f"{name:<26}{value}\n" for name, value in lines)


def _tail(state: State, name: str) -> str:
    pid = state.daemons[name]
    word = "runs" if Path(f"/proc/{pid}").exists() else "is gone"
    ports = {"kube-apiserver": "kubernetes", "prometheus": "prometheus", "prometheus-alertmanager": "alertmanager"}
    scheme = "https" if name == "kube-apiserver" else "http"
    port = state.ports.get(ports.get(name, ""))
    return f"{word}, pid {pid}" + (f", {scheme}://127.0.0.1:{port}" if port else "")


def _pods(kubectl: Kubectl) -> str:
    try:
        said = kubectl("get", "pods", "-A", "--no-headers", "-o", "custom-columns=PHASE:.status.phase").split()
    except CommandError as error:
        return str(error)
    return ", ".join(f"{said.count(phase)} {phase}" for phase in sorted(set(said))) or "none"
