"""The command `faultside`. Start-up stays quick: commands import what they need when they run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.doctor import doctor
from agent.cli.local import model
from agent.cli.options import (
    AlertOption,
    BoundaryOption,
    ContextOption,
    DumpOption,
    EndOption,
    KubeconfigOption,
    NamespaceOption,
    QuestionArgument,
    RunOption,
    SinceOption,
    StartOption,
    StatusFeedsOption,
    help_if_alone,
)
from agent.cli.output import Form, answer, may_colour, progress, shaped, tell
from agent.cli.record import record
from agent.cli.show import show
from agent.cli.start import NOTHING_REACHED, start

if TYPE_CHECKING:
    from agent.cli.asked import Asked
    from agent.cli.chosen import Chosen
    from agent.consult import Model
    from agent.diagnosis import Diagnosis

Mode = Literal["engine", "llm", "hybrid"]

_NO_CLUSTER = {"gap/kubernetes", "gap/kubernetes/objects", "gap/kubernetes/pod"}
_NO_METRICS = {"gap/prometheus", "gap/prometheus/metrics"}
_RULE = "=" * 100

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(show, name="show")
app.add_typer(model, name="model")
app.command("record")(record)
app.command("doctor")(doctor)


@app.callback(invoke_without_command=True)
def faultside(
    asked: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Decide on which side of the boundary a fault lies: internal, external, no fault, or inconclusive."""
    if version:
        from importlib.metadata import version as installed

        answer(f"faultside {installed('faultside')}\n")
        raise typer.Exit
    help_if_alone(asked)


@app.command()
def diagnose(  # noqa: PLR0913, PLR0917 - one parameter per public option
    question: QuestionArgument = None,
    run: RunOption = None,
    dump: DumpOption = None,
    at: Annotated[str | None, typer.Option(metavar="T", help="When the dump was printed, RFC 3339.")] = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    start: StartOption = None,
    end: EndOption = None,
    alert: AlertOption = None,
    status_feeds: StatusFeedsOption = None,
    mode: Annotated[
        Mode | None, typer.Option(help="Who decides; hybrid where a model is configured, else engine.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[,NAME]", envvar="FAULTSIDE_MODEL", help="The model to ask, and whom to try after it."
        ),
    ] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop asking the model at this cost.")] = None,
    boundary: BoundaryOption = None,
    form: Annotated[Form, typer.Option("--format", help="The form of the answer.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answer to a file.")] = None,
) -> None:
    """Diagnose one incident on a live cluster, in a dump, or in a recording, whose incident options replace."""
    from agent.cli.asked import Asked
    from agent.cli.chosen import Chosen

    chosen = Chosen(run, dump, boundary, at, kubeconfig, context, status_feeds)
    asked = Asked(question, namespace, since, start, end, alert)
    found = _diagnose(chosen, asked, _model(mode, model, max_cost))
    colour = out is None and may_colour()
    answer(shaped(found, form, colour), out)
    if not _reached(found):
        raise typer.Exit(NOTHING_REACHED)


@app.command()
def demo() -> None:
    """Diagnose two shipped recordings of incidents that look alike."""
    from agent.cli.chosen import Chosen
    from agent.cli.shown import demo_runs
    from agent.report.text import text

    runs = demo_runs()
    for number, (folder, heading) in enumerate(runs, start=1):
        found = _diagnose(Chosen(folder))
        answer(f"{_RULE}\n{number} of {len(runs)}: {heading}\n{_RULE}\n\n{text(found, may_colour())}\n")


def main() -> None:
    """The console script."""
    start(app, "faultside")


def _diagnose(chosen: "Chosen", asked: "Asked | None" = None, model: "Model | None" = None) -> "Diagnosis":
    progress(f"reading {chosen.run or chosen.dump or 'the cluster'} ...")
    from agent.cli.chosen import load
    from agent.diagnose import diagnose as ask

    found = load(chosen, asked)
    progress("diagnosing ...")
    diagnosis = ask(found.incident, found.sources, found.boundary, model, found.limits)
    progress("")
    tell(found.told)
    if model is not None and diagnosis.provenance.said is None:
        tell([diagnosis.provenance.settled])
    return diagnosis


def _model(mode: Mode | None, names: str | None, max_cost: float | None) -> "Model | None":
    if mode == "engine" or not (mode or names):
        return None  # and nothing is imported for one
    from agent.cli.model import chosen_model

    return chosen_model(mode, names, max_cost)


def _reached(found: "Diagnosis") -> bool:
    """Whether any system answered; without one, the workloads and the metrics are both gaps and nothing is cited."""
    lost = {gap.evidence for gap in found.gaps if gap.status in {"denied", "error"}}
    silent = bool(lost & _NO_CLUSTER) and bool(lost & _NO_METRICS)
    return not silent or any(one.source != "incident" for one in found.evidence)
