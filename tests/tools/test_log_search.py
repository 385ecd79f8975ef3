"""A search that skips to its pattern's beginnings finds what the plain search finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import log_answers, log_levels, log_targets, log_text
from tools.log_hints import CALLS, LIFE, OWN, PROCESS
from tools.log_search import Anchored

ANCHORED = {
    f"{module.__name__}.{name}": found
    for module in (log_answers, log_levels, log_targets, log_text)
    for name, found in vars(module).items()
    if isinstance(found, Anchored)
}
PIECES = st.sampled_from(
    ["response", "Response(", "received ", "got ", "returned", "body", "request ", "calling ", "POST", "GET ", "get",
     "sending", "starting new https connection", "https://a/b", "status", "code", "=", ": ", "{", '"', "[", "]", "502",
     "404", "->", "failed with ", "Exception: ", "$Bad", "after 12 ms - ", "HTTP/1.1 ", "trace_id", "x-request-id",
     "abcdef0123456789", ",", "--- [", "thread=", "[thread", "[tid:", "in ", "took=", "(12ms)", " 3.5 s", "success",
     "authorised", "approved", "true", "false", "<", "\n", " ", "_", "é", "İ"]
)  # fmt: skip


@pytest.mark.parametrize("name", ANCHORED)
@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=12), start=st.integers(0, 5), cut=st.integers(0, 5))
def test_it_finds_what_the_pattern_finds(name: str, pieces: list[str], start: int, cut: int) -> None:
    text = "".join(pieces)
    anchored = ANCHORED[name]
    end = max(start, len(text) - cut)
    low = text.lower() if anchored.pattern.flags & re.IGNORECASE else text
    found, plain = anchored.search(text, low, start, end), anchored.pattern.search(text, start, end)
    assert (found and found.span()) == (plain and plain.span())


@pytest.mark.parametrize("name", ANCHORED)
def test_its_beginnings_are_led_by_a_literal(name: str) -> None:
    assert ANCHORED[name].beginnings.search("") is None


LED = [phrase.anchored for finder in (PROCESS, CALLS, OWN, LIFE) for phrase in finder.phrases if phrase.anchored]
STARTS = st.sampled_from(
    ["listening ", "on ", "for ", "started ", "server ", "app ", "starting ", "up", "ready ", "to accept ",
     "connections", "startup complete", "booting worker", "http", "serving ", "at ", "waiting for ", "running ",
     "port", " in 3", "start worker process", "_", "\n", "é", "application "]
)  # fmt: skip


@pytest.mark.parametrize("led", LED, ids=range(len(LED)))
@settings(max_examples=500, deadline=None)
@given(pieces=st.lists(STARTS, max_size=10))
def test_a_phrase_is_found_from_its_beginnings(led: Anchored, pieces: list[str]) -> None:
    text = "".join(pieces)
    assert (led.search(text, text) is None) == (led.pattern.search(text) is None)
