"""Datadog as one of the sources of a live diagnosis, where its keys are set."""

import re

from msgspec import structs
from pydantic import SecretStr

from agent.incident import Incident
from agent.settings import DatadogSettings, read
from tools.datadog.connect import Account, connect
from tools.datadog.live import LiveDatadog
from tools.errors import InputError
from tools.evidence import Gap
from tools.metric_stores import Both, Filled
from tools.source import Sources

_TAG = re.compile(r"[A-Za-z][\w./-]*:[\w./:-]+")


def with_datadog(sources: Sources, incident: Incident) -> Sources:
    """The sources with Datadog's logs, events and monitors, and its samples for what another metric store lacks.

    One key without the other is a gap: an Agent's environment often holds only the first.

    Raises:
        InputError: the site, the URL, the scope or a key is not as expected; it names the variable to mend.
    """
    found = read(DatadogSettings)
    if found.api_key is None and found.app_key is None:
        return sources
    if found.api_key is None or found.app_key is None:
        missing = "DD_API_KEY" if found.api_key is None else "DD_APP_KEY"
        said = f"{missing} is not set, and Datadog is read with both keys"
        gap = Gap(id="gap/datadog/logs", source="datadog", what="logs", status="error", error=said)
        return structs.replace(sources, gaps=(*sources.gaps, gap))
    server = connect(account_of(found, found.api_key, found.app_key))
    datadog = LiveDatadog(server, scope_of(found), incident.namespace)
    metrics = Filled(sources.metrics, datadog) if sources.metrics else datadog
    alerts = Both(sources.alerts, datadog) if sources.alerts else datadog
    return structs.replace(sources, search=datadog, metrics=metrics, alerts=alerts)


def scope_of(found: DatadogSettings) -> tuple[str, ...]:
    """The tags that everything must have.

    Raises:
        InputError: one of them is none.
    """
    tags = tuple(tag.strip() for tag in found.scope.split(",") if tag.strip())
    wrong = next((tag for tag in tags if not _TAG.fullmatch(tag)), None)
    if wrong is not None:
        said = f"expected tags such as kube_cluster_name:prod,env:prod, got {wrong!r}"
        raise InputError("FAULTSIDE_DATADOG_SCOPE", None, said)
    return tags


def account_of(found: DatadogSettings, api_key: SecretStr, app_key: SecretStr) -> Account:
    """The account that the settings name."""
    return Account(
        api_key=api_key.get_secret_value(),
        app_key=app_key.get_secret_value(),
        site=found.site,
        url=found.url,
        proxy=found.proxy,
    )
