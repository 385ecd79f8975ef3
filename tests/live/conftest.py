"""A cluster of the lab's own for the tests that need one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evals.lab.build import check_go
from evals.lab.cluster.down import take_down
from evals.lab.cluster.parts import check_machine
from evals.lab.cluster.places import Places, places
from evals.lab.cluster.up import up
from tools.errors import InputError

ROOT = Path(__file__).parents[2]
LONG = "a-name-longer-than-that-of-a-socket-may-be-" + "x" * 80
"""Of a folder below which nobody can listen: a person's may be as long."""


@contextmanager
def own_lab(folder: Path) -> Iterator[Places]:
    """A lab beside the person's, with the same built programs; skips where there can be none.

    Its cluster goes with it, and with this process, however that ends.
    """
    try:
        check_machine()
        check_go()
    except InputError as error:
        pytest.skip(str(error))
    kept, own = places(None), places(folder / LONG)
    for name in ("built", "debian"):
        (kept.home / name).mkdir(parents=True, exist_ok=True)
        own.home.mkdir(exist_ok=True)
        (own.home / name).symlink_to(kept.home / name)
    with down_at_the_end(own):
        yield own


@contextmanager
def down_at_the_end(lab: Places) -> Iterator[None]:
    """Somebody who outlives this process waits for the end of a pipe that only this process holds."""
    down = [sys.executable, "-m", "evals.lab.cli", "cluster", "down", "--home", str(lab.home)]
    waiting = ["sh", "-c", 'cat; exec "$@" >/dev/null', "sh", *down]
    with subprocess.Popen(waiting, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True):
        try:
            yield
        finally:
            take_down(lab)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Places]:
    """A lab whose cluster is down."""
    with own_lab(tmp_path) as own:
        yield own


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A lab whose cluster is up; one for all tests."""
    with own_lab(tmp_path_factory.mktemp("lab")) as own:
        up(own, lambda _: None)
        yield own
