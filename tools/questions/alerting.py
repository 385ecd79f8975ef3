"""Alerts and monitors as other tools tell them beside their own answer."""

from tools.questions.answers import Row
from tools.questions.toolbox import Toolbox
from tools.source import Alert

_SHOWN = 3


def alerts_told(toolbox: Toolbox) -> tuple[str, list[Row]]:
    """A line about what alerts now, begun with a line break and empty where nothing watches; and all of it."""
    watch = toolbox.sources.alerts
    if watch is None:
        return "", []
    answer = watch.alerts()
    rows = [_row(one) for one in answer.value]
    said = [_words(toolbox, one) for one in answer.value[:_SHOWN]]
    if len(answer.value) > _SHOWN:
        said.append(f"{len(answer.value) - _SHOWN} more")
    if not answer.known:
        said.append(f"{answer.status}: {answer.error}")
    return f"\nalerts now: {'; '.join(said) or 'none'}", rows


def _words(toolbox: Toolbox, alert: Alert) -> str:
    since = f" since {toolbox.clock(alert.since)}" if alert.since else ""
    of = ", ".join(f"{label}={value}" for label, value in sorted(alert.labels.items()) if label != "alertname")
    return f"{alert.name} {alert.state}{since}" + (f" ({of})" if of else "")


def _row(alert: Alert) -> Row:
    return {"name": alert.name, "state": alert.state, "since": alert.since, "labels": alert.labels}
