"""The cluster that an experiment runs on: the lab's own, or one that the person named."""

import json
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from evals.lab.cluster.places import Places
from evals.lab.cluster.status import own_kubectl
from evals.lab.cluster.up import up
from evals.lab.commands import CommandError
from evals.lab.kubectl import Kubectl
from tools.errors import InputError

NAMESPACE = "sock-shop"
MARK = ("app.kubernetes.io/managed-by", "faultside-lab")
"""A namespace with this label is the lab's; it touches no other."""


class Target(Struct, frozen=True):
    """Where things are changed.

    Attributes:
        name: For people.
        built: Where the lab's programs are.
        own: Whether it is the lab's own cluster.
        prometheus: Its metric store's address, if one is known.
    """

    name: str
    kubectl: Kubectl
    built: Path
    own: bool
    namespace: str = NAMESPACE
    prometheus: str | None = None

    def __call__(self, *words: str, given: str = "", seconds: float = 60) -> str:
        """Ask kubectl in the experiment's namespace.

        Raises:
            CommandError: it refused.
        """
        return self.kubectl("--namespace", self.namespace, *words, given=given, seconds=seconds)

    def options(self) -> list[str]:
        """How faultside is told to look at this cluster."""
        found = ["--namespace", self.namespace]
        found += ["--kubeconfig", str(self.kubectl.kubeconfig)] if self.kubectl.kubeconfig else []
        return found + (["--context", self.kubectl.context] if self.kubectl.context else [])


def own_target(places: Places, tell: Callable[[str], None]) -> Target:
    """The lab's own cluster, started if it does not run.

    Raises:
        InputError: this machine can't.
    """
    state = up(places, tell)
    address = f"http://127.0.0.1:{state.ports['prometheus']}"
    return Target("the lab's own cluster", own_kubectl(places), places.built, own=True, prometheus=address)


def named_target(places: Places, kubeconfig: Path | None, context: str, prometheus: str | None) -> Target:
    """A cluster of the person's; only a context that was named is ever used.

    Raises:
        InputError: there is no such context, it can't be reached, or its namespace is somebody else's.
    """
    built = sorted(places.built.glob("kubernetes-*/bin/kubectl"))
    kubectl = Kubectl(built[-1] if built else "kubectl", kubeconfig, context)
    target = Target(f"context {context}", kubectl, places.built, own=False, prometheus=prometheus)
    try:
        known = kubectl("config", "get-contexts", "--output=name").split()
        if context not in known:
            raise InputError("--context", None, f"expected one of {', '.join(known) or 'none'}, got {context!r}")
        check_namespace(target)
    except CommandError as error:
        raise InputError("--context", None, str(error)) from None
    return target


def check_namespace(target: Target) -> bool:
    """Whether the namespace is there.

    Raises:
        InputError: it is there, and not the lab's.
    """
    said = target.kubectl("get", "namespace", target.namespace, "--ignore-not-found", "-o", "json")
    if not said.strip():
        return False
    labels = json.loads(said)["metadata"].get("labels", {})
    if labels.get(MARK[0]) != MARK[1]:
        raise InputError(
            f"namespace {target.namespace}", None, f"is not the lab's in {target.name}; nothing was changed"
        )
    return True
