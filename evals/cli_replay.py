"""`faultside-evals replay`, and the arguments that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.output import printed

Runs = Annotated[list[Path], typer.Argument(metavar="RUN_OR_FOLDER", help="Run folders, or folders to search.")]
Results = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `run --out` wrote.")]


def replay(
    results: Results,
    runs: Runs,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the new results go.")],
) -> None:
    """Diagnose runs again with what models answered in an earlier evaluation, without them, and print the table."""
    from evals.progress import StderrProgress
    from evals.replay import replay as again
    from evals.report import render
    from evals.run import find_runs

    with StderrProgress() as progress:
        summary, lines = again(results, find_runs(runs), out, progress)
    printed(render(summary, lines))
