"""The live metric store as a source, against a loopback server: what is read, and what is told of what isn't."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.run_input import load_run
from evals.loopback.faults import Fault, Faults, always, on
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from tools.errors import InputError, ToolError
from tools.evidence import Window
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import DEFAULT, Bounds
from tools.read_only import ReadOnlyError
from tools.recorded import RecordedMetrics
from tools.signals import SIGNALS
from tools.source import Series

RUNS = Path(__file__).parents[2] / "evals" / "runs"
CERTIFICATE = Path(__file__).parent / "loopback.pem"
SHORT = Bounds(seconds=1.0)
AT = datetime(2025, 11, 11, 6, 40, tzinfo=UTC)
HOUR = Window(AT - timedelta(hours=1), AT)
ONE = {"up": [Series({"job": "a"}, [(AT.timestamp() - 60, 1.0), (AT.timestamp(), 0.0)])]}


@pytest.fixture
def server() -> Iterator[PrometheusServer]:
    with PrometheusServer(ONE) as running:
        yield running


def _source(url: str, bounds: Bounds = DEFAULT, **access: Any) -> LivePrometheus:  # noqa: ANN401
    return LivePrometheus(Server(Access(url=url, **access), bounds.answer_bytes), bounds)


@pytest.mark.parametrize("run_id", ["sockshop/r-73a2b9", "harbourline/r-ebf1d7", "cedarcare/r-c94a21"])
def test_a_live_store_gives_the_samples_that_the_recording_holds(run_id: str) -> None:
    run = load_run(RUNS / run_id)
    now, samples = run.sources.now, samples_of_run(RUNS / run_id)
    recorded = RecordedMetrics(samples)
    window = Window(now - timedelta(hours=3), now)
    met = 0
    with PrometheusServer(samples) as server:
        live = _source(server.url)
        for metric in dict.fromkeys(name for signal in SIGNALS for name in signal.metrics):
            for wanted in ({}, {"namespace": ("", run.incident.namespace)}, {"pod": 'none"of\\these\n'}):
                expected, found = recorded.series(metric, wanted, window), live.series(metric, wanted, window)
                assert (found.status, _shown(found.value)) == (expected.status, _shown(expected.value))
                met += len(found.value)
    assert met > 3


def _shown(series: list[Series]) -> list[str]:
    return sorted(repr((sorted(one.labels.items()), one.points)) for one in series)


def test_a_window_holds_both_of_its_ends_and_nothing_before(server: PrometheusServer) -> None:
    source = _source(server.url)
    first = Window(AT - timedelta(seconds=60), AT - timedelta(seconds=1))
    assert source.series("up", {}, first).value == [Series({"job": "a"}, [(AT.timestamp() - 60, 1.0)])]
    last = Window(AT - timedelta(seconds=59), AT)
    assert source.series("up", {}, last).value == [Series({"job": "a"}, [(AT.timestamp(), 0.0)])]
    between = Window(AT - timedelta(seconds=59), AT - timedelta(seconds=1))
    assert source.series("up", {}, between).status == "empty"
    assert source.series("up", {}, last).query == f"up[59s] @ {AT.timestamp():.3f}"


def test_a_window_longer_than_is_asked_for_is_a_gap(server: PrometheusServer) -> None:
    answer = _source(server.url).series("up", {}, Window(AT - timedelta(days=145), AT))
    assert (answer.status, answer.error) == ("error", "a range of 145 days is too long: take 31d at most")


def test_sizes_are_told_by_namespace() -> None:
    labels: list[dict[str, str]] = [{"namespace": "a", "pod": "1"}, {"namespace": "a", "pod": "2"}, {"node": "n"}]
    several = {name: [Series(one, [(AT.timestamp() - 60, 1.0)]) for one in labels] for name in ("one", "two", "three")}
    with PrometheusServer(several) as server:
        sizes = _source(server.url).sizes(["one", "two"], HOUR)
    assert (sizes.status, sizes.value) == ("ok", {"a": 4 * 240, "": 2 * 240})
    several["up"] = [Series({"job": "a"}, [(AT.timestamp() - 60 * number, 1.0) for number in reversed(range(10))])]
    with PrometheusServer(several) as server:
        assert _source(server.url).sizes(["one", "two"], HOUR).value == {"a": 4 * 60, "": 2 * 60}


FAULTS: dict[str, tuple[Faults, str, str]] = {
    "hanging": (always(Fault(hang=True)), "error", "did not answer within 1 s"),
    "dripping": (always(Fault(drip=0.05)), "error", "did not answer within 1 s"),
    "401": (always(Fault(status=401)), "denied", "fault on order: 401"),
    "403": (always(Fault(status=403)), "denied", "fault on order: 403"),
    "404": (always(Fault(status=404)), "error", "fault on order: 404"),
    "422": (always(Fault(status=422)), "error", "fault on order: 422"),
    "429": (always(Fault(status=429, retry_after=0)), "error", "fault on order: 429"),
    "500": (always(Fault(status=500)), "error", "fault on order: 500"),
    "503": (always(Fault(status=503)), "error", "fault on order: 503"),
    "closed": (always(Fault(close=True)), "error", "the connection broke"),
    "cut off": (always(Fault(keep=10)), "error", "the answer broke off"),
    "a page": (always(Fault(body=b"<html>Sign in</html>")), "error", "none of Prometheus: <html>Sign in"),
    "an empty object": (always(Fault(body=b"{}")), "error", "none of Prometheus"),
    "no result": (always(Fault(body=b'{"status":"success","data":null}')), "error", "none of Prometheus"),
    "no number": (
        always(Fault(body=b'{"status":"success","data":{"resultType":"scalar","result":[1,"many"]}}')),
        "error",
        "none of Prometheus",
    ),
    "an error with status 200": (always(Fault(body=b'{"status":"error","error":"overloaded"}')), "error", "overloaded"),
    "too large": (always(Fault(body=b"x" * 20_000)), "error", "larger than 10000 bytes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_a_store_does_is_told_in_its_words_and_in_time(server: PrometheusServer, name: str) -> None:
    server.faults, status, said = FAULTS[name]
    source = _source(server.url, Bounds(seconds=1.0, answer_bytes=10_000))
    begun = time.monotonic()
    answer = source.series("up", {}, HOUR)
    assert time.monotonic() - begun < 15
    assert (answer.status, answer.value) == (status, [])
    assert said in answer.error


@pytest.mark.parametrize(
    "passing", [Fault(status=429, retry_after=0), Fault(status=503), Fault(close=True), Fault(keep=5)]
)
def test_what_passes_is_tried_again(server: PrometheusServer, passing: Fault) -> None:
    server.faults = on("/", passing, times=2)
    assert _source(server.url).series("up", {}, HOUR).status == "ok"
    assert len(server.requests) == 3


@pytest.mark.parametrize("lasting", [Fault(status=400), Fault(status=500), Fault(status=403), Fault(hang=True)])
def test_what_lasts_is_asked_once(server: PrometheusServer, lasting: Fault) -> None:
    server.faults = always(lasting)
    _source(server.url, SHORT).series("up", {}, HOUR)
    assert len(server.requests) == 1


def test_a_query_that_the_server_gave_up_is_not_asked_again(server: PrometheusServer) -> None:
    class Slow(PrometheusServer):
        def reply(self, request: object) -> object:  # type: ignore[override]
            del request
            body = b'{"status":"error","errorType":"timeout","error":"query timed out"}'
            return type(server.failure(503, "", {}))(503, body)

    with Slow(ONE) as slow:
        assert _source(slow.url).series("up", {}, HOUR).error == "query timed out"
        assert len(slow.requests) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:9"])
def test_a_store_that_is_not_there_is_not_tried_again(address: str) -> None:
    answer = _source(address).series("up", {}, HOUR)
    assert (answer.status, f"{address} cannot be reached" in answer.error, "0x" in answer.error) == (
        "error",
        True,
        False,
    )


def test_a_store_that_never_answered_is_waited_for_once(server: PrometheusServer) -> None:
    server.faults = always(Fault(hang=True))
    source = _source(server.url, SHORT)
    begun = time.monotonic()
    answers = [source.series("up", {}, HOUR) for _ in range(5)]
    assert time.monotonic() - begun < 15
    assert {one.status for one in answers} == {"error"}


def test_warnings_are_kept_and_a_partial_answer_is_truncated(server: PrometheusServer) -> None:
    source = _source(server.url)
    server.warnings = ['PromQL info: metric might not be a counter: "up"']
    answer = source.series("up", {}, HOUR)
    assert (answer.status, answer.warnings) == ("ok", (server.warnings[0],))
    server.warnings = ["No StoreAPIs matched for this query"]
    answer = source.series("up", {}, HOUR)
    assert (answer.status, answer.error, len(answer.value)) == ("truncated", server.warnings[0], 1)
    empty = source.series("down", {}, HOUR)
    assert (empty.status, empty.value) == ("truncated", [])


def test_more_series_than_are_kept_are_told() -> None:
    many = {"up": [Series({"job": str(number)}, [(AT.timestamp(), 1.0)]) for number in range(7)]}
    with PrometheusServer(many) as server:
        answer = _source(server.url, Bounds(series=5)).series("up", {}, HOUR)
    assert (answer.status, answer.error, len(answer.value)) == ("truncated", "5 of 7 series", 5)


def test_credentials_and_headers_are_shown_and_nothing_is_followed(server: PrometheusServer) -> None:
    server.wanted = {"authorization": "Bearer t0ken", "x-scope-orgid": "team-a"}
    shown: dict[str, Any] = {"token": "t0ken", "headers": {"X-Scope-OrgID": "team-a"}}
    assert _source(server.url, **shown).series("up", {}, HOUR).status == "ok"
    assert _source(server.url).series("up", {}, HOUR).status == "denied"
    server.wanted = {"authorization": "Basic cmVhZGVyOnA6dyQ="}
    shown = {"username": "reader", "password": "p:w$"}
    assert _source(server.url, **shown).series("up", {}, HOUR).status == "ok"


def test_a_netrc_file_adds_no_password(
    server: PrometheusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login someone password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert _source(server.url).series("up", {}, HOUR).status == "ok"
    assert "authorization" not in server.requests[0].headers


def test_an_own_authority_is_trusted_and_no_other() -> None:
    with PrometheusServer(ONE, certificate=CERTIFICATE) as server:
        assert _source(server.url, ca_file=str(CERTIFICATE)).series("up", {}, HOUR).status == "ok"
        answer = _source(server.url).series("up", {}, HOUR)
    assert answer.status == "error"
    assert "certificate" in answer.error


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ({"url": "prometheus:9090"}, "PROMETHEUS_URL: expected an address such as"),
        ({"url": "https://u:p@host"}, "PROMETHEUS_URL: credentials belong in"),
        ({"url": "http://[host"}, "PROMETHEUS_URL: expected an address"),
        ({"url": "http://h", "token": "a b"}, "PROMETHEUS_TOKEN: expected printable"),
        ({"url": "http://h", "token": "a", "username": "b"}, "PROMETHEUS_USERNAME: expected either"),
        ({"url": "http://h", "ca_file": "/nowhere"}, "PROMETHEUS_CA_FILE: expected a PEM file"),
        ({"url": "http://h", "key_file": __file__}, "PROMETHEUS_KEY_FILE: a key needs its certificate"),
        ({"url": "http://h", "headers": {"A": "b\nC: d"}}, "PROMETHEUS_HEADERS: 'A' is no header"),
    ],
)
def test_a_way_described_wrong_is_one_line(access: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        Server(Access(**access), 1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call",
    [
        lambda vendor: vendor.delete_series("up"),
        lambda vendor: vendor.check_prometheus_connection(),
        lambda vendor: vendor._session.request("POST", f"{vendor.url}/api/v1/query", timeout=1),
        lambda vendor: vendor._session.request("GET", f"{vendor.url}/api/v1/admin/tsdb/snapshot", timeout=1),
        lambda vendor: vendor._session.request("GET", "http://127.0.0.1:1/api/v1/query", timeout=1),
    ],
)
def test_nothing_but_questions_leaves(server: PrometheusServer, call: Callable[[Any], object]) -> None:
    vendor: Any = Server(Access(url=server.url), 1000)._vendor
    with pytest.raises((ReadOnlyError, AttributeError)):
        call(vendor)
    assert server.requests == []


QUERIES = {
    "rate(x)": r"rate takes a range, such as rate\(some_metric\[5m\]\)",
    "sum(x": "unclosed left parenthesis",
    "sum(x) by pod": r"aggregations are written sum by \(pod\)",
    'x{a="b}': "unterminated quoted string",
    "frobnicate(x)": "there is no function frobnicate",
    "": "no expression found",
    '{__name__=~".+"}': "a selector needs a metric or a label",
    "x[90d]": "31d at most",
    "max_over_time(x[30d:1s])": "take a longer step",
    "-" * 3000 + "x": "too large: 4000 characters, 60 operators, 30 levels at most",
    "(" * 31 + "x" + ")" * 31: "too large",
    "x" * 4001: "too large",
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_is_none_is_refused_before_it_is_sent(server: PrometheusServer, query: str) -> None:
    source = _source(server.url)
    with pytest.raises(ToolError, match=QUERIES[query]):
        source.instant(query, AT)
    with pytest.raises(ToolError, match=QUERIES[query]):
        source.ranged(query, HOUR, 60)
    assert server.requests == []


@pytest.mark.parametrize(
    ("window", "step", "said"),
    [
        (Window(AT, AT), 60.0, "the end must be after the start"),
        (Window(AT, AT + timedelta(days=40)), 3600.0, "ask for 31 days at most"),
        (HOUR, 0.1, "a step of 0.1 s is too short"),
        (HOUR, float("nan"), "too short"),
        (HOUR, 1.0, "take a step of 4 s or more"),
    ],
)
def test_a_range_that_asks_for_too_much_is_refused(
    server: PrometheusServer, window: Window, step: float, said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        _source(server.url).ranged("up", window, step)
    assert server.requests == []
