"""Datadog over HTTP: the live source reads what the recording holds, and tells what it could not read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.loopback.datadog import Account as Held
from evals.loopback.datadog import DatadogServer, account_of_run
from evals.loopback.faults import Fault, Faults, Request, always, on
from evals.loopback.server import Reply
from tools.datadog.connect import Account, connect
from tools.datadog.guard import READS, check
from tools.datadog.live import LiveDatadog
from tools.datadog.names import aliases_of
from tools.datadog.requests import Bounds
from tools.errors import ToolError
from tools.evidence import Window
from tools.recorded import RecordedMetrics, open_recording
from tools.recorded_datadog import read_series
from tools.run_folder import read_head
from tools.signals import SIGNALS
from tools.source import MOST_FOUND, Answer, SearchSource, Series

RUNS = Path(__file__).parents[2] / "evals" / "runs"
ALL = sorted(path.parent.parent for path in RUNS.glob("*/*/datadog/logs.jsonl"))
ONE = RUNS / "sockshop" / "r-2a6171"
ALERTED = RUNS / "sockshop" / "r-f2988c"
SHORT = Bounds(seconds=1.5, call_seconds=0.6)
METRICS = sorted({name for signal in SIGNALS for name in signal.metrics})
AVAILABLE = "kube_deployment_status_replicas_available"
LOGS, EVENTS, QUERY, MONITORS = (path for _, path in list(READS)[:4])


@contextmanager
def live(
    folder: Path, faults: Faults | None = None, bounds: Bounds = SHORT, scope: tuple[str, ...] = (), home: str = ""
) -> Iterator[tuple[DatadogServer, LiveDatadog]]:
    with serving(account_of_run(folder), faults, bounds, scope, home) as both:
        yield both


@contextmanager
def serving(
    held: Held, faults: Faults | None = None, bounds: Bounds = SHORT, scope: tuple[str, ...] = (), home: str = ""
) -> Iterator[tuple[DatadogServer, LiveDatadog]]:
    with DatadogServer(held, faults) as server:
        connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
        yield server, LiveDatadog(connection, scope, home, bounds)
        connection.close()


def recorded(folder: Path) -> tuple[SearchSource, RecordedMetrics, Window]:
    """The recording, with Datadog's own samples only."""
    head = read_head(folder)
    search = open_recording(head).search
    assert search is not None
    metrics = RecordedMetrics(read_series(folder / "datadog" / "metrics.jsonl", head.recorded_at))
    return search, metrics, Window(head.recorded_at - timedelta(hours=4), head.recorded_at)


def alike(answer: Answer[list[Series]]) -> list[tuple[list[tuple[str, str]], list[tuple[float, float]]]]:
    return sorted((sorted(one.labels.items()), one.points) for one in answer.value)


@pytest.mark.parametrize("folder", ALL, ids=lambda one: one.name)
def test_live_and_recorded_answer_alike(folder: Path) -> None:
    search, metrics, window = recorded(folder)
    namespace = search.search("*", window).value[0].namespace
    queries = [
        "*",
        "status:error",
        f"kube_namespace:{namespace} -status:info",
        "(refused OR timeout) post*",
        "5?? OR 2??",
    ]
    with live(folder, bounds=Bounds(requests=100)) as (server, datadog):
        assert datadog.events(window) == search.events(window)
        assert datadog.logs(namespace, window) == search.logs(namespace, window)
        for query in queries:
            assert datadog.search(query, window) == search.search(query, window)
        for metric in METRICS:
            theirs = metrics.series(metric, {}, window)
            ours = datadog.series(metric, {}, window)
            assert (alike(ours), ours.status) == (alike(theirs), theirs.status)
        assert {(one.method, one.path) for one in server.requests} <= set(READS)


def test_a_matched_metric_is_asked_for_by_its_tags() -> None:
    _, metrics, window = recorded(ONE)
    wanted = {"namespace": "sock-shop", "deployment": "payment"}
    with live(ONE) as (server, datadog):
        answer = datadog.series(AVAILABLE, wanted, window)
        assert alike(answer) == alike(metrics.series(AVAILABLE, wanted, window))
        assert "{kube_namespace:sock-shop,kube_deployment:payment}" in answer.query
        several = {"deployment": ["payment", "orders"], "pod": ""}
        assert alike(datadog.series(AVAILABLE, several, window)) == alike(metrics.series(AVAILABLE, several, window))
        assert datadog.series(AVAILABLE, {"deployment": "a} or {b"}, window).status == "empty"
        assert datadog.series("kube_pod_container_resource_limits", {"resource": "cpu"}, window).status == "empty"
        assert len(server.requests) == 3


