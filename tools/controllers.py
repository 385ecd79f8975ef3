"""What stands at the top of a chain of controllers."""

from collections.abc import Mapping, Sequence

from tools.objects.workloads import Job, ReplicaSet


class Controllers:
    """Owners of ReplicaSets and Jobs.

    Args:
        revisions: ReplicaSets by the component id of their Deployment.
    """

    def __init__(self, revisions: Mapping[str, Sequence[ReplicaSet]], jobs: Sequence[Job]) -> None:
        """Index both by namespace and name."""
        self._above: dict[tuple[str, str, str], str] = {}
        for component, several in revisions.items():
            for one in several:
                self._above["ReplicaSet", one.metadata.namespace, one.metadata.name] = component
        for job in jobs:
            owner, meta = job.metadata.controller, job.metadata
            if owner:
                above = f"{meta.namespace}/{owner.kind.lower()}/{owner.name}"
                self._above.setdefault(("Job", meta.namespace, meta.name), above)

    def top(self, namespace: str, kind: str, name: str) -> str:
        """The component at the top; an object that nothing controls is its own."""
        known = self._above.get((kind, namespace, name))
        if known is None and kind == "ReplicaSet":
            # A ReplicaSet that was not read still carries its Deployment's name before the last dash.
            return f"{namespace}/deployment/{name.rpartition('-')[0] or name}"
        return known or f"{namespace}/{kind.lower()}/{name}"
