"""What a search in Datadog's syntax finds in recorded lines, and what is told of one that can't be read."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import ToolError
from tools.evidence import Window
from tools.recorded import RecordedSearch
from tools.search_syntax import parsed
from tools.source import MOST_FOUND, SearchedLine

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(days=1), NOON)
LINE = SearchedLine(
    at=NOON,
    text='Gateway error: Post "http://gateway/v1/charges": dial tcp 10.0.0.9:80: connect: connection refused',
    service="shop-payment",
    status="error",
    host="worker-1",
    tags=("kube_namespace:shop", "pod_name:payment-7f-x1", "kube_container_name:payment", "team:a b"),
    attributes={"http": {"status_code": 503, "url_details": {"path": "/pay"}}, "usr.id": "42", "retried": True},
)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "*",
        "refused",
        "REFUSED gateway",
        '"connection refused"',
        '"dial tcp 10.0.0.9:80"',
        "refuse*",
        "conn?ction",
        "v1/charges",
        "service:shop-payment",
        "service:shop-*",
        "service:SHOP-payment",
        'service:"shop-payment"',
        "status:(warn OR error)",
        "status:error AND kube_namespace:shop",
        "status:warn OR refused timeout OR pod_name:payment-*",
        "host:worker-1 kube_container_name:payment",
        'team:"a b"',
        r"team:a\ b",
        "-status:info",
        "NOT status:info",
        "!status:info -(timeout OR reset)",
        "@http.status_code:503",
        "@http.status_code:>=500",
        "@http.status_code:[500 TO 599]",
        "@http.status_code:{502 TO *]",
        "-@http.status_code:<503",
        '@http.url_details.path:"/pay"',
        "@usr.id:42",
        "@retried:true",
        "@http:*",
        "kube_namespace:*",
        "-kube_node:*",
        "*:worker",
        "*:gateway",
    ],
)
def test_a_query_finds_the_line(query: str) -> None:
    assert parsed(query)(LINE)


@pytest.mark.parametrize(
    "query",
    [
        "refuse",
        "tcp dial AND timeout",
        '"refused connection"',
        '"conn*"',
        "service:payment",
        "status:error timeout",
        "status:error -refused",
        "worker",
        "@http.status_code:{503 TO 599]",
        "@http.status_code:<500",
        "@missing:*",
        "status_code:503",
        'team:"a*"',
        r"pod_name:payment\*",
        "-host:worker-?",
    ],
)
def test_a_query_does_not_find_the_line(query: str) -> None:
    assert not parsed(query)(LINE)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('"connection refused', "quotes"),
        ("(a OR b", "not closed"),
        ("a OR b)", "no opening"),
        ("a OR", "ends where"),
        ("NOT", "ends where"),
        ("AND a", "'AND'"),
        ("service:", "service: has no value"),
        ("service: payment", "service: has no value"),
        ("http://gateway/v1", '"http://gateway/v1"'),
        ("[orders] failed", "in quotes"),
        ("@http.status_code:>big", ">=500"),
        ("@http.status_code:[4xx TO 5xx]", ">=500"),
        ("->", "letter or digit"),
        ("(" * 50 + "a" + ")" * 50, "nested"),
        ("a " * 2000, "2000 characters"),
    ],
)
def test_what_cannot_be_read_says_what_would_work(query: str, said: str) -> None:
    with pytest.raises(ToolError, match=re.escape(said)):
        parsed(query)


@given(st.text(alphabet='ab:*?"()[]{}<>@-!\\ ANDOR.=5', max_size=30))
def test_any_text_is_a_query_or_a_tool_error(query: str) -> None:
    with suppress(ToolError):
        assert parsed(query)(LINE) in {True, False}


def test_a_search_answers_newest_first_within_its_bound_and_window() -> None:
    lines = [SearchedLine(NOON - timedelta(seconds=second), f"line {second}") for second in range(900, -300, -1)]
    search = RecordedSearch(lines, [])
    answer = search.search("line", DAY)
    assert (answer.status, len(answer.value), answer.value[0].text) == ("truncated", MOST_FOUND, "line 0")
    assert search.search('"line 7"', DAY).value == [SearchedLine(NOON - timedelta(seconds=7), "line 7")]
    assert search.search("nothing", DAY).status == "empty"
