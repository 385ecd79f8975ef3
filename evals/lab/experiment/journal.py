"""What has to be undone in a cluster, written down before it is done."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from evals.lab.commands import CommandError
from evals.lab.kubectl import Kubectl
from tools.errors import InputError


class Entry(Struct, frozen=True):
    """One fault that was brought about and not yet undone.

    Attributes:
        program: kubectl, with its kubeconfig and context as they were then.
        undo: Words for kubectl.
    """

    fault: str
    program: str
    kubeconfig: str | None
    context: str | None
    namespace: str
    undo: tuple[tuple[str, ...], ...]


class Journal(Struct, frozen=True):
    """One cluster's file, with one entry or none."""

    place: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """While it is held, nobody else brings anything about in the same cluster; a killed holder lets go.

        Raises:
            InputError: somebody else holds it.
        """
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with self.place.with_suffix(".lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(str(self.place), None, "another run is under way in this cluster") from None
            yield

    def write(self, entry: Entry) -> None:
        """Write it down, so that it is on the disk when this returns."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.place.with_suffix(".new")
        with scratch.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(entry)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.place)

    def read(self) -> Entry | None:
        """What is not undone yet.

        Raises:
            InputError: the file can't be read.
        """
        try:
            return msgspec.json.decode(self.place.read_bytes(), type=Entry)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise InputError(str(self.place), None, f"does not tell what to undo: {error}") from None

    def undo(self) -> Entry | None:
        """Undo what is written down, and strike it out; what it was.

        A cluster or object that is gone needs no undoing.

        Raises:
            InputError: the cluster refused; the entry stays.
        """
        entry = self.read()
        if entry is None:
            return None
        kubectl = Kubectl(entry.program, Path(entry.kubeconfig) if entry.kubeconfig else None, entry.context)
        for words in entry.undo:
            try:
                kubectl("--namespace", entry.namespace, *words)
            except CommandError as error:
                if not _is_gone(error.said):
                    raise InputError(str(self.place), None, f"{entry.fault} is not undone: {error.said}") from None
        self.place.unlink()
        return entry


def journal_of(home: Path, kubectl: Kubectl) -> Journal:
    """Where a lab writes down what it has to undo in one cluster."""
    cluster = hashlib.sha256(f"{kubectl.kubeconfig} {kubectl.context}".encode()).hexdigest()[:8]
    return Journal(home / "journals" / f"{cluster}.json")


def journals(home: Path) -> list[Journal]:
    """All that have something to undo."""
    return [Journal(place) for place in sorted((home / "journals").glob("*.json"))]


def _is_gone(said: str) -> bool:
    signs = ("NotFound", "not found", "is not installed", "connection refused", "no such file", "no configuration")
    return any(sign in said for sign in signs)
