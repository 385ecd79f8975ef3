"""What may leave the process for Datadog, tried on the guard and through the library; and who may ask where."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.loopback.datadog import DatadogServer, account_of_run
from tools.datadog.connect import Account, connect
from tools.datadog.guard import READS, check
from tools.errors import InputError
from tools.read_only import ReadOnlyError

RUN = Path(__file__).parents[2] / "evals" / "runs" / "sockshop" / "r-2a6171"
KEYS = {"api_key": "a" * 32, "app_key": "b" * 40}


@pytest.mark.parametrize(("method", "path"), READS)
def test_the_listed_reads_pass(method: str, path: str) -> None:
    check(method, path, ["DD-API-KEY", "dd-application-key", "Content-Type"])


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/api/v2/logs"),
        ("POST", "/api/v1/input"),
        ("POST", "/api/v2/logs/events/search/"),
        ("POST", "/api/v2/logs/events/../logs"),
        ("POST", "/api/v2/logs/events/search?filter=x"),
        ("POST", "/api/v1/query"),
        ("POST", "/api/v1/monitor"),
        ("PUT", "/api/v1/monitor/1"),
        ("DELETE", "/api/v1/monitor/1"),
        ("POST", "/api/v1/monitor/1/mute"),
        ("GET", "/api/v1/monitor/1"),
        ("GET", "/api/v1/api_key"),
        ("GET", "/api/v2/users"),
        ("GET", "/api/v1/query?from=1&to=2&query=x&other=y"),
        ("GET", "/api/v1/query\n"),
        ("GET", "/api/v1%2Fquery"),
        ("GET", "//api/v1/query"),
        ("get", "/api/v1/query"),
        ("GET", "http://elsewhere.example/api/v1/query"),
        ("GET", ""),
    ],
)
def test_everything_else_is_refused(method: str, target: str) -> None:
    with pytest.raises(ReadOnlyError):
        check(method, target)


@pytest.mark.parametrize("header", ["Authorization", "X-HTTP-Method-Override", "Upgrade", "Cookie"])
def test_unknown_headers_are_refused(header: str) -> None:
    with pytest.raises(ReadOnlyError):
        check("GET", "/api/v1/monitor", [header])


@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
    st.text(alphabet="/apiv12logsevtquryn?=&%.", max_size=40),
)
def test_no_other_path_passes(method: str, target: str) -> None:
    try:
        check(method, target)
    except ReadOnlyError:
        return
    assert (method, target.partition("?")[0]) in READS


def test_the_library_cannot_change_anything_through_our_client() -> None:
    from datadog_api_client.v1.api.events_api import EventsApi
    from datadog_api_client.v1.api.monitors_api import MonitorsApi
    from datadog_api_client.v1.model.event_create_request import EventCreateRequest
    from datadog_api_client.v2.api.key_management_api import KeyManagementApi
    from datadog_api_client.v2.api.logs_api import LogsApi
    from datadog_api_client.v2.model.http_log import HTTPLog

    with DatadogServer(account_of_run(RUN)) as server:
        client = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))._client
        forbidden: list[Callable[[], object]] = [
            lambda: LogsApi(client).submit_log(HTTPLog([])),
            lambda: MonitorsApi(client).delete_monitor(1),
            lambda: EventsApi(client).create_event(EventCreateRequest(title="x", text="y")),
            lambda: KeyManagementApi(client).list_api_keys(),
            lambda: client.rest_client.request("GET", "http://127.0.0.1:1/api/v1/monitor"),
        ]
        for attempt in forbidden:
            with pytest.raises(ReadOnlyError):
                attempt()
        assert server.requests == []


@pytest.mark.parametrize(
    ("account", "variable", "said"),
    [
        (Account(api_key="", app_key="b" * 40), "DD_API_KEY", "got nothing"),
        (Account(api_key="a" * 32, app_key=""), "DD_APP_KEY", "got nothing"),
        (Account(api_key="a" * 32, app_key="two\nlines and more"), "DD_APP_KEY", "something else"),
        (Account(**KEYS, site="app.datadoghq.eu"), "DD_SITE", "did you mean datadoghq.eu?"),
        (Account(**KEYS, site="https://api.us5.datadoghq.com/"), "DD_SITE", "did you mean us5.datadoghq.com?"),
        (Account(**KEYS, site="us1"), "DD_SITE", "for another server set DD_URL"),
        (Account(**KEYS, url="api.datadoghq.com"), "DD_URL", "expected a URL"),
        (Account(**KEYS, url="http://datadog.example"), "DD_URL", "in the clear"),
        (Account(**KEYS, url="https://user@datadog.example"), "DD_URL", "expected a URL"),
    ],
)
def test_what_is_wrong_names_its_variable_before_anything_is_sent(account: Account, variable: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        connect(account)
    assert error.value.file == variable
    assert said in error.value.message
    assert "two" not in error.value.message


def test_the_site_and_the_url_lead_to_their_servers() -> None:
    assert connect(Account(**KEYS)).address == "https://api.datadoghq.com"
    assert connect(Account(**KEYS, site="us3.datadoghq.com")).address == "https://api.us3.datadoghq.com"
    assert connect(Account(**KEYS, url="https://api.ap9.datadoghq.com/")).address == "https://api.ap9.datadoghq.com"


def test_the_environment_of_the_library_does_not_lead_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DD_SITE", "datadoghq.eu")
    monkeypatch.setenv("DD_API_KEY", "another")
    server = connect(Account(**KEYS))
    assert server.address == server._client.configuration.host == "https://api.datadoghq.com"
    assert server._configuration.api_key == {"apiKeyAuth": "a" * 32, "appKeyAuth": "b" * 40}