def test_home_and_scope_narrow_what_is_asked() -> None:
    _, _, window = recorded(ONE)
    with live(ONE, scope=("kube_cluster_name:sockshop-kind",), home="elsewhere") as (_, datadog):
        assert datadog.series(AVAILABLE, {}, window).status == "empty"
        assert (
            "{kube_cluster_name:sockshop-kind,kube_namespace:elsewhere}" in datadog.series(AVAILABLE, {}, window).query
        )
        assert datadog.logs("sock-shop", window).query == "kube_cluster_name:sockshop-kind kube_namespace:sock-shop"
        assert datadog.logs("sock-shop", window).value
        assert (
            datadog.search("a OR status:error", window).query == "kube_cluster_name:sockshop-kind (a OR status:error)"
        )
    with live(ONE, scope=("kube_cluster_name:another",)) as (_, datadog):
        assert [datadog.logs("", window).status, datadog.search("*", window).status] == ["empty", "empty"]


def test_pages_are_read_to_the_end_and_what_is_cut_is_told() -> None:
    search, _, window = recorded(ONE)
    held = account_of_run(ONE)
    held.logs = [pair for pair in held.logs for _ in range(80)]
    with serving(held, bounds=Bounds(requests=50)) as (server, datadog):
        answer = datadog.logs("sock-shop", window)
        assert (len(answer.value), answer.status) == (80 * len(search.logs("sock-shop", window).value), "ok")
        assert len({one.body for one in server.requests}) == len(server.requests) == 3
        found = datadog.search("*", window)
        assert (len(found.value), found.status) == (MOST_FOUND, "truncated")
        assert "there are more" in found.error
        held.logs[:] = [pair for pair in held.logs for _ in range(3)]
        newest = datadog.logs("sock-shop", window)
        assert (len(newest.value), newest.status) == (5000, "truncated")
        assert newest.value[-1].at == held.logs[-1][0].at


def test_a_page_that_fails_leaves_what_came_before_it() -> None:
    held = account_of_run(ONE)
    held.logs = [pair for pair in held.logs for _ in range(80)]
    with serving(held, on("/logs/", Fault(status=403), times=0)) as (server, datadog):
        server.faults = lambda request: Fault(status=403) if request.number > 1 else None
        answer = datadog.logs("sock-shop", recorded(ONE)[2])
    assert (len(answer.value), answer.status) == (1000, "denied")
    assert "after the first 1000" in answer.error


def test_a_query_that_datadog_refuses_is_for_the_asker_to_mend() -> None:
    with live(ONE) as (_, datadog), pytest.raises(ToolError, match=r"HTTP 400: .* ends where a word is expected"):
        datadog.search("refused OR", recorded(ONE)[2])


@pytest.mark.parametrize("query", ["a) OR (b", '"a" OR "b', "(a", "\\\\) OR (a", "a\\"])
def test_no_query_gets_out_of_the_scope(query: str) -> None:
    scope = ("kube_cluster_name:another",)
    with live(ONE, scope=scope, home="x} OR {*") as (server, datadog):
        with pytest.raises(ToolError, match="in pairs"):
            datadog.search(query, recorded(ONE)[2])
        assert datadog.search('"a) OR (b" OR x\\(y OR error', recorded(ONE)[2]).status == "empty"
        sent = len(server.requests)
        assert datadog.logs("x OR *", recorded(ONE)[2]).status == "error"
        assert datadog.series(AVAILABLE, {}, recorded(ONE)[2]).status == "empty"
        assert datadog.series(AVAILABLE, {"a} by {b": "c"}, recorded(ONE)[2]).status == "empty"
        assert len(server.requests) == sent


def test_a_metric_query_that_failed_is_an_error_although_it_is_answered_with_200() -> None:
    body = b'{"status":"error","error":"Rate limit of 100 concurrent queries","series":[]}'
    with live(ONE, always(Fault(body=body))) as (_, datadog):
        answer = datadog.series(AVAILABLE, {}, recorded(ONE)[2])
    assert (answer.status, answer.error) == ("error", "Rate limit of 100 concurrent queries")


def test_the_monitor_of_an_alert_fires() -> None:
    with live(ALERTED) as (server, datadog):
        answer, rules = datadog.alerts(), datadog.rules()
        assert len(server.requests) == 1
    (one,) = answer.value
    assert (answer.status, one.state, one.labels["namespace"]) == ("ok", "firing", "sock-shop")
    assert one.since == datetime(2025, 11, 10, 11, 31, tzinfo=UTC)
    assert [(rule.name, rule.state, rule.health) for rule in rules.value] == [(one.name, "firing", "ok")]


