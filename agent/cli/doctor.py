"""`faultside doctor`: does what is configured work, and what exactly is missing where it does not."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.options import BoundaryOption, ContextOption, KubeconfigOption, NamespaceOption, StatusFeedsOption
from agent.cli.output import answer, progress
from tools.errors import InputError

if TYPE_CHECKING:
    from agent.doctor import Check

Form = Literal["text", "json"]


def doctor(  # noqa: PLR0913, PLR0917 - one parameter per public option
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    namespace: NamespaceOption = None,
    boundary: BoundaryOption = None,
    status_feeds: StatusFeedsOption = None,
    seconds: Annotated[float, typer.Option("--seconds", metavar="N", help="How long it may take.")] = 20.0,
    form: Annotated[Form, typer.Option("--format", help="The form of the answer.")] = "text",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the answer to a file.")] = None,
) -> None:
    """Check what is configured: is it reached, what may be read, what is missing and the command that grants it."""
    if not 0 < seconds <= 600:
        raise InputError("--seconds", None, f"expected up to 600 seconds, got {seconds:g}")
    progress("checking ...")
    from agent.doctor import Asked, examine, exit_status

    checks = examine(
        Asked(
            deadline=time.monotonic() + seconds,
            kubeconfig=kubeconfig,
            context=context,
            namespace=namespace,
            boundary=boundary,
            status_feeds=status_feeds,
        )
    )
    progress("")
    status = exit_status(checks)
    answer(_text(checks) if form == "text" else _json(checks, status), out)
    if status:
        raise typer.Exit(status)


def _text(checks: "Sequence[Check]") -> str:
    from agent.report.words import wrapped

    lines: list[str] = []
    for number, one in enumerate(checks):
        if not number or checks[number - 1].system != one.system:
            lines += [*([""] if lines else []), one.system]
        lines += wrapped(one.said, first=f"  {one.state:<8} {one.name:<18} ")
        if one.do:
            # On one line, however long, so that a command can be copied.
            lines.append(f"  do       {one.do}")
    return "\n".join(lines) + "\n"


def _json(checks: "Sequence[Check]", status: int) -> str:
    import json

    from msgspec import structs

    return json.dumps({"format": 1, "exit": status, "checks": [structs.asdict(one) for one in checks]}, indent=2) + "\n"
