"""The names that remediation commands are made of."""

import shlex

from msgspec import Struct

from agent.detectors.backends import is_broker, is_store
from agent.diagnosis import Risk
from agent.finding import Finding
from agent.ownership import Owner
from agent.scene import Scene
from tools.changes import Change
from tools.components import parts_of

_NETWORK = frozenset({"namespace", "cluster"})
"""Kinds that stand for a way through the network: there is no object to describe or to edit."""


class Remedy(Struct, frozen=True):
    """One action made concrete."""

    title: str
    command: str | None = None
    risk: Risk = "low"
    undo: str | None = None
    component: str | None = None
    who: str = ""


class Names:
    """A finding's component, workload and recent changes, in the words of a command line."""

    def __init__(self, scene: Scene, finding: Finding, owner: Owner) -> None:
        """Take names from the finding's component, or from the workload that it touches."""
        self.scene, self.finding, self.owner = scene, finding, owner
        self.component = finding.component
        self.workload = self.find_workload()
        namespace, _, rest = (self.workload or "//").partition("/")
        kind, _, name = rest.partition("/")
        self.at = f"-n {namespace} {kind}/{name}" if self.workload else ""
        self.object = self.object_words()
        self.is_network = parts_of(self.component)[1] in _NETWORK

    def find_workload(self) -> str | None:
        """The workload that a command would act on: the component, or one that the finding touches."""
        near: tuple[str, ...] = (self.component, *self.finding.touches, *(self.finding.on_edge or ()))
        return next((one for one in near if one in self.scene.snapshot.workloads), None)

    @property
    def keeps_state(self) -> bool:
        """Whether the command's workload keeps records or messages: more replicas of it are no more capacity."""
        acted_on = self.workload or self.component
        stateful = "/statefulset/" in acted_on
        return stateful or is_store(self.scene, acted_on) or is_broker(self.scene, acted_on)

    @property
    def replicas(self) -> int | None:
        """How many replicas the workload asks for; None without one."""
        return self.scene.snapshot.workloads[self.workload].desired if self.workload else None

    @property
    def has_earlier_revision(self) -> bool:
        """Whether there is one to go back to, as far as was read."""
        return not self.workload or len(self.scene.snapshot.replica_sets.get(self.workload, [])) != 1

    def object_words(self) -> str:
        """`-n namespace kind/name` of the component itself; empty for somebody outside."""
        if "/" not in self.component:
            return ""
        namespace, kind, name = self.component.split("/", 2)
        return f"{kind}/{name}" if namespace == "-" else f"-n {namespace} {kind}/{name}"

    def of(self, verb: str, *rest: str) -> str | None:
        """A command on the workload, its further arguments quoted where a shell needs that; None without one."""
        return " ".join((f"kubectl {verb} {self.at}", *map(shlex.quote, rest))) if self.at else None

    def edit(self) -> str | None:
        """A command that edits the component itself; None where it is no object."""
        return f"kubectl edit {self.object}" if self.object and not self.is_network else None

    def edit_back(self) -> str | None:
        """How an edit of the component is undone."""
        return f"save kubectl get {self.object} -o yaml before, apply it again to undo" if self.edit() else None

    def changed(self, *starts: str) -> Change | None:
        """The latest recent change of the workload whose field begins with one of `starts`."""
        changes = self.scene.recent_changes(self.workload) if self.workload else []
        return next((one for one in reversed(changes) if one.field.startswith(starts)), None)
