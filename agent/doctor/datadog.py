"""Datadog: keys, site, and what the application key may read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from agent.doctor.check import Asked, Check, check
from agent.live_datadog import account_of, scope_of
from agent.settings import DatadogSettings, read
from tools.datadog.connect import connect
from tools.datadog.live import LiveDatadog
from tools.datadog.requests import Bounds
from tools.evidence import Window
from tools.parallel import in_order
from tools.source import Answer

_SYSTEM = "datadog"
_CALL_SECONDS = 8.0
_PERMISSIONS = {
    "logs": "logs_read_data",
    "metrics": "timeseries_query",
    "events": "events_read",
    "monitors": "monitors_read",
}
"""What an application key's scope, and the role of its owner, have to hold."""
_TRIED = "kube_deployment_status_replicas_available"


def checks(asked: Asked) -> Iterator[Check]:
    """Keys and site by their form; then one read of each kind."""
    found = read(DatadogSettings)
    if found.api_key is None and found.app_key is None:
        said = "not configured: neither DD_API_KEY nor DD_APP_KEY is set"
        yield check(_SYSTEM, "keys", "off", said, "export DD_SITE=datadoghq.com DD_API_KEY=... DD_APP_KEY=...")
        return
    if found.api_key is None or found.app_key is None:
        missing = "DD_API_KEY" if found.api_key is None else "DD_APP_KEY"
        where = "API Keys" if missing == "DD_API_KEY" else "Application Keys"
        do = f"export {missing}=... (Datadog shows it under Organization Settings, {where})"
        # An Agent's environment often holds only the first, so this is no mistake.
        yield check(_SYSTEM, "keys", "warning", f"not read: {missing} is not set, and both keys are needed", do)
        return
    server = connect(account_of(found, found.api_key, found.app_key))
    yield check(_SYSTEM, "keys", "ok", f"both are set; {server.address}")
    bounds = Bounds(seconds=asked.left, call_seconds=min(_CALL_SECONDS, asked.left))
    datadog = LiveDatadog(server, scope_of(found), asked.namespace or "", bounds)
    now = datetime.now(UTC)
    window = Window(now - timedelta(minutes=15), now)
    calls: dict[str, Callable[[], Answer[Any]]] = {
        "logs": partial(datadog.logs, asked.namespace or "", window),
        "metrics": partial(datadog.series, _TRIED, {}, window),
        "events": partial(datadog.events, window),
        "monitors": datadog.rules,
    }
    for what, answer in zip(calls, in_order(list(calls.values()), len(calls), asked.deadline), strict=True):
        yield _read(what, answer)
    server.close()


def _read(what: str, answer: Answer[Any] | None) -> Check:
    if answer is None:
        return check(_SYSTEM, what, "missing", "no answer in time", unreached=True)
    match answer.status:
        case "denied":
            do = (
                f"give the application key, and the role of its owner, the permission {_PERMISSIONS[what]};"
                " if both keys are right, check that DD_SITE is the site that they are of"
            )
            return check(_SYSTEM, what, "missing", f"may not be read: {answer.error}", do)
        case "error":
            return check(
                _SYSTEM, what, "missing", answer.error, "check DD_SITE, the network and the proxy", unreached=True
            )
        case "empty":
            said = f"may be read; nothing was found in the last 15 minutes ({answer.query})"
            return check(_SYSTEM, what, "warning" if what != "monitors" else "ok", said)
        case _:
            return check(_SYSTEM, what, "ok", f"may be read: {len(answer.value)} found in the last 15 minutes")
