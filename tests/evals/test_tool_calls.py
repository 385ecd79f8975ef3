"""A small part of `make tool-calls`."""

from evals.benchmarks.tool_calls import RUNS, Tally, replay, try_calls, try_live


def test_generated_calls_end_in_bounded_evidence_or_in_words_that_help() -> None:
    tally = Tally()
    for seed, folder in enumerate(("sockshop/r-2a6171", "harbourline/r-be7607")):
        try_calls(replay(RUNS / folder), 200, seed, tally)
    assert tally.wrong == []
    assert tally.calls == 400
    assert min(tally.outcomes["ok"], tally.outcomes["refused with a way out"]) > 80


def test_generated_calls_send_nothing_but_reads_to_a_cluster() -> None:
    tally = Tally()
    try_live(RUNS / "sockshop/r-2a6171", 200, 7, tally)
    assert tally.wrong == []
    assert tally.requests > 20
