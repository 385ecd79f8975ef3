"""A log that was asked for and not, or not whole, answered."""

from tools.evidence import Gap
from tools.snapshot import Snapshot
from tools.source import Answer, LogRef


def log_gap(snapshot: Snapshot, ref: LogRef, answer: Answer[str], *, live: bool = False) -> Gap:
    """The gap under the name of the component whose log it is."""
    return Gap(
        id=f"gap/logs/{snapshot.component_of_pod_name(ref.namespace, ref.pod)}",
        source="kubernetes",
        what="logs",
        status=answer.status,
        error=answer.error,
        namespace=ref.namespace,
        pod=ref.pod,
        container=ref.container,
        live=live,
        previous=ref.previous,
    )
