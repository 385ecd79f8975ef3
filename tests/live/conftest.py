"""A cluster of the lab's own for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.lab.build import check_go
from evals.lab.cluster.down import take_down
from evals.lab.cluster.parts import check_machine
from evals.lab.cluster.places import Places, places
from evals.lab.cluster.up import up
from tools.errors import InputError


def own_lab(folder: Path) -> Places:
    """A lab beside the person's, with the same built programs; skips where there can be none."""
    try:
        check_machine()
        check_go()
    except InputError as error:
        pytest.skip(str(error))
    kept, own = places(None), places(folder)
    for name in ("built", "debian"):
        (kept.home / name).mkdir(parents=True, exist_ok=True)
        (own.home / name).symlink_to(kept.home / name)
    return own


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Places]:
    """A lab whose cluster is down."""
    own = own_lab(tmp_path)
    yield own
    take_down(own)


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A lab whose cluster is up; one for all tests."""
    own = own_lab(tmp_path_factory.mktemp("lab"))
    up(own, lambda _: None)
    yield own
    take_down(own)
