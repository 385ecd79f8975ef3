"""Where the command line writes: the answer to stdout or a file, everything else to stderr."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tools.errors import InputError

if TYPE_CHECKING:
    from agent.diagnosis import Diagnosis
    from agent.investigator import Step

Form = Literal["text", "json", "markdown"]


def shaped(found: "Diagnosis", form: Form, colour: bool) -> str:
    """A diagnosis in the form that was asked for."""
    if form == "json":
        from agent.report.json_form import json_text

        return json_text(found)
    if form == "markdown":
        from agent.report.markdown import markdown

        return markdown(found)
    from agent.report.text import text

    return text(found, colour)


def may_colour() -> bool:
    """Whether a person reads stdout, on a terminal that shows colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def answer(text: str, out: Path | None = None) -> None:
    """To stdout, or to a file; a reader that has gone away is no failure.

    Raises:
        InputError: the file cannot be written.
    """
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(str(out), None, f"cannot be written ({error.strerror})") from None
        return
    if not printed(text):
        sys.exit(0)


def printed(text: str) -> bool:
    """To stdout; whether somebody still reads there, and it is no failure when nobody does."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end; that must find somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def progress(words: str) -> None:
    """One line that overwrites itself; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


def step(one: "Step") -> None:
    """A step of an investigation: what is under way overwrites itself, what is done stays."""
    spent = f"{one.seconds:6.1f} s {one.tokens:7,} tokens"
    progress(f"{spent}  {one.what}")
    if one.done and sys.stderr.isatty():
        sys.stderr.write("\n")


def tell(lines: Iterable[str]) -> None:
    """Warnings, one line each."""
    from tools.plain_text import plain

    for line in lines:
        sys.stderr.write(f"faultside: note: {plain(line, 400)}\n")
