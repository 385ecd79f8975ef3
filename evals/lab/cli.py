"""`faultside-lab`: real incidents on a real cluster. Everything heavy is imported inside."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import help_if_alone
from agent.cli.output import printed
from agent.cli.start import start

WRONG_VERDICT = 4

app = typer.Typer(
    name="faultside-lab",
    help="Real incidents on a real Kubernetes. Exit status: 0 done, 2 wrong input or machine, 4 a wrong verdict "
    "or a bar missed.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cluster = typer.Typer()
app.add_typer(cluster, name="cluster")

Home = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where the lab keeps what it made (default: a folder in your cache)."),
]


class Said:
    """Progress on stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        """Print one line."""
        typer.echo(f"{time.monotonic() - self._began:6.1f} s  {text}", err=True)


@cluster.callback(invoke_without_command=True)
def explain(asked: typer.Context) -> None:
    """A Kubernetes on this machine."""
    help_if_alone(asked)


@cluster.command(name="up")
def cluster_up(
    nodes: Annotated[int, typer.Option(metavar="N", min=1, max=2, help="How many at least; one can join later.")] = 1,
    home: Home = None,
) -> None:
    """Build what is missing, and start a cluster; one that runs is left alone."""
    from evals.lab.cluster.places import places
    from evals.lab.cluster.up import add_node, up

    said, lab = Said(), places(home)
    (add_node if nodes > 1 else up)(lab, said)
    said("the cluster is up")
    printed(f"export KUBECONFIG={lab.kubeconfig}\n")


@cluster.command(name="down")
def cluster_down(home: Home = None) -> None:
    """Stop the cluster, and leave the machine as it was; also after a crash."""
    from evals.lab.cluster.down import take_down
    from evals.lab.cluster.places import places

    printed("the cluster is down\n" if take_down(places(home)) else "there was no cluster\n")


@cluster.command(name="status")
def cluster_status(home: Home = None) -> None:
    """What runs, where it is reached, and what it costs."""
    from evals.lab.cluster.places import places
    from evals.lab.cluster.status import status

    printed(status(places(home)))


Fault = Annotated[str, typer.Argument(metavar="FAULT", help="One of `faultside-lab faults`.")]


@app.command()
def faults() -> None:
    """What can be run."""
    from evals.lab.experiment.fault import fault_names, load_fault

    printed("".join(f"{name:<28}{load_fault(name).title}\n" for name in fault_names()))


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one parameter per public option
    fault: Fault,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where recording and report go.")] = None,
    context: Annotated[
        str | None, typer.Option(metavar="NAME", help="A cluster of yours instead of the lab's own.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where that context is; else kubectl's own way.")
    ] = None,
    prometheus: Annotated[str | None, typer.Option(metavar="URL", help="That cluster's metric store.")] = None,
    baseline: Annotated[float, typer.Option(metavar="SECONDS", min=5, help="Service before the change.")] = 20.0,
    home: Home = None,
) -> None:
    """Bring one fault about, diagnose it live, record it, repair it, and report. Exit 4 when an answer is wrong."""
    from evals.lab.cluster.places import places
    from evals.lab.experiment.command import Wanted, perform

    wanted = Wanted(fault, out, context, kubeconfig, prometheus, baseline)
    told = perform(wanted, places(home), Said())
    printed(told.text)
    if not told.is_right:
        raise typer.Exit(WRONG_VERDICT)


@app.command()
def crowd(
    deployments: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="With ten simulated pods each.")] = 500,
    home: Home = None,
) -> None:
    """Simulate thousands of pods on the lab's cluster, and measure live sweeps of them. Exit 4: a bar was missed."""
    from evals.lab.cluster.places import places
    from evals.lab.crowd.command import crowd as measured

    told = measured(places(home), deployments, Said())
    printed(told.text())
    if not told.is_good:
        raise typer.Exit(WRONG_VERDICT)


@app.command()
def undo(home: Home = None) -> None:
    """Undo what killed runs left; the next run in the same cluster does so by itself."""
    from evals.lab.cluster.places import places
    from evals.lab.experiment.journal import journals

    found = journals(places(home).home)
    for journal in found:
        with journal.held():
            entry = journal.undo()
        printed(f"undone: {entry.fault}\n" if entry else "")
    if not found:
        printed("there was nothing to undo\n")


@app.command()
def images(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Where the archives go.")], home: Home = None
) -> None:
    """Write the shop's images as OCI archives, which `ctr images import` and kind take, for a cluster of yours."""
    from evals.lab.cluster.places import places
    from evals.lab.images import SHOP, write_archives

    for path in write_archives(SHOP, places(home).built, out, Said()):
        printed(f"{path}\n")


def main() -> None:
    """The console script."""
    start(app, "faultside-lab", sys.argv[1:] or ["--help"])


if __name__ == "__main__":
    main()
