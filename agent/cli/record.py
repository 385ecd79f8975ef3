"""`faultside record`: live systems into a run folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import (
    AlertOption,
    BoundaryOption,
    ContextOption,
    EndOption,
    KubeconfigOption,
    NamespaceOption,
    QuestionArgument,
    SinceOption,
    StartOption,
    StatusFeedsOption,
)
from agent.cli.output import answer, progress
from agent.cli.start import NOTHING_REACHED
from tools.errors import InputError

if TYPE_CHECKING:
    from tools.recorder import Recorded


def record(  # noqa: PLR0913, PLR0917 - one parameter per public option
    question: QuestionArgument = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The folder, which must be empty.")] = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    start: StartOption = None,
    end: EndOption = None,
    alert: AlertOption = None,
    boundary: BoundaryOption = None,
    status_feeds: StatusFeedsOption = None,
) -> None:
    """Record what a diagnosis of live systems reads, without secrets, into a folder that gives the same diagnosis."""
    if out is None:
        raise InputError("--out", None, "expected a folder to write into")
    progress("recording ...")
    from agent.cli.asked import Asked
    from agent.cli.chosen import Chosen, live
    from agent.record import record as write

    chosen = Chosen(None, None, boundary, None, kubeconfig, context, status_feeds)
    found = live(chosen, Asked(question, namespace, since, start, end, alert), keep=True)
    recorded = write(found.sources, found.incident, out, boundary, found.limits)
    progress("")
    answer(_told(recorded))
    if recorded.is_empty:
        raise typer.Exit(NOTHING_REACHED)


def _told(recorded: "Recorded") -> str:
    """What was written, what was replaced, what is missing, and how to look at it."""
    from agent.cli.shown import aligned
    from tools.plain_text import plain

    rows = [(name, f"{size:,} bytes") for name, size in recorded.files.items() if not name.startswith("logs/")]
    logs = [size for name, size in recorded.files.items() if name.startswith("logs/")]
    rows.insert(1, (f"logs ({len(logs)})", f"{sum(logs):,} bytes"))
    secrets = ", ".join(f"{count} {kind}" for kind, count in recorded.secrets.items()) or "none found"
    gaps = [f"  - {plain(one['what'], 60)}: {one['status']} ({plain(one['error'], 120)})" for one in recorded.gaps]
    lines = [f"Recorded {recorded.id} into {recorded.folder}", "", *(f"  {line}" for line in aligned(rows))]
    lines += [
        "",
        f"Secrets replaced   {secrets}",
        "Left out",
        *(f"  - {one.what}: {one.why}" for one in recorded.left_out),
    ]
    lines += ["Not answered", *gaps] if gaps else []
    return "\n".join([*lines, "", f"faultside diagnose --run {recorded.folder}", ""])
