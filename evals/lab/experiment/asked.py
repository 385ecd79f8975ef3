"""faultside itself, called as a person calls it: the live verdict, the recording, the replay."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from evals.lab.experiment.target import Target
from tools.errors import InputError

_SECONDS = 120
_UNREACHED = 3


class Verdict(Struct, frozen=True):
    """An answer, and how long it took on the clock of the person who asked."""

    diagnosis: dict[str, Any]
    seconds: float
    at: datetime

    @property
    def verdict(self) -> str:
        """The verdict, such as internal."""
        return str(self.diagnosis["verdict"])

    def told(self) -> str:
        """In one line."""
        found = self.diagnosis
        parts = [found["verdict"], found["component"], found["failure_mode"], found["status"]]
        return ", ".join(str(part) for part in parts if part) + f", confidence {found['confidence']:.2f}"


class Question(Struct, frozen=True):
    """What is asked of which cluster, about the time since `start`."""

    target: Target
    text: str
    start: datetime
    boundary: Path

    def live(self) -> Verdict:
        """Diagnose the running cluster, with the engine alone.

        Raises:
            InputError: faultside refused.
        """
        return _diagnosed([self.text, *self._options(), "--mode", "engine"], self.target.prometheus)

    def record(self, folder: Path) -> str:
        """Write a run folder; what was said about it."""
        return _faultside(["record", self.text, *self._options(), "--out", str(folder)], self.target.prometheus)

    def _options(self) -> list[str]:
        return [*self.target.options(), "--start", self.start.isoformat(), "--boundary", str(self.boundary)]


def replay(folder: Path) -> Verdict:
    """Diagnose a recording."""
    return _diagnosed(["--run", str(folder), "--mode", "engine"], None)


def _diagnosed(options: list[str], prometheus: str | None) -> Verdict:
    began = time.monotonic()
    said = _faultside(["diagnose", *options, "--format", "json"], prometheus)
    return Verdict(json.loads(said), time.monotonic() - began, datetime.now().astimezone())


def _faultside(words: list[str], prometheus: str | None) -> str:
    surroundings = {**os.environ, **({"PROMETHEUS_URL": prometheus} if prometheus else {})}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "agent.cli", *words],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode not in {0, _UNREACHED}:
        raise InputError(f"faultside {words[0]}", None, done.stderr.strip()[-400:])
    return done.stdout
