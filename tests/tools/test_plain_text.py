import pytest

from tools.plain_text import columns, plain, plain_lines

ESC = "\x1b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{ESC}[32mGET /cart 200{ESC}[0m", "GET /cart 200"),
        (f"{ESC}[2J{ESC}[1;1Hall is well", "all is well"),
        (f"{ESC}]0;owned\x07title", "title"),
        (f"{ESC}]8;;http://evil.example{ESC}\\click{ESC}]8;;{ESC}\\", "click"),
        ("\x9b31mred", "red"),
        (f"{ESC}{ESC}[0m[31mred", "[31mred"),
        ("a\x00b\x07c\x7fd", "abcd"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("pay\u202ement\u2066 x\u2069", "payment x"),
        ("pay\u200bment\ufeff\u00ad\u2060", "payment"),
        ("x\ufe0f\U000e0100y\U000e0041", "xy"),
        ("surrogate \ud800 here", "surrogate \ufffd here"),
        ("❌ Payment gateway error", "❌ Payment gateway error"),
        ("Zahlung schlägt fehl, 決済失敗", "Zahlung schlägt fehl, 決済失敗"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_gone(text: str, shown: str) -> None:
    assert plain(text, 100) == shown


def test_an_unended_title_sequence_hides_nothing_after_it() -> None:
    assert "connection refused" in plain(f"{ESC}]0;connection refused", 100)


def test_a_long_line_is_cut_and_says_so() -> None:
    assert plain("x" * 50, 10) == "xxxxxxxxx…"
    assert plain("x" * 10, 10) == "x" * 10


def test_stacked_marks_are_kept_few() -> None:
    assert len(plain("a" + "\u0301" * 500, 1000)) == 4


@pytest.mark.timeout(20)
def test_a_line_of_megabytes_comes_to_an_end() -> None:
    hostile = f"{ESC}]{ESC}P" * 1_000_000

    assert len(plain(hostile, 200)) <= 200
    assert all(len(line) <= 200 for line in plain_lines(hostile, 200, 5))


def test_lines_keep_their_indentation_and_tell_what_was_left_out() -> None:
    assert plain_lines(f"a\n\tb{ESC}[1m\n  c\nd\ne", 20, 3) == ["a", "    b", "  c", "… 2 more lines"]
    assert plain_lines("abcdef", 4, 3) == ["abc…"]


def test_emoji_take_two_columns() -> None:
    assert columns("ok") == 2
    assert columns("❌ no") == 5
    assert columns("é") == 1
    assert columns("e\u0301") == 1
