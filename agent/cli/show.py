"""The commands of `faultside show`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import BoundaryOption, DumpOption, RunOption, help_if_alone
from agent.cli.output import answer
from agent.cli.show_tool import show_tool, show_tools

show = typer.Typer(add_completion=False, rich_markup_mode=None)
show.command("tool")(show_tool)
show.command("tools")(show_tools)


@show.callback(invoke_without_command=True)
def explain(asked: typer.Context) -> None:
    """Explain what a diagnosis rests on."""
    help_if_alone(asked)


@show.command("boundary")
def show_boundary(run: RunOption = None, dump: DumpOption = None, boundary: BoundaryOption = None) -> None:
    """Who operates every component of a recording or dump, and why."""
    from agent.cli.chosen import Chosen
    from agent.cli.shown import boundary_text

    answer(boundary_text(Chosen(run, dump, boundary)))


@show.command("graph")
def show_graph(run: RunOption = None, dump: DumpOption = None, boundary: BoundaryOption = None) -> None:
    """Who calls whom in a recording or dump, and how that is known."""
    from agent.cli.chosen import Chosen
    from agent.cli.shown import graph_text

    answer(graph_text(Chosen(run, dump, boundary)))


@show.command("run")
def show_run(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A recorded run.")]) -> None:
    """What a recording holds."""
    from agent.cli.shown import run_text

    answer(run_text(folder))


@show.command("mode")
def show_mode(mode: Annotated[str, typer.Argument(metavar="ID", help="Such as scaled_to_zero.")]) -> None:
    """What a failure mode means, how it is told from its neighbours, and what to do."""
    from agent.cli.shown import mode_text

    answer(mode_text(mode))


@show.command("modes")
def show_modes() -> None:
    """All failure modes."""
    from agent.cli.shown import modes_text

    answer(modes_text())


@show.command("providers")
def show_providers(
    words: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a name, kind or host.")] = "",
) -> None:
    """Third parties that are known without a boundary file."""
    from agent.cli.shown import providers_text

    answer(providers_text(words))


@show.command("schema")
def show_schema() -> None:
    """The JSON Schema of --format json."""
    from agent.report.json_form import schema_text

    answer(schema_text())
