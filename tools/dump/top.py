"""`kubectl top` as samples, under the names by which a metric store knows the same quantities."""

import re
from collections.abc import Iterator
from datetime import datetime

from tools.dump.parts import Part
from tools.evidence import Window
from tools.kubectl_text.tables import rows
from tools.objects.pods import Pod
from tools.selectors import Wanted, is_wanted
from tools.source import Answer, Series

MEMORY, CPU = "container_memory_working_set_bytes", "container_cpu_usage_seconds_total"
MINUTE = 60.0
"""What `top` prints of CPU is a mean of the last minute or so."""
_AMOUNT = re.compile(r"(\d+)([a-zA-Z]*)")
_FACTORS = {"m": 0.001, "n": 1e-9, "u": 1e-6, "": 1.0, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


class TopMetrics:
    """A metric store that knows what `top` printed, and nothing else."""

    def __init__(self, series: dict[str, list[Series]]) -> None:
        """Serve `series`."""
        self._series = series

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """Samples of the window."""
        known = self._series.get(metric)
        query = "kubectl top pods --containers -A"
        if known is None:
            return Answer([], metric, "error", "a dump holds no metrics but those of kubectl top")
        start, end = window.start.timestamp(), window.end.timestamp()
        found = [
            Series(one.labels, one.points)
            for one in known
            if is_wanted(one.labels, wanted) and start <= one.points[-1][0] <= end
        ]
        return Answer(found, query, "ok" if found else "empty")


def samples_of(
    part: Part, namespace: str, at: datetime, pods: dict[tuple[str, str], Pod]
) -> Iterator[tuple[str, Series]]:
    """Metric and series of every row of `top pods`; a sum over several containers is nobody's, and left out.

    CPU is written as what the counter grew by in that minute, so that its rate is what `top` printed.
    """
    now = at.timestamp()
    for row in rows(part.text):
        name, place = row.get("POD") or row.get("NAME", ""), row.get("NAMESPACE") or namespace
        container = row.get("NAME", "") if "POD" in row else _only_container(pods.get((place, name)))
        if not container:
            continue
        labels = {"namespace": place, "pod": name, "container": container}
        cpu, memory = amount(row.get("CPU(cores)", "")), amount(row.get("MEMORY(bytes)", ""))
        if memory is not None:
            yield MEMORY, Series(labels, [(now, memory)])
        if cpu is not None:
            yield CPU, Series(labels, [(now - MINUTE, 0.0), (now, cpu * MINUTE)])


def amount(text: str) -> float | None:
    """`250m` or `120Mi` in cores or bytes."""
    found = _AMOUNT.fullmatch(text.strip())
    factor = _FACTORS.get(found[2]) if found else None
    return int(found[1]) * factor if found and factor is not None and len(found[1]) < 16 else None


def _only_container(pod: Pod | None) -> str:
    names = [one.name for one in pod.status.container_statuses] if pod is not None else []
    return names[0] if len(names) == 1 else ""
