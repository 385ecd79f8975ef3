"""Datadog's log search, or a recording of it, with what its monitors say."""

from collections import Counter

from tools.questions.alerting import alerts_told
from tools.questions.answers import Found, Row
from tools.questions.toolbox import Toolbox
from tools.source import SearchedLine


def datadog_search(toolbox: Toolbox, query: str) -> Found:
    """Datadog's logs of the window by its search syntax, such as `service:payment status:error "timed out"`."""
    search = toolbox.sources.search
    assert search is not None  # noqa: S101 - not offered without
    window = toolbox.snapshot.window
    answer = search.search(query, window)
    lines = sorted(answer.value, key=lambda one: one.at, reverse=True)
    by_service = Counter(one.service or one.pod or "?" for one in lines)
    by_status = Counter(one.status or "?" for one in lines)
    said = f"\n{answer.status}: {answer.error}" if answer.error else ""
    counts = "; ".join(_most(counted) for counted in (by_service, by_status))
    alerting, alerts = alerts_told(toolbox)
    span = f", {toolbox.clock(lines[-1].at)} to {toolbox.clock(lines[0].at)}" if lines else ""
    return Found(
        about=(query,),
        query=answer.query,
        heading=f"{len(lines)} lines match {query!r} in the window{span}"
        + (f"\n{counts}" if lines else "")
        + said
        + alerting,
        rows=[_line(toolbox, one) for one in lines],
        of="lines, newest first",
        source="datadog",
        value={
            "matches": len(lines),
            "by_service": dict(by_service),
            "by_status": dict(by_status),
            "first": lines[-1].at if lines else None,
            "last": lines[0].at if lines else None,
            "alerts": alerts,
            "lines": [_row(one) for one in lines[:20]],
        },
        status=answer.status if answer.status != "ok" or lines else "empty",
    )


def _most(counted: Counter[str]) -> str:
    return ", ".join(f"{key} {count}" for key, count in counted.most_common(6))


def _line(toolbox: Toolbox, one: SearchedLine) -> str:
    whose = one.service or one.container or one.pod
    return f"{toolbox.clock(one.at)} {whose} {one.status}: {one.text}"


def _row(one: SearchedLine) -> Row:
    return {
        "at": one.at,
        "service": one.service,
        "namespace": one.namespace,
        "pod": one.pod,
        "status": one.status,
        "text": one.text,
    }
