"""The log view of a component: what its containers' lines say, counted by whom they are about."""

import re
from collections import Counter
from datetime import datetime

from msgspec import Struct, to_builtins

from tools.callgraph import CallGraph
from tools.evidence import Window
from tools.plain_text import plain
from tools.snapshot import Snapshot
from tools.source import LogRef
from tools.traffic import Traffic, traffic_of

SHOWN_LINES = 8
_HEADER = re.compile(r"^(?:\S+ )*(?:fail|crit|warn|erro?r?|info|dbug): [\w.`+]+\[\d+\]$")


def is_header(line: str) -> bool:
    """Whether a line only names a logger, as .NET's console does; what it says follows on the next one."""
    return _HEADER.match(line.strip()) is not None


def telling(lines: list[str], number: int) -> str:
    """The line, with the next one when it is only a header."""
    whole = is_header(lines[number]) and number + 1 < len(lines)
    return f"{lines[number]} {lines[number + 1].strip()}" if whole else lines[number]


def log_view(snapshot: Snapshot, graph: CallGraph, component: str) -> tuple[str, str, object] | None:
    """Query, text and value of a component's logs; None when none were read.

    The value counts calls by callee, answers by status class, and the program's own states by family, each in
    the window and before it.
    """
    refs = [ref for ref in snapshot.logs if snapshot.component_of_pod_name(ref.namespace, ref.pod) == component]
    if not refs:
        return None
    namespace, kind, name = component.split("/", 2)
    quotes: list[tuple[str, str]] = []
    calls: dict[str, object] = {}
    for edge in graph.calls_of(component):
        if edge.hits:
            counted = traffic_of(edge, snapshot.window, snapshot.now)
            calls[edge.callee] = traffic_value(snapshot, counted, quotes)
    retold = _retold(snapshot, graph, component, quotes)
    own, served = _own_and_served(snapshot, refs, quotes)
    total = sum(len(snapshot.logs[ref].lines) for ref in refs)
    lines = [line for _, line in sorted(quotes)[-SHOWN_LINES:]]
    value = {"lines": total, "calls": calls, "retold": retold, "own": own, "served": served}
    text = f"{len(lines)} of {total} lines\n" + "\n".join(lines)
    return f"kubectl logs -n {namespace} {kind}/{name} --all-containers --timestamps", text, value


def _retold(snapshot: Snapshot, graph: CallGraph, component: str, quotes: list[tuple[str, str]]) -> dict[str, object]:
    """Failed calls of others that this component's lines quote, by `caller -> callee`."""
    found: dict[str, object] = {}
    for edge in graph.edges:
        if edge.caller != component and edge.hits:
            witnesses = {snapshot.component_of_pod_name(hit.ref.namespace, hit.ref.pod) for hit in edge.hits}
            if component in witnesses:
                counted = traffic_of(edge, snapshot.window, snapshot.now)
                found[f"{edge.caller} -> {edge.callee}"] = traffic_value(snapshot, counted, quotes)
    return found


def traffic_value(snapshot: Snapshot, counted: Traffic, quotes: list[tuple[str, str]]) -> dict[str, object]:
    """The counts of one edge as plain JSON; quoted lines are collected for the text."""
    quote = ""
    if counted.sample is not None:
        quote = plain(telling(snapshot.logs[counted.sample.ref].lines, counted.sample.line), 400)
        quotes.append((str(counted.sample.at), quote))
    return {
        "failed": counted.failed,
        "worked": counted.worked,
        "failed_before": counted.failed_before,
        "worked_before": counted.worked_before,
        "worked_since": counted.worked_since,
        "families": counted.families,
        "statuses": counted.statuses,
        "producers": counted.producers,
        "first": counted.first,
        "last": counted.last,
        "last_worked": counted.last_worked,
        "slowest": counted.slowest,
        "quote": quote,
    }


def _own_and_served(
    snapshot: Snapshot, refs: list[LogRef], quotes: list[tuple[str, str]]
) -> tuple[dict[str, object], dict[str, int]]:
    window: Window = snapshot.window
    own: dict[str, _Said] = {}
    served: Counter[str] = Counter()
    for ref in refs:
        digest = snapshot.logs[ref]
        for one in digest.mentions:
            inside = one.at is None or window.holds(one.at)
            if one.kind == "served":
                served[f"{one.status // 100}xx" if one.status else one.family] += inside
            elif one.kind == "own" or one.target is None:
                own.setdefault(one.family, _Said()).add(one.at, inside, telling(digest.lines, one.line))
    for family, said in own.items():
        if said.quote and family not in _CALM:
            quotes.append((str(said.last), said.quote))
    return {family: to_builtins(said) for family, said in own.items()}, {k: n for k, n in served.items() if n}


_CALM = frozenset({"health_ok", "started", "ok", "attempt"})


class _Said(Struct):
    """How often a component said something of its own, and the last line of the window."""

    in_window: int = 0
    before: int = 0
    first: datetime | None = None
    last: datetime | None = None
    quote: str = ""

    def add(self, at: datetime | None, inside: bool, line: str) -> None:
        """Count one line."""
        if not inside:
            self.before += 1
            return
        self.in_window += 1
        self.first = self.first or at
        self.last, self.quote = at, plain(line, 400)
