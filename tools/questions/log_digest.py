"""What logs say, understood and counted: failed calls by callee, a program's own states, answers by class."""

from tools.log_families import CALL_FAMILIES
from tools.logs import LogDigest
from tools.questions.answers import Found, Row
from tools.questions.log_reading import logs_query, unread_logs
from tools.questions.names import listed, short
from tools.questions.toolbox import Toolbox
from tools.source import LogRef
from tools.traffic import traffic_of
from tools.views_logs import telling

_CALM = frozenset({"health_ok", "started", "ok", "attempt", "declined", "consumed", "publish_confirmed"})
_QUOTES = 6
_SLOW = 1.0


def digest(toolbox: Toolbox, namespace: str, component: str, logs: dict[LogRef, LogDigest]) -> Found:
    """The digest of one component's logs, or of a namespace's by component."""
    by_component: dict[str, dict[LogRef, LogDigest]] = {}
    for ref, log in logs.items():
        whose = toolbox.snapshot.component_of_pod_name(namespace, ref.pod)
        by_component.setdefault(whose, {})[ref] = log
    value = {whose: _row(toolbox, whose, several) for whose, several in by_component.items()}
    order = sorted(value, key=lambda whose: (-_weight(value[whose]), whose))
    unread = unread_logs(toolbox, namespace, component)
    lines = sum(row["lines"] for row in value.values())
    scope = f"{namespace}/{short(component)}" if component else f"{namespace}, {len(value)} workloads"
    quotes = _quotes(toolbox, logs) if component else []
    return Found(
        about=(namespace, short(component)),
        query=logs_query(toolbox, namespace, component),
        heading=f"{scope}: {lines:,} lines of {len(logs)} logs; of the window:" + unread.text,
        rows=[*(_line(whose, value[whose]) for whose in order if value[whose]["lines"]), *quotes, *_silent(value)],
        of="lines, what fails most first",
        value={whose: value[whose] for whose in order},
        status="truncated" if unread.status and lines else unread.status or ("ok" if lines else "empty"),
    )


def _row(toolbox: Toolbox, component: str, logs: dict[LogRef, LogDigest]) -> Row:
    window, now = toolbox.snapshot.window, toolbox.snapshot.now
    calls = {}
    for edge in toolbox.graph.calls_of(component):
        if edge.hits:
            counted = traffic_of(edge, window, now)
            calls[edge.callee] = {
                "failed": counted.failed,
                "worked": counted.worked,
                "failed_before": counted.failed_before,
                "worked_before": counted.worked_before,
                "families": counted.families,
                "first_failed": counted.first,
                "last_failed": counted.last,
                "slowest_seconds": counted.slowest,
            }
    own: dict[str, int] = {}
    served: dict[str, int] = {}
    slowest = 0.0
    for log in logs.values():
        for one in log.mentions:
            if one.at is not None and not window.holds(one.at):
                continue
            if one.kind == "served":
                slowest = max(slowest, one.seconds or 0.0)
                key = f"{one.status // 100}xx" if one.status else one.family
                served[key] = served.get(key, 0) + 1
            elif one.family not in _CALM and (one.kind == "own" or one.target is None):
                own[one.family] = own.get(one.family, 0) + 1
    return {
        "lines": sum(len(log.lines) for log in logs.values()),
        "calls": calls,
        "own": own,
        "served": served,
        "slowest_answer_seconds": slowest,
    }


def _weight(row: Row) -> int:
    failed: int = sum(call["failed"] for call in row["calls"].values())
    own: int = sum(row["own"].values())
    return failed + own + int(row["served"].get("5xx", 0))


def _line(component: str, row: Row) -> str:
    parts = [f"{row['lines']:,} lines"]
    for callee, call in sorted(row["calls"].items(), key=lambda one: -one[1]["failed"]):
        ways = ", ".join(f"{way} {count}" for way, count in call["families"].items())
        total = call["failed"] + call["worked"]
        if not total:
            continue
        slow = f", slowest {call['slowest_seconds']:.1f} s" if call["slowest_seconds"] >= _SLOW else ""
        how = f" ({ways})" if ways else ""
        parts.append(f"calls to {short(callee)}: {call['failed']} of {total} failed{how}{slow}")
    parts += [f"said {family} {count} times" for family, count in row["own"].items()]
    parts += [f"answered {status} {count} times" for status, count in row["served"].items()]
    slowest = row["slowest_answer_seconds"]
    parts += [f"slowest answer {slowest:.1f} s"] if slowest >= _SLOW else []
    return f"{short(component)}: {'; '.join(parts)}"


def _silent(value: dict[str, Row]) -> list[str]:
    silent = dict.fromkeys(sorted(whose for whose, row in value.items() if not row["lines"]), "")
    return [f"logged nothing: {listed(silent)}"] if silent else []


def _quotes(toolbox: Toolbox, logs: dict[LogRef, LogDigest]) -> list[str]:
    """The newest lines of the window that tell of trouble; without any, the newest lines."""
    window = toolbox.snapshot.window
    found = [
        (one.at, telling(log.lines, one.line))
        for log in logs.values()
        for one in log.mentions
        if one.at is not None and window.holds(one.at) and (one.family in CALL_FAMILIES or one.kind == "own")
        if one.family not in _CALM
    ]
    if not found:
        found = [
            (at, line)
            for log in logs.values()
            for at, line in list(zip(log.times, log.lines, strict=True))[-_QUOTES:]
            if at is not None and at <= toolbox.snapshot.now
        ]
    newest = sorted(set(found), reverse=True)[:_QUOTES]
    return [f"{toolbox.clock(at)} {line}" for at, line in newest]