ODD = [
    {"id": 1, "name": "fine", "overall_state": "OK", "state": {"groups": {"*": {"status": "OK"}}}},
    {"id": 2, "name": "new", "overall_state": "Snoozed Forever", "type": "quantum alert", "options": None},
    {
        "id": 3,
        "name": "down",
        "overall_state": "Alert",
        "state": {"groups": {"pod_name:b": {"status": "Alert"}, "c": {}}},
    },
    {"id": 4, "name": "gone", "overall_state": "No Data", "tags": None},
    {"id": 5, "name": ["odd"]},
]


def test_unknown_states_are_kept_and_odd_items_lose_no_other() -> None:
    held = account_of_run(ONE)
    held.monitors = ODD
    held.logs[0][1]["attributes"]["message"] = {"an": "object"}
    held.logs[1][1]["attributes"] |= {"host": None, "tags": None, "status": "never heard of", "new": [1]}
    with serving(held) as (_, datadog):
        alerts, rules, lines = datadog.alerts(), datadog.rules(), datadog.search("*", recorded(ONE)[2])
    found = [(one.name, one.state, one.labels) for one in alerts.value]
    assert found == [("down", "firing", {"pod": "b"}), ("gone", "no data", {}), ("new", "snoozed forever", {})]
    assert [(one.state, one.health) for one in rules.value][:2] == [("inactive", "ok"), ("snoozed forever", "unknown")]
    assert (alerts.status, alerts.error) == ("truncated", "1 of 5 monitors could not be read")
    assert (lines.status, len(lines.value)) == ("truncated", len(held.logs) - 1)
    assert lines.value[-1].status == "never heard of"


