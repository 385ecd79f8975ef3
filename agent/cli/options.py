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

ContextOption = Annotated[str | None, typer.Option("--context", metavar="NAME", help="A context of the kubeconfig.")]
KubeconfigOption = Annotated[
    str | None, typer.Option("--kubeconfig", metavar="FILE", envvar="KUBECONFIG", help="How to reach the cluster.")
]
QuestionArgument = Annotated[str | None, typer.Argument(metavar="QUESTION", help="What is wrong, in words.")]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", "-n", help="Where it is wrong.")]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="30m", help="Look back this long.")]
StartOption = Annotated[str | None, typer.Option("--start", metavar="T", help="The window's start, RFC 3339.")]
EndOption = Annotated[str | None, typer.Option("--end", metavar="T", help="The window's end, RFC 3339.")]
AlertOption = Annotated[Path | None, typer.Option("--alert", metavar="FILE", help="An Alertmanager message (JSON).")]
StatusFeedsOption = Annotated[
    bool | None, typer.Option("--status-feeds/--no-status-feeds", help="Fetch providers' status feeds.")
]


def help_if_alone(asked: typer.Context) -> None:
    """The help, for a group of commands that was named without one of them."""
    if asked.invoked_subcommand is None:
        answer(asked.get_help() + "\n")
