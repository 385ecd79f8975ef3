"""How a command of this project starts and ends: what a person can mend is one line, and only a bug is a traceback."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from agent.cli.output import progress
from tools.errors import InputError

WRONG_INPUT, NOTHING_REACHED, INTERRUPTED = 2, 3, 130


def start(app: typer.Typer, name: str, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the console script `name` with these arguments, else with the process's own, and leave with its status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = app(arguments, standalone_mode=False)
    except InputError as error:
        _complain(name, str(error))
    except typer.TyperException as error:
        _complain(name, " ".join(error.format_message().split()) or f"see {name} --help")
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _complain(name: str, message: str) -> NoReturn:
    progress("")
    typer.echo(f"{name}: {message}", err=True)
    sys.exit(WRONG_INPUT)
