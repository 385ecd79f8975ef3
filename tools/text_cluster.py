"""A cluster that answers from texts which somebody has collected."""

from collections.abc import Sequence

from tools.evidence import Status, Window
from tools.kubectl_text import Bundle
from tools.objects.decode import decode_list
from tools.objects.meta import Wire
from tools.objects.pods import Pod
from tools.objects.workloads import Workload
from tools.source import Answer, LogRef

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


class TextCluster:
    """Kubernetes as far as the texts tell: a kind that nobody asked for is unknown, not empty.

    Attributes:
        logs_by_ref: Each container's log with times; filled by whoever knows where logs are.
        lacking: Status and words for each kind that is known in part or was refused.
        uncollected: What to say of a log that is not there; empty where no log means an empty one.
    """

    def __init__(self, objects: dict[str, list[Wire]], asked: set[str]) -> None:
        """Serve `objects` by kind; of the kinds in `asked` there are no others."""
        self._objects, self._asked = objects, asked
        self.logs_by_ref: dict[LogRef, str] = {}
        self.lacking: dict[str, tuple[Status, str]] = {}
        self.uncollected = ""

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> "TextCluster":
        """Decode what was collected.

        Raises:
            InputError: a text gave an object that is none.
        """
        found: dict[str, list[Wire]] = {}
        for kind, one in decode_list(bundle.encoded(), "collected texts"):
            found.setdefault(kind, []).append(one)
        return cls(found, bundle.kinds)

    def objects(self, kind: str, namespace: str | None) -> Answer[Sequence[Wire]]:
        """All objects of a kind."""
        query = f"kubectl get {kind.lower()} {f'-n {namespace}' if namespace else '-A'} -o json"
        found = [
            one
            for one in self._objects.get(kind, ())
            if namespace is None or one.metadata.namespace == namespace  # type: ignore[attr-defined]
        ]
        status, error = self.lacking.get(kind, ("ok", ""))
        if found or error:
            return Answer(found, query, status, error)
        return Answer([], query, "empty") if kind in self._asked else Answer([], query, "error", "not collected")

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        """Logs that were collected."""
        return [ref for ref in self.logs_by_ref if ref.namespace == namespace]

    def room(self) -> int | None:
        """As many as there are."""
        return None

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:  # noqa: ARG002 - collected texts are bounded
        """One log."""
        query = f"kubectl logs -n {ref.namespace} {ref.pod} -c {ref.container} --timestamps"
        query += " --previous" if ref.previous else ""
        text = self.logs_by_ref.get(ref)
        if text is None:
            return Answer("", query, "error" if self.uncollected else "empty", self.uncollected)
        return Answer(text, query)

    def pods_of(self, name: str) -> list[Pod]:
        """Pods of the workload called `name`, the troubled ones first."""
        pods = [one for one in self._objects.get("Pod", ()) if isinstance(one, Pod)]
        mine = [pod for pod in pods if _workload_of(pod) == name or pod.metadata.name == name]
        return sorted(mine, key=lambda pod: (pod.ready, pod.metadata.name))

    def names(self, namespace: str) -> set[str]:
        """Names of the namespace's workloads."""
        kinds = (self._objects.get(kind, ()) for kind in _WORKLOADS)
        found = (one for several in kinds for one in several if isinstance(one, Workload))
        return {one.metadata.name for one in found if one.metadata.namespace == namespace}


def _workload_of(pod: Pod) -> str:
    """The workload's name, by the rule after which a Deployment names its ReplicaSets."""
    owner = pod.metadata.controller
    if owner is None:
        return ""
    return owner.name.rpartition("-")[0] if owner.kind == "ReplicaSet" else owner.name
