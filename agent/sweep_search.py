"""Log lines and events that a search over all systems finds in a sweep."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from agent.clock import Clock
from agent.incident import Incident
from tools.evidence import Gap, Window
from tools.logs import read_log
from tools.snapshot import Snapshot
from tools.source import Answer, LogRef, SearchedLine, SearchSource

Searched = Iterator[Answer[list[SearchedLine]] | None]


def ask_searched(source: SearchSource | None, incident: Incident, window: Window, clock: Clock) -> Searched:
    """Ask for events of every kind and the lines of the incident's namespace."""
    if source is None:
        return iter(())
    return clock.asked([partial(source.events, window), partial(source.logs, incident.namespace, window)])


def keep_searched(snapshot: Snapshot, answers: Searched, clock: Clock) -> None:
    """Lines found by a search stand in for logs that the cluster itself did not give."""
    for what, answered in zip(("events", "logs"), answers, strict=False):
        answer: Answer[list[SearchedLine]] = answered or Answer([], "", "error", clock.late())
        if what == "events":
            snapshot.searched.extend(answer.value)
        else:
            _stand_in(snapshot, answer.value)
        if not answer.known:
            snapshot.gaps.append(
                Gap(
                    id=f"gap/datadog/{what}",
                    source="datadog",
                    what=what,
                    status=answer.status,
                    error=answer.error,
                    live=clock.live or answer.live,
                )
            )


def _stand_in(snapshot: Snapshot, lines: list[SearchedLine]) -> None:
    by_log: dict[LogRef, list[SearchedLine]] = {}
    for line in lines:
        if line.pod:
            by_log.setdefault(LogRef(line.namespace, line.pod, line.container or line.service), []).append(line)
    known = {(ref.namespace, ref.pod, ref.container) for ref in snapshot.logs}
    for ref, found in by_log.items():
        if (ref.namespace, ref.pod, ref.container) not in known:
            snapshot.logs[ref] = read_log([f"{_stamp(line.at)} {line.text}" for line in found])


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