FAULTS: dict[str, tuple[Faults, str, str]] = {
    "slow": (always(Fault(delay=0.1)), "ok", ""),
    "hanging": (always(Fault(hang=True)), "error", "did not answer within"),
    "dripping": (always(Fault(drip=0.05)), "error", "did not answer within"),
    "401": (always(Fault(status=401)), "denied", "HTTP 401"),
    "403": (always(Fault(status=403)), "denied", "HTTP 403: fault on order"),
    "404": (always(Fault(status=404)), "error", "HTTP 404"),
    "429": (always(Fault(status=429, retry_after=900)), "error", "the rate limit logs_public_search_api ends in 900 s"),
    "429 for a moment": (on("/", Fault(status=429, retry_after=0), times=1), "ok", ""),
    "500": (always(Fault(status=500)), "error", "HTTP 500"),
    "503 once": (on("/", Fault(status=503), times=1), "ok", ""),
    "closed": (always(Fault(close=True)), "error", "the connection broke"),
    "cut off": (always(Fault(keep=10)), "error", "broke off"),
    "malformed": (always(Fault(body=b'{"data": [{"attributes": ')), "error", "expected an answer of Datadog's API"),
    "a page": (always(Fault(body=b"<html>It works!</html>")), "error", "expected an answer of Datadog's API"),
    "an empty object": (always(Fault(body=b"{}")), "error", "expected an answer of Datadog's API"),
    "something else": (always(Fault(body=b"[1, 2]")), "error", "expected an answer of Datadog's API"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_told_in_its_words_and_in_time(name: str) -> None:
    faults, status, said = FAULTS[name]
    window = recorded(ONE)[2]
    with live(ONE, faults) as (server, datadog):
        begun = time.monotonic()
        answers: list[Answer[Any]] = [datadog.logs("sock-shop", window), datadog.series(AVAILABLE, {}, window)]
        assert time.monotonic() - begun < 15
        assert all(one.path in {LOGS, QUERY} for one in server.requests)
    for answer in answers:
        assert answer.status == status
        assert said in answer.error
        assert bool(answer.value) == (status == "ok")


def test_what_was_denied_or_limited_is_not_asked_again() -> None:
    window = recorded(ONE)[2]
    for fault, asked in ((Fault(status=403), 2), (Fault(status=401), 1), (Fault(status=429, retry_after=900), 2)):
        with live(ONE, always(fault)) as (server, datadog):
            for _ in range(3):
                datadog.logs("sock-shop", window)
                datadog.series(AVAILABLE, {}, window)
            assert len(server.requests) == asked


def test_a_server_that_is_not_there_is_told_once() -> None:
    window = recorded(ONE)[2]
    connection = connect(Account(api_key="x" * 32, app_key="y" * 40, url="http://127.0.0.1:9"))
    datadog = LiveDatadog(connection, bounds=SHORT)
    answer = datadog.logs("sock-shop", window)
    assert (answer.status, "cannot be reached" in answer.error, "0x" in answer.error) == ("error", True, False)
    assert datadog.alerts().error == answer.error


def test_the_budget_and_the_deadline_hold() -> None:
    window = recorded(ONE)[2]
    with live(ONE, bounds=Bounds(requests=2)) as (server, datadog):
        answers = [datadog.search("*", window) for _ in range(3)]
        assert [one.status for one in answers] == ["ok", "ok", "truncated"]
        assert len(server.requests) == 2
    with live(ONE, bounds=Bounds(seconds=0.0)) as (server, datadog):
        assert "did not answer" in datadog.search("*", window).error
        assert server.requests == []


def test_an_answer_that_unpacks_to_too_much_is_not_read() -> None:
    held = account_of_run(ONE)
    held.logs = [pair for pair in held.logs for _ in range(20)]
    with serving(held, bounds=Bounds(answer_bytes=100_000)) as (_, datadog):
        answer = datadog.search("*", recorded(ONE)[2])
    assert (answer.status, answer.error) == ("error", "the answer is larger than 100000 bytes")


def test_every_alias_of_a_metric_is_asked_for_at_once() -> None:
    with live(ONE) as (server, datadog):
        datadog.series("kube_pod_container_status_restarts_total", {}, recorded(ONE)[2])
        (request,) = server.requests
    assert all(one.datadog in request.target for one in aliases_of("kube_pod_container_status_restarts_total"))


def test_the_keys_stand_in_no_address_and_no_error() -> None:
    with live(ONE, always(Fault(status=500))) as (server, datadog):
        answer = datadog.search("*", recorded(ONE)[2])
        assert not any(
            key in text for key in server.keys for text in (answer.error, *(r.target for r in server.requests))
        )


WORDS = st.one_of(
    st.sampled_from(
        ["status:error", "(a OR b", "../../monitor/1", "x\r\nDELETE / HTTP/1.1", "*", "", "\x00", "?a=b#c"]
    ),
    st.text(max_size=20),
)


@settings(max_examples=150, deadline=None)
@given(
    query=WORDS, metric=st.one_of(st.sampled_from(METRICS), WORDS), label=WORDS, value=st.one_of(WORDS, st.lists(WORDS))
)
def test_no_question_makes_the_source_send_anything_but_reads(
    busy: tuple[DatadogServer, LiveDatadog], query: str, metric: str, label: str, value: str | list[str]
) -> None:
    server, datadog = busy
    sent = len(server.requests)
    window = recorded_window()
    with suppress(ToolError):
        datadog.search(query, window)
    datadog.logs(query, window)
    datadog.series(metric, {label: value}, window)
    for request in server.requests[sent:]:
        check(request.method, request.target, set(request.headers) - {"host", "content-length"})


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[DatadogServer, LiveDatadog]]:
    held = account_of_run(ONE)
    held.logs = held.logs[:2]
    with serving(held, bounds=Bounds(requests=1_000_000)) as both:
        yield both
        assert len(both[0].requests) > 100, "too few questions reached the server to say anything of them"


@cache
def recorded_window() -> Window:
    return recorded(ONE)[2]


def test_a_server_with_the_wrong_tls_is_a_gap() -> None:
    window = recorded_window()
    pem = Path(__file__).parent / "loopback.pem"
    for server in (DatadogServer(account_of_run(ONE)), DatadogServer(account_of_run(ONE), certificate=pem)):
        with server:
            url = server.url.replace("http://", "https://")
            connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=url))
            answer = LiveDatadog(connection, bounds=SHORT).search("*", window)
            connection.close()
        assert (answer.status, "cannot be reached" in answer.error, server.requests) == ("error", True, [])


class Elsewhere(DatadogServer):
    """A server that sends everybody to another page."""

    def reply(self, request: Request) -> Reply:
        del request
        return Reply(302, b"", headers={"Location": "/api/v1/monitor/1"})


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with Elsewhere(account_of_run(ONE)) as server:
        connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
        answer = LiveDatadog(connection, bounds=SHORT).search("*", recorded_window())
        connection.close()
    assert (answer.status, answer.error[:8], len(server.requests)) == ("error", "HTTP 302", 1)


def test_a_proxy_is_asked_in_place_of_the_server() -> None:
    with DatadogServer(account_of_run(ONE)) as proxy:
        keys = {"api_key": proxy.keys[0], "app_key": proxy.keys[1]}
        connection = connect(Account(**keys, url="http://127.0.0.1:9", proxy=proxy.url))
        answer = LiveDatadog(connection, bounds=SHORT).search("*", recorded_window())
        connection.close()
    assert [one.target for one in proxy.requests] == [f"http://127.0.0.1:9{LOGS}"]
    assert answer.status == "error"
