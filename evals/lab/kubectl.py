"""kubectl against one named cluster: everything that the lab changes in a cluster goes through here."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from evals.lab.commands import CommandError, run
from tools.errors import InputError


class Kubectl(Struct, frozen=True):
    """A program, a kubeconfig (None: kubectl's own way of finding one) and a context (None: the kubeconfig's)."""

    program: str | Path
    kubeconfig: Path | None = None
    context: str | None = None

    def command(self, *words: str | Path) -> list[str]:
        """What would be typed."""
        told = ["--kubeconfig", str(self.kubeconfig)] if self.kubeconfig else []
        told += ["--context", self.context] if self.context else []
        return [str(self.program), *told, *map(str, words)]

    def __call__(self, *words: str | Path, given: str = "", seconds: float = 60) -> str:
        """What kubectl answered.

        Raises:
            CommandError: it refused, with its words.
        """
        return run(self.command(*words), given=given, seconds=seconds)

    def json(self, *words: str | Path) -> object:
        """The same, as objects."""
        return json.loads(self(*words, "-o", "json"))

    def apply(self, manifests: str) -> None:
        """Create or change objects."""
        self("apply", "-f", "-", given=manifests)


def wait_until(true: Callable[[], object], what: str, seconds: float, pause: float = 0.1) -> float:
    """Ask again and again; the seconds that it took.

    Raises:
        InputError: it did not become true in time, with the last refusal.
    """
    began = time.monotonic()
    said = ""
    while True:
        try:
            if true():
                return time.monotonic() - began
        except (CommandError, OSError) as error:
            said = str(error)
        if time.monotonic() - began > seconds:
            raise InputError(what, None, f"not within {seconds:g} s{': ' + said if said else ''}")
        time.sleep(pause)
