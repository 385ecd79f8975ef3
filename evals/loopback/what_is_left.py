"""What a recording holds that an API server of the same moment could still tell."""

from collections.abc import Sequence

from tools.evidence import Window
from tools.objects.meta import Wire
from tools.objects.pods import Pod
from tools.source import Answer, ClusterSource, LogRef


class WhatIsLeft:
    """A recording without the logs of pods that are gone: those no API server can give."""

    def __init__(self, recorded: ClusterSource) -> None:
        """Answer as `recorded` does."""
        self._recorded = recorded
        pods = recorded.objects("Pod", None).value
        self._there = {(one.metadata.namespace, one.metadata.name) for one in pods if isinstance(one, Pod)}

    def objects(self, kind: str, namespace: str | None) -> Answer[Sequence[Wire]]:
        """As recorded."""
        return self._recorded.objects(kind, namespace)

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:
        """As recorded."""
        return self._recorded.logs(ref, window)

    def room(self) -> int | None:
        """As recorded."""
        return self._recorded.room()

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        """Logs of the pods that are there."""
        return [ref for ref in self._recorded.log_refs(namespace) if (ref.namespace, ref.pod) in self._there]
