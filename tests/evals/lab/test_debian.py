"""The packages themselves are fetched in tests/live; here nobody needs a network."""

import json
from pathlib import Path

import pytest

from evals.lab.debian import unpacked
from tools.errors import InputError


def test_without_the_package_manager_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"^Debian packages prometheus: apt-get is needed"):
        unpacked("prometheus", cache=tmp_path)


def test_what_was_unpacked_is_found_again_without_the_package_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    asked = tmp_path / "asked"
    for name, script in {
        "apt-get": f'case "$*" in *--simulate*) printf "Inst libone (1)\nInst libjs-two (1)\n";; '
        f'*) echo "$*" > {asked}; touch one.deb;; esac',
        "dpkg-deb": 'case "$1" in --extract) mkdir -p "$3/usr/bin"; touch "$3/usr/bin/one";; *) echo "one 1.2";; esac',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/bin:/usr/bin")
    first = unpacked("one", cache=tmp_path / "cache")
    assert first.versions == {"one": "1.2"}
    assert asked.read_text(encoding="utf-8").split("download ")[1].split() == ["libone", "one"]
    assert first.program("one").is_file()
    monkeypatch.setenv("PATH", "")
    assert unpacked("one", cache=tmp_path / "cache") == first
    assert json.loads((first.root.parent / "versions.json").read_text(encoding="utf-8")) == first.versions
    with pytest.raises(InputError, match="no program two"):
        first.program("two")


def test_a_package_that_nobody_has_is_told_in_the_managers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("apt-get", "dpkg-deb"):
        (tmp_path / name).write_text(
            '#!/bin/sh\necho "E: Unable to locate package $*" >&2\nexit 100\n', encoding="utf-8"
        )
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(InputError, match="apt-get failed: E: Unable to locate package"):
        unpacked("nothing", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("versions.json"))
