from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InputError
from tools.safe_yaml import MAX_BYTES, MAX_NODES, load_document, load_yaml
from tools.yaml_part import Part

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{letter}: &{letter} [{','.join([f'*{before}'] * 10)}]\n"
    for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        load_yaml(text, "run.yaml")
    return str(caught.value)


def test_plain_values_keep_their_types() -> None:
    text = "a: 1\nb: [x, true, null, 1.5, '2']\nc: {d: 2025-11-11T06:40:00Z}\n"
    assert load_yaml(text) == {
        "a": 1,
        "b": ["x", True, None, 1.5, "2"],
        "c": {"d": datetime(2025, 11, 11, 6, 40, tzinfo=UTC)},
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "null"])
def test_an_empty_document_is_none(text: str) -> None:
    assert load_yaml(text) is None


def test_an_alias_stands_for_its_value() -> None:
    assert load_yaml("a: &x {k: [1]}\nb: *x\n") == {"a": {"k": [1]}, "b": {"k": [1]}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [1\nc: 2", "run.yaml:3: expected valid YAML, got a mistake: "),
        ("a: 1\nb: 2\na: 3", "run.yaml:3: expected each key once, got 'a' again (line 1)"),
        ("a: !!python/object:os.system x", "run.yaml:1: expected plain YAML values, got the tag"),
        ("x: 1\na: !thing {b: 1}", "run.yaml:2: expected plain YAML values, got the tag '!thing'"),
        ("a: !!binary aGk=", "run.yaml:1: expected plain YAML values, got the tag"),
        ("&a [*a]", "run.yaml:1: expected a finite value, got '*a' inside itself"),
        ("x: &a\n  y:\n    z: *a", "run.yaml:3: expected a finite value, got '*a' inside itself"),
        ("a: *b", "run.yaml:1: expected a known anchor, got the alias '*b'"),
        (BOMB, f"run.yaml:6: expected at most {MAX_NODES} values, got more"),
        ("[" * 5000, "run.yaml:1: expected at most 60 levels, got more"),
        ("- " * 5000, "run.yaml:1: expected at most 60 levels, got more"),
        ("--- 1\n--- 2", "run.yaml:2: expected one YAML document, got a second one"),
        ("base: &b {x: 1}\nc:\n  <<: *b", "run.yaml:3: expected a plain key, got the merge key"),
        ("? [a]\n: 1", "run.yaml:1: expected a plain key, got a list"),
        ("a: 1\nb: 2025-13-45", "run.yaml:2: expected a number or a time, got '2025-13-45'"),
        ("a: " + "1" * 5000, "run.yaml:1: expected a number or a time, got '111"),
        ("a: 1\nb: \x00", "run.yaml:2: expected plain text, got binary"),
        ("a: 1\nb: \ud800", "run.yaml:2: expected text, got half of a surrogate pair"),
        ("a: 'b\n", "run.yaml:2: expected valid YAML, got a mistake: "),
    ],
)
def test_a_refusal_names_line_and_reason(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_a_file_is_named_by_its_base_name(tmp_path: Path) -> None:
    file = tmp_path / "gaps.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_yaml(file) == {"a": 1}
    file.write_bytes(b"a: 1\nb: \xff\xfe\n")
    with pytest.raises(InputError, match=r"^gaps\.yaml:2: expected UTF-8 text"):
        load_yaml(file)


def test_what_is_no_readable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^none\.yaml: expected a readable file, got: No such"):
        load_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"expected a file, got something else"):
        load_yaml(tmp_path)


def test_a_large_file_is_refused_unparsed(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match=r"expected at most \d+ bytes of YAML, got more"):
        load_yaml(file)


def test_every_part_knows_its_line() -> None:
    document = load_document("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n")
    assert document.line("a") == 1
    assert document.line("b") == 2
    assert document.line("b", 1) == 4
    assert document.line("b", 1, "d") == 5
    assert document.line("b", 1, "absent", "deeper") == 4


def test_an_error_stays_one_line_whatever_it_quotes() -> None:
    error = InputError("run\n.yaml", 3, "expected text,\n\n got \x1b[31mred\x07" + "x" * 9000)
    assert len(str(error).splitlines()) == 1
    assert str(error).isprintable()
    assert len(str(error)) < 700
    assert str(error).startswith("run .yaml:3: expected text, got ")


@given(st.text(max_size=200))
def test_any_text_loads_or_is_refused_in_one_line(text: str) -> None:
    try:
        load_document(text, "run.yaml")
    except InputError as error:
        assert str(error).startswith("run.yaml")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "mutated.yaml"
    file.write_bytes(raw)
    try:
        load_yaml(file)
    except InputError as error:
        assert error.file == "mutated.yaml"  # noqa: PT017


def part(text: str) -> Part:
    document = load_document(text, "b.yaml")
    return Part(document, document.value)


def test_parts_name_place_and_line_of_what_is_wrong() -> None:
    top = part("list:\n  - {name: x}\n  - {name: 3}\n")
    entries = top.keys({"list"})["list"].items()
    assert entries[0].keys({"name"})["name"].text() == "x"
    with pytest.raises(InputError) as caught:
        entries[1].keys({"name"})["name"].text("a name")
    assert str(caught.value) == "b.yaml:3: expected a name in list[1].name, got 3"


def test_parts_refuse_unknown_and_missing_keys() -> None:
    with pytest.raises(InputError) as unknown:
        part("a: 1\nbb: 2\n").keys({"a", "b"})
    assert str(unknown.value) == "b.yaml:2: expected one of a, b, got the key 'bb'"
    with pytest.raises(InputError) as missing:
        part("a: 1\nb:\n").keys({"a", "b"}, required={"b"})
    assert str(missing.value) == "b.yaml:1: expected the key 'b', got a mapping without it"
