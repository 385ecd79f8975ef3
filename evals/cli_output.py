"""What the command line prints, and the status that it ends with."""

import os
import sys

import typer

BELOW_THRESHOLD = 4


def leave_if_below(missed: list[str]) -> None:
    """Name what was missed on stderr, and end with the status of a missed threshold."""
    for line in missed:
        typer.echo(line, err=True)
    if missed:
        raise typer.Exit(BELOW_THRESHOLD)


def answer(text: str) -> None:
    """To stdout; a reader that has gone away is no failure."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end; that must find somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
