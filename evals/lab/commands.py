"""Programs of the machine, run to their end."""

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.errors import InputError

_MOST_SAID = 500


class CommandError(InputError):
    """A program ended badly; `said` is what it wrote about it."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__(program, None, said or "failed without a word")
        self.said = said


def run(
    command: Sequence[str | Path],
    *,
    given: str = "",
    seconds: float = 60,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """What a program wrote on stdout.

    Raises:
        CommandError: it is missing, ended with another status than 0, or took longer than `seconds`.
    """
    words = [str(word) for word in command]
    name = Path(words[0]).name
    surroundings = {**os.environ, **environment} if environment is not None else None
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            words,
            input=given,
            timeout=seconds,
            env=surroundings,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            errors="replace",
        )
    except FileNotFoundError:
        raise CommandError(name, "is not installed") from None
    except subprocess.TimeoutExpired:
        raise CommandError(name, f"did not end within {seconds:g} s: {' '.join(words[1:4])}") from None
    if done.returncode:
        raise CommandError(name, done.stderr.strip()[-_MOST_SAID:] or f"exit status {done.returncode}")
    return done.stdout


def spawn(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    sockets: Sequence[socket.socket] = (),
    within: Sequence[str] = (),
) -> int:
    """Start a daemon in a session of its own, which outlives us; its pid, as it is called where `within` leads.

    It inherits `sockets`, under the numbers that they have here.
    """
    numbers = [one.fileno() for one in sockets]
    shell = ["sh", "-c", 'setsid "$@" </dev/null >>"$0" 2>&1 & echo $!', str(log), *map(str, command)]
    surroundings = {**os.environ, **environment}
    done = subprocess.run(  # noqa: S603 - our own commands
        [*within, *shell], env=surroundings, pass_fds=numbers, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def last_words(log: Path) -> str:
    """The end of the last line that a daemon wrote."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1][-_MOST_SAID:] if lines else "without a word"
