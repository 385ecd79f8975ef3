"""`faultside show tool`: ask one tool what a model, a chat or MCP would ask it, and see exactly what they see."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.options import (
    BoundaryOption,
    ContextOption,
    DumpOption,
    EndOption,
    KubeconfigOption,
    NamespaceOption,
    RunOption,
    SinceOption,
    StartOption,
    StatusFeedsOption,
)
from agent.cli.output import answer, progress, tell
from tools.errors import InputError, ToolError

if TYPE_CHECKING:
    from agent.cli.chosen import Input
    from tools.evidence import Evidence
    from tools.questions import Question, Toolbox


def show_tool(  # noqa: PLR0913, PLR0917 - one parameter per public option
    tool: Annotated[str, typer.Argument(metavar="NAME", help="Such as pod_status; `show tools` lists them.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE", help="workload=payment")] = None,
    run: RunOption = None,
    dump: DumpOption = None,
    at: Annotated[str | None, typer.Option(metavar="T", help="When the dump was printed, RFC 3339.")] = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    start: StartOption = None,
    end: EndOption = None,
    boundary: BoundaryOption = None,
    status_feeds: StatusFeedsOption = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="json has the value too.")] = "text",
) -> None:
    """What a tool answers, on a live cluster, in a dump or in a recording."""
    from agent.cli.asked import Asked
    from agent.cli.chosen import ANYTHING, Chosen, load
    from tools.redact import remembered_secrets

    question = _question(tool)
    given = _pairs(arguments or ())
    progress("reading ...")
    alive = run is None and dump is None
    asked = Asked(ANYTHING if alive else None, namespace, since, start, end)
    found = load(Chosen(run, dump, boundary, at, kubeconfig, context, status_feeds), asked)
    with remembered_secrets():
        said = _asked(question, _toolbox(found), _with_namespace(question, given, found.incident.namespace))
    progress("")
    tell(found.told)
    answer(_json(said) if form == "json" else _text(said))


def show_tools() -> None:
    """The tools that a model, a chat or MCP may use, with their arguments."""
    from agent.report.words import wrapped
    from tools.questions import QUESTIONS

    lines = []
    for one in QUESTIONS.values():
        lines.append(f"{one.name} {' '.join(_taken(one))}".rstrip())
        lines += wrapped(" ".join(one.description.split()), first="    ")
    answer("\n".join(lines) + "\n")


def _taken(one: "Question") -> list[str]:
    fields = one.arguments.model_fields
    return [f"{name}=…" if field.is_required() else f"[{name}=…]" for name, field in fields.items()]


def _question(tool: str) -> "Question":
    from tools.questions import QUESTIONS
    from tools.questions.names import nearest

    if tool not in QUESTIONS:
        raise InputError("show tool", None, f"there is no tool {tool!r}; {nearest(tool, QUESTIONS)}")
    return QUESTIONS[tool]


def _pairs(arguments: Sequence[str]) -> dict[str, str]:
    for one in arguments:
        if "=" not in one:
            raise InputError("show tool", None, f"expected KEY=VALUE such as workload=payment, got {one!r}")
    return dict(one.split("=", 1) for one in arguments)


def _with_namespace(question: "Question", given: dict[str, str], namespace: str) -> dict[str, str]:
    """The incident's namespace where a tool needs one and none was typed."""
    field = question.arguments.model_fields.get("namespace")
    needed = field is not None and field.is_required() and bool(namespace)
    return {"namespace": namespace, **given} if needed else given


def _toolbox(found: "Input") -> "Toolbox":
    from agent.diagnose import look
    from agent.toolbox import toolbox_for

    scene, _ = look(found.incident, found.sources, found.boundary, found.limits)
    return toolbox_for(scene, found.sources, found.boundary)


def _asked(question: "Question", toolbox: "Toolbox", given: dict[str, str]) -> "Evidence":
    try:
        return question.ask(toolbox, given)
    except ToolError as error:
        raise InputError("show tool", None, str(error)) from None


def _text(said: "Evidence") -> str:
    from tools.questions import told

    return f"{told(said)}\n\nask again: {said.query}\n"


def _json(said: "Evidence") -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"
