"""The logs that a question is about: what the sweep read, and some of what it did not."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from tools.evidence import HISTORY, Gap, Status
from tools.gaps import log_gap
from tools.logs import LogDigest, read_log
from tools.objects.pods import Pod
from tools.parallel import in_order
from tools.questions.names import listed
from tools.questions.toolbox import Toolbox
from tools.source import Answer, LogRef

_FURTHER = 12
"""Containers that one question reads in addition."""
_SECONDS = 8.0
_AT_ONCE = 6
_KINDS = frozenset({"logs", "log", "pods/log"})


class Unread(Struct, frozen=True):
    """Logs that a question is about and that were not read.

    Attributes:
        text: Why, one line each with a line feed before it; also who has no log yet.
    """

    count: int = 0
    status: Status | None = None
    text: str = ""


def logs_of(toolbox: Toolbox, namespace: str, component: str) -> dict[LogRef, LogDigest]:
    """Logs of a namespace or of one component; a few that the sweep left out are read now."""
    _read_further(toolbox, _missing(toolbox, namespace, component)[:_FURTHER])
    return {
        ref: log
        for ref, log in toolbox.all_logs()
        if ref.namespace == namespace and component in {"", toolbox.snapshot.component_of_pod_name(namespace, ref.pod)}
    }


def logs_query(toolbox: Toolbox, namespace: str, component: str) -> str:
    """How a person reads the same logs."""
    since = f"{toolbox.snapshot.window.widened(HISTORY).start:%Y-%m-%dT%H:%M:%SZ}"
    options = f"--all-containers --prefix --timestamps --since-time={since}"
    if component:
        return f"kubectl logs -n {namespace} {component.partition('/')[2]} {options}"
    return f"for pod in $(kubectl get pods -n {namespace} -o name); do kubectl logs -n {namespace} $pod {options}; done"


def unread_logs(toolbox: Toolbox, namespace: str, component: str) -> Unread:
    """What was not read of the logs that a question is about, and why."""
    gaps = [one for one in _log_gaps(toolbox) if _concerns(toolbox, one, namespace, component)]
    missing = len(_missing(toolbox, namespace, component))
    text = "".join(f"\nnot read: {one}" for one in sorted({f"{gap.status}: {gap.error}" for gap in gaps})[:2])
    if missing:
        better = "" if component else "; name a workload to read its logs"
        text += f"\nlogs of {missing} more containers were not read{better}"
    if waiting := _not_started(toolbox, namespace, component):
        text += f"\nnot started: {listed(waiting)}"
    status = gaps[0].status if gaps else "truncated" if missing else None
    return Unread(len(gaps) + missing, status, text)


def _not_started(toolbox: Toolbox, namespace: str, component: str) -> dict[str, str]:
    """Components with containers that have not begun, which have no log yet, and what they wait for."""
    found: dict[str, str] = {}
    for pod in toolbox.snapshot.pods:
        whose = toolbox.snapshot.component_of(pod)
        if pod.metadata.namespace == namespace and component in {"", whose}:
            reasons = [one.waiting_reason for one in pod.statuses if not one.has_begun]
            if reasons or (not pod.statuses and pod.status.phase == "Pending"):
                found[whose] = f"({next(filter(None, reasons), 'Pending')})"
    return found


def _log_gaps(toolbox: Toolbox) -> list[Gap]:
    return [*(one for one in toolbox.snapshot.gaps if one.what.lower() in _KINDS), *list(toolbox.unread.values())]


def _concerns(toolbox: Toolbox, gap: Gap, namespace: str, component: str) -> bool:
    if gap.namespace not in {"", namespace}:
        return False
    return not (component and gap.pod) or toolbox.snapshot.component_of_pod_name(namespace, gap.pod) == component


def _missing(toolbox: Toolbox, namespace: str, component: str) -> list[LogRef]:
    """Containers, and instances that ended lately, that nobody has asked for their log."""
    asked = {ref for ref, _ in toolbox.all_logs()}
    gone = {(gap.namespace, gap.pod, gap.container) for gap in _log_gaps(toolbox)}
    return [
        ref
        for pod in toolbox.snapshot.pods
        if pod.metadata.namespace == namespace and component in {"", toolbox.snapshot.component_of(pod)}
        for ref in _instances(pod, toolbox.snapshot.window.widened(HISTORY).start)
        if ref not in asked and (ref.namespace, ref.pod, ref.container) not in gone
    ]


def _instances(pod: Pod, since: datetime) -> Iterator[LogRef]:
    for one in pod.statuses:
        if one.has_begun:
            yield LogRef(pod.metadata.namespace, pod.metadata.name, one.name)
        last = one.last_state.terminated
        if last is not None and (last.finished_at is None or last.finished_at >= since):
            yield LogRef(pod.metadata.namespace, pod.metadata.name, one.name, previous=True)


def _read_further(toolbox: Toolbox, refs: Sequence[LogRef]) -> None:
    cluster = toolbox.sources.later or toolbox.sources.cluster
    if cluster is None:
        return
    window = toolbox.snapshot.window.widened(HISTORY)
    calls = [partial(cluster.logs, ref, window) for ref in refs]
    answers = in_order(calls, _AT_ONCE, time.monotonic() + _SECONDS)
    for ref, answered in zip(refs, answers, strict=True):
        answer = answered or Answer("", "", "error", f"no answer within {_SECONDS:g} s")
        toolbox.logs[ref] = read_log(answer.value)
        if not answer.known:
            toolbox.unread[ref] = log_gap(toolbox.snapshot, ref, answer)
