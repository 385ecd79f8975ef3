"""The reader is total, quick, and knows when each line was written."""

# ruff: noqa: E501 - log lines stay as programs write them

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.log_families import FAMILIES
from tools.logs import read_log

AT = datetime(2025, 10, 18, 9, 11, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "2025-10-18T09:11:37Z hello",
        "2025-10-18T09:11:37.000000000Z hello",
        "2025-10-18T17:11:37.0+08:00 hello",
        "2025-10-18T09:11:37.00000000Z stderr F hello",
        "[pod/a-1/app] 2025-10-18T09:11:37.000000000Z hello",
        "2025/10/18 09:11:37 hello",
        "2025-10-18 09:11:37,000 hello",
        "2025-10-18 09:11:37.000+00:00 [info] hello",
        "ts=2025-10-18T09:11:37Z caller=a.go:1 hello=1",
        'time="2025-10-18T09:11:37Z" level=info msg=hello',
        '10.0.0.1 - - [18/Oct/2025:09:11:37 +0000] "GET / HTTP/1.1" 200 1',
        "1:M 18 Oct 2025 09:11:37.000 * hello",
        '{"level":"info","msg":"hello","timestamp":"2025-10-18T09:11:37Z"}',
        '{"level":30,"time":1760778697000,"msg":"hello"}',
        '{"t":{"$date":"2025-10-18T09:11:37.000+00:00"},"s":"I","msg":"hello"}',
    ],
)
def test_the_time_of_a_line_is_found(line: str) -> None:
    assert read_log(line).times == [AT]


def test_the_time_that_kubernetes_wrote_wins_and_is_taken_off() -> None:
    digest = read_log("2025-10-18T09:11:37.000000001Z 2020-01-01 00:00:00 ERROR odd")
    assert digest.times == [AT]
    assert digest.lines == ["2020-01-01 00:00:00 ERROR odd"]


def test_a_line_without_a_time_has_none() -> None:
    assert read_log("GET /x 200 1 ms - -").times == [None]


def test_an_impossible_date_is_no_time() -> None:
    assert read_log("2025-13-45T99:99:99Z x\n2025/99/99 00:00:00 y").times == [None, None]


def test_lines_that_step_back_are_counted() -> None:
    assert read_log("2025/10/18 09:00:02 a\n2025/10/18 09:00:01 b\nc\n2025/10/18 09:00:03 d").out_of_order == 1


def test_colours_and_invisible_signs_are_taken_off() -> None:
    digest = read_log("\x1b[31mERROR\x1b[0m a\u200bb\u202ec\x00d\x07e\r\n\ttab stays")
    assert digest.lines == ["ERROR abcde", "\ttab stays"]


def test_an_iterable_of_lines_reads_like_the_text() -> None:
    text = "2025/10/18 09:00:02 Calling http://a/x\n2025/10/18 09:00:03 Response: HTTP 200\n"
    assert read_log(text.splitlines(keepends=True)).mentions == read_log(text).mentions


def test_only_a_line_feed_ends_a_line() -> None:
    assert len(read_log("a\u2028b\x0bc\x85d\ne").lines) == 2


WORDS = st.sampled_from(
    ["ERROR", "Post \"http://x/", "dial tcp ", ": connection refused", "{", "}", '"', "HTTP 503", "Traceback (most recent",
     "\n", " ", "\t", "rpc error: code = Internal desc = ", "Caused by: ", "response: {", "\x00", "\ud800", "=", "10.0.0.1:80",
     "2025-10-18T09:11:37Z ", "[", "]", "timeout", "GET /x ", "lookup ", " on 10.0.0.10:53: ", "a" * 50]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS | st.text(max_size=20), max_size=40).map("".join))
def test_any_text_is_read(text: str) -> None:
    digest = read_log(text)
    assert len(digest.lines) == len(digest.times)
    for mention in digest.mentions:
        assert mention.family in FAMILIES
        assert 0 <= mention.line < len(digest.lines)
        assert mention.target is None or mention.target.host


HUGE = [
    "error " + "a" * 1_000_000,
    "ERROR " + "a.b:" * 200_000,
    "error: " + "http://" * 100_000,
    "ERROR " + "((((" * 200_000,
    "Received response " * 50_000,
    "ERROR " + "x=y " * 200_000,
    '{"error":' * 50_000,
    "{" + '"a":{' * 5_000 + "}" * 5_000 + "} error",
    "\x1b[" * 300_000 + " error",
    "error\n" + "\tat x\n" * 50_000,
    "k=" + '"\\' * 50_000 + " error=1",
    "status " * 100_000,
    "GET /" * 100_000,
    "1.2.3.4:" * 100_000 + " connection refused",
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", HUGE, ids=range(len(HUGE)))
def test_a_huge_line_comes_to_an_end(text: str) -> None:
    found = read_log(text)

    assert len(found.lines) == len(found.times)


def test_lines_of_no_interest_say_nothing() -> None:
    text = "".join(f"2025/10/18 09:00:{i % 60:02} item {i} was put on shelf {i % 97}\n" for i in range(400))

    assert read_log(text).mentions == []


@pytest.mark.parametrize(
    "said", ["remote error: tls: bad certificate", "EOF", "tls: first record does not look like TLS"]
)
def test_what_a_server_says_of_connections_that_came_in_is_no_call_of_its_own(said: str) -> None:
    found = read_log(f"2025/10/18 09:11:37 http: TLS handshake error from 10.244.0.6:57722: {said}\n")

    assert found.mentions == []
