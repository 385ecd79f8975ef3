"""The command `faultside`. Start-up stays quick: commands import what they need when they run."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from tools.errors import InputError

if TYPE_CHECKING:
    from agent.cli_input import Asked
    from agent.diagnosis import Diagnosis

Form = Literal["text", "json", "markdown"]
Mode = Literal["engine", "llm", "hybrid"]

WRONG_INPUT, NOTHING_REACHED, INTERRUPTED = 2, 3, 130
_NO_CLUSTER = {"gap/kubernetes", "gap/kubernetes/objects", "gap/kubernetes/pod"}
_NO_METRICS = {"gap/prometheus", "gap/prometheus/metrics"}
_RULE = "=" * 100

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
show = typer.Typer(add_completion=False, rich_markup_mode=None)
app.add_typer(show, name="show")

RunOption = Annotated[Path, typer.Option("--run", metavar="DIR", help="A recorded run.")]
BoundaryOption = Annotated[
    Path | None, typer.Option("--boundary", metavar="FILE", help="Who operates what (boundary.yaml).")
]


@app.callback(invoke_without_command=True)
def faultside(
    asked: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Decide on which side of the boundary a fault lies: internal, external, no fault, or inconclusive."""
    if version:
        from importlib.metadata import version as installed

        _answer(f"faultside {installed('faultside')}\n")
        raise typer.Exit
    _help_if_alone(asked)


@app.command()
def diagnose(  # noqa: PLR0913, PLR0917 - one parameter per public option
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="What is wrong, in words.")] = None,
    run: Annotated[Path | None, typer.Option("--run", metavar="DIR", help="Diagnose a recorded run.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Where it is wrong.")] = None,
    since: Annotated[str | None, typer.Option(metavar="30m", help="Look back this long.")] = None,
    start: Annotated[str | None, typer.Option(metavar="T", help="The window's start, RFC 3339.")] = None,
    end: Annotated[str | None, typer.Option(metavar="T", help="The window's end, RFC 3339.")] = None,
    alert: Annotated[Path | None, typer.Option(metavar="FILE", help="An Alertmanager message (JSON).")] = None,
    mode: Annotated[Mode, typer.Option(help="Who decides.")] = "engine",
    boundary: BoundaryOption = None,
    form: Annotated[Form, typer.Option("--format", help="The form of the answer.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answer to a file.")] = None,
) -> None:
    """Diagnose one incident; with --run, the other options replace parts of the run's own incident."""
    if mode != "engine":
        raise InputError("--mode", None, f"{mode} needs a model, which this version does not have; use --mode engine")
    if run is None:
        raise InputError("--run", None, "this version reads recordings only; name a recorded run with --run DIR")
    from agent.cli_input import Asked

    found = _diagnose(run, boundary, Asked(question, namespace, since, start, end, alert))
    colour = out is None and _may_colour()
    _answer(_shaped(found, form, colour), out)
    if not _reached(found):
        raise typer.Exit(NOTHING_REACHED)


@app.command()
def demo() -> None:
    """Diagnose two shipped recordings of incidents that look alike."""
    from agent.cli_show import demo_runs
    from agent.report.text import text

    runs = demo_runs()
    for number, (folder, heading) in enumerate(runs, start=1):
        found = _diagnose(folder, None, None)
        _answer(f"{_RULE}\n{number} of {len(runs)}: {heading}\n{_RULE}\n\n{text(found, _may_colour())}\n")


@show.callback(invoke_without_command=True)
def explain(asked: typer.Context) -> None:
    """Explain what a diagnosis rests on."""
    _help_if_alone(asked)


@show.command("boundary")
def show_boundary(run: RunOption, boundary: BoundaryOption = None) -> None:
    """Who operates every component of a recording, and why."""
    from agent.cli_show import boundary_text

    _answer(boundary_text(run, boundary))


@show.command("graph")
def show_graph(run: RunOption, boundary: BoundaryOption = None) -> None:
    """Who calls whom in a recording, and how that is known."""
    from agent.cli_show import graph_text

    _answer(graph_text(run, boundary))


@show.command("run")
def show_run(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A recorded run.")]) -> None:
    """What a recording holds."""
    from agent.cli_show import run_text

    _answer(run_text(folder))


@show.command("mode")
def show_mode(mode: Annotated[str, typer.Argument(metavar="ID", help="Such as scaled_to_zero.")]) -> None:
    """What a failure mode means, how it is told from its neighbours, and what to do."""
    from agent.cli_show import mode_text

    _answer(mode_text(mode))


@show.command("modes")
def show_modes() -> None:
    """All failure modes."""
    from agent.cli_show import modes_text

    _answer(modes_text())


@show.command("providers")
def show_providers(
    words: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a name, kind or host.")] = "",
) -> None:
    """Third parties that are known without a boundary file."""
    from agent.cli_show import providers_text

    _answer(providers_text(words))


@show.command("schema")
def show_schema() -> None:
    """The JSON Schema of --format json."""
    from agent.report.json_form import schema_text

    _answer(schema_text())


def main() -> None:
    """The console script. A bug is the only thing that ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = app(standalone_mode=False)
    except InputError as error:
        _complain(str(error), WRONG_INPUT)
    except typer.TyperException as error:
        _complain(" ".join(error.format_message().split()) or "see faultside --help", WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _help_if_alone(asked: typer.Context) -> None:
    if asked.invoked_subcommand is None:
        _answer(asked.get_help() + "\n")


def _complain(message: str, status: int) -> NoReturn:
    _progress("")
    print(f"faultside: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(status)


def _diagnose(folder: Path, boundary: Path | None, asked: "Asked | None") -> "Diagnosis":
    _progress(f"reading {folder} ...")
    from agent.diagnose import diagnose as ask
    from agent.run_input import load_run

    run = load_run(folder, boundary)
    incident = run.incident
    if asked is not None:
        from agent.cli_input import recorded_incident

        incident = recorded_incident(run.head, asked)
    _progress("diagnosing ...")
    found = ask(incident, run.sources, run.boundary)
    _progress("")
    return found


def _shaped(found: "Diagnosis", form: Form, colour: bool) -> str:
    if form == "json":
        from agent.report.json_form import json_text

        return json_text(found)
    if form == "markdown":
        from agent.report.markdown import markdown

        return markdown(found)
    from agent.report.text import text

    return text(found, colour)


def _reached(found: "Diagnosis") -> bool:
    """Whether any system answered; without one, the workloads and the metrics are both gaps and nothing is cited."""
    lost = {gap.evidence for gap in found.gaps if gap.status in {"denied", "error"}}
    silent = bool(lost & _NO_CLUSTER) and bool(lost & _NO_METRICS)
    return not silent or any(one.source != "incident" for one in found.evidence)


def _may_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _answer(text: str, out: Path | None = None) -> None:
    """To stdout, or to a file; a reader that has gone away is no failure."""
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(str(out), None, f"cannot be written ({error.strerror})") from None
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end; that must find somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _progress(words: str) -> None:
    """One line that overwrites itself; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
