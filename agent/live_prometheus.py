"""A metric store as one of the sources of a live diagnosis, where its address is set."""

from msgspec import structs
from pydantic import SecretStr

from agent.settings import PrometheusSettings, read
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import DEFAULT
from tools.source import Sources


def with_prometheus(sources: Sources) -> Sources:
    """The sources with the samples, queries and alerts of `PROMETHEUS_URL`; nothing is sent to it yet.

    Raises:
        InputError: an address, a file or a header is not as expected; it names the variable to mend.
    """
    access = access_of(read(PrometheusSettings))
    if access is None:
        return sources
    store = LivePrometheus(Server(access, DEFAULT.answer_bytes))
    return structs.replace(sources, metrics=store, sizes=store, promql=store, alerts=store)


def access_of(found: PrometheusSettings) -> Access | None:
    """The way to the store; None where none is set."""
    if found.url is None:
        return None
    return Access(
        url=found.url,
        token=_text(found.token),
        username=found.username or "",
        password=_text(found.password),
        ca_file=found.ca_file or "",
        cert_file=found.cert_file or "",
        key_file=found.key_file or "",
        headers=found.headers,
    )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
