"""The names that remediation commands are made of."""

from msgspec import Struct

from agent.diagnosis import Risk
from agent.finding import Finding
from agent.ownership import Owner
from agent.scene import Scene
from tools.changes import Change


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

    def find_workload(self) -> str | None:
        """The workload that a command would act on: the component, or one that the finding touches."""
        near: tuple[str, ...] = (self.component, *self.finding.touches, *(self.finding.on_edge or ()))
        return next((one for one in near if one in self.scene.snapshot.workloads), None)

    def object_words(self) -> str:
        """`-n namespace kind/name` of the component itself; empty for somebody outside."""
        if "/" not in self.component:
            return ""
        namespace, kind, name = self.component.split("/", 2)
        return f"{kind}/{name}" if namespace == "-" else f"-n {namespace} {kind}/{name}"

    def of(self, verb: str, rest: str = "") -> str | None:
        """A command on the workload; None without one."""
        return f"kubectl {verb} {self.at}{' ' + rest if rest else ''}" if self.at else None

    def changed(self, *starts: str) -> Change | None:
        """The latest recent change of the workload whose field begins with one of `starts`."""
        changes = self.scene.recent_changes(self.workload) if self.workload else []
        return next((one for one in reversed(changes) if one.field.startswith(starts)), None)
