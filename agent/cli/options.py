"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.output import answer

RunOption = Annotated[Path | None, typer.Option("--run", metavar="DIR", help="A recorded run.")]
DumpOption = Annotated[Path | None, typer.Option("--dump", metavar="DIR", help="A folder of kubectl's outputs.")]
BoundaryOption = Annotated[
    Path | None, typer.Option("--boundary", metavar="FILE", help="Who operates what (boundary.yaml).")
]


def help_if_alone(asked: typer.Context) -> None:
    """The help, for a group of commands that was named without one of them."""
    if asked.invoked_subcommand is None:
        answer(asked.get_help() + "\n")
