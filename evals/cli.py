"""`faultside-evals`: the command line parses, calls one function and prints. Everything heavy is imported inside."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.output import printed
from agent.cli.start import WRONG_INPUT, start
from evals.cli_replay import Results, Runs, replay
from tools.errors import InputError

BELOW_THRESHOLD = 4
_USUAL_AGENTS = ["engine"]
_NO_THRESHOLDS: list[str] = []

app = typer.Typer(
    name="faultside-evals",
    help="Score agents on labelled runs. Exit status: 0 done, 2 wrong input, 4 below a threshold.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.command()(replay)


@app.command()
def run(  # noqa: PLR0913, PLR0917 - typer wants a parameter for every option
    runs: Runs,
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Where results go; those that are there are kept while run and code are the same.",
        ),
    ],
    agent: Annotated[list[str], typer.Option(metavar="NAME", help="Agent to evaluate; repeatable.")] = _USUAL_AGENTS,
    repeat: Annotated[int, typer.Option(metavar="N", min=1, help="Attempts per run and agent.")] = 1,
    fail_under: Annotated[
        list[str], typer.Option(metavar="SCORE=SHARE", help="Exit 4 below it; failed runs count as misses; repeatable.")
    ] = _NO_THRESHOLDS,
    boundary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Boundary file in place of the runs' own.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make earlier results of these runs again.")] = False,
    benchmark: Annotated[
        str | None, typer.Option(metavar="NAME", help="The folder holds cases of this benchmark: cloud-opsbench.")
    ] = None,
) -> None:
    """Diagnose runs, score the answers, and print the table."""
    if benchmark is not None:
        if len(runs) != 1 or agent != _USUAL_AGENTS or repeat != 1 or boundary or fail_under:
            raise InputError(
                "--benchmark", None, "expected one folder, the agent engine, and no other option but --out"
            )
        _benchmark(benchmark, runs[0], out)
        return
    from evals.agents import agents_named
    from evals.evaluate import Plan, evaluate
    from evals.progress import StderrProgress
    from evals.report import render
    from evals.run import find_runs
    from evals.thresholds import below, parse_thresholds

    thresholds = parse_thresholds(fail_under)
    if boundary is not None and not boundary.is_file():
        raise InputError(str(boundary), None, "expected a boundary file")
    agents = agents_named(agent)
    folders = find_runs(runs)
    plan = Plan(runs=folders, agents=agents, out=out, repeat=repeat, boundary=boundary, fresh=fresh)
    with StderrProgress() as progress:
        summary, lines = evaluate(plan, progress)
    printed(render(summary, lines))
    _leave_if_below(below(summary, list(agents), thresholds))


@app.command()
def report(results: Results) -> None:
    """Print the table of an earlier evaluation."""
    from evals.report import render
    from evals.results import read_lines
    from evals.summary import read_summary

    summary = read_summary(results)
    printed(render(summary, read_lines(results)))


@app.command()
def rescore(results: Results, runs: Runs) -> None:
    """Score stored answers against the labels as they are now, without diagnosing, and print the table."""
    from evals.evaluate import rescore as again
    from evals.progress import StderrProgress
    from evals.report import render
    from evals.run import find_runs

    summary, lines = again(results, find_runs(runs), StderrProgress())
    printed(render(summary, lines))


@app.command()
def lint(runs: Runs) -> None:
    """Check runs: every file loads, the label can be right, and nothing in the inputs gives it away."""
    from evals.lint import lint as problems_of
    from evals.run import find_runs

    folders = find_runs(runs)
    bad = 0
    for folder in folders:
        if problems := problems_of(folder):
            bad += 1
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            typer.echo(problems[0] + more, err=True)
    printed(f"{len(folders)} runs, {bad} bad\n")
    if bad:
        raise typer.Exit(WRONG_INPUT)


@app.command()
def modes(
    runs: Runs,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the page goes; else to stdout.")] = None,
) -> None:
    """Write the page of failure modes: what each means, its labelled runs, and how many are answered right."""
    from evals.modes import answers, page
    from evals.progress import StderrProgress
    from evals.results import replace_file
    from evals.run import find_runs

    with StderrProgress() as progress:
        text = page(answers(find_runs(runs), progress))
    if out is None:
        printed(text)
    else:
        replace_file(out, text.encode())


@app.command()
def metamorphic(
    runs: Runs,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where results and wrong variants go.")],
    fail_under: Annotated[
        float | None, typer.Option(metavar="SHARE", min=0, max=1, help="Exit 4 when fewer variants are right.")
    ] = None,
) -> None:
    """Change runs in ways whose effect on the answer is known, and check that the answer changes exactly so."""
    from evals.metamorphic.report import render, share
    from evals.metamorphic.suite import run_all
    from evals.progress import StderrProgress
    from evals.run import find_runs

    folders = find_runs(runs)
    with StderrProgress() as progress:
        outcome = run_all(folders, out, progress)
    printed(render(outcome))
    if fail_under is not None and share(outcome) < fail_under:
        _leave_if_below([f"{share(outcome):.4f} of {len(outcome.results)} variants are right, below {fail_under:g}"])


@app.command(name="benchmark")
def benchmark_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The benchmark: cloud-opsbench.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Its cases; they are only read.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where results go.")],
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="At most so many cases, evenly spread.")] = None,
    only: Annotated[
        str | None, typer.Option("--app", metavar="NAME", help="Cases of one application, by its namespace.")
    ] = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Instead, learn the ranking's numbers on a part, try them on the rest.")
    ] = False,
) -> None:
    """Diagnose the cases of somebody else's benchmark, score them by its own labels, and print the table."""
    _benchmark(name, folder, out, limit, only, cross=cross)


def _benchmark(
    name: str, folder: Path, out: Path, limit: int | None = None, only: str | None = None, *, cross: bool = False
) -> None:
    from evals.adapters import cross as crossing
    from evals.adapters.benchmark import CLOUD_OPSBENCH, Chosen, cross_check, render, run_cloud_opsbench
    from evals.progress import StderrProgress

    if name != CLOUD_OPSBENCH:
        raise InputError("NAME", None, f"expected {CLOUD_OPSBENCH}, got {name!r}")
    chosen = Chosen(folder, only, limit)
    with StderrProgress() as progress:
        if cross:
            printed(crossing.render(cross_check(chosen, out, progress)))
        else:
            printed(render(run_cloud_opsbench(chosen, out, progress)))


@app.command()
def calibrate(
    runs: Runs,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where answers, table, numbers and curves go.")],
    cloud_opsbench: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Try the confidence on these cases too; they are not fitted on.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Make the fitted table the engine's own, and renew docs/calibration.md.")
    ] = False,
) -> None:
    """Fit the confidence on labelled runs, on changed and on degraded ones, and show how well it holds."""
    from evals.calibration.command import calibrate as fit
    from evals.calibration.command import publish, render
    from evals.progress import StderrProgress
    from evals.run import find_runs

    with StderrProgress() as progress:
        found = fit(find_runs(runs), cloud_opsbench, out, progress)
    printed(render(found))
    if write:
        publish(found)


def _leave_if_below(missed: list[str]) -> None:
    for line in missed:
        typer.echo(line, err=True)
    if missed:
        raise typer.Exit(BELOW_THRESHOLD)


def main() -> None:
    """The console script."""
    start(app, "faultside-evals", sys.argv[1:] or ["--help"])


if __name__ == "__main__":
    main()
