"""What was asked of a cluster and not, or not whole, answered."""

from collections.abc import Sequence

from tools.evidence import Gap
from tools.objects.meta import Wire
from tools.snapshot import Snapshot
from tools.source import Answer, LogRef


def list_gap(kind: str, answer: Answer[Sequence[Wire]], *, live: bool = False) -> Gap:
    """The gap that a list of objects leaves."""
    return Gap(
        id=f"gap/kubernetes/{kind.lower()}",
        source="kubernetes",
        what=kind,
        status=answer.status,
        error=answer.error,
        live=live,
        whole_in=answer.whole_in,
    )


def log_gap(snapshot: Snapshot, ref: LogRef, answer: Answer[str], *, live: bool = False) -> Gap:
    """The gap that a log leaves, under the name of the component whose log it is."""
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
