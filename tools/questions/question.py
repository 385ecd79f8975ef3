"""What a tool is: a function of the toolbox and plain arguments that answers with evidence."""

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tools.callgraph import CallGraph
from tools.changes import Change
from tools.errors import ToolError
from tools.evidence import Evidence
from tools.snapshot import Snapshot
from tools.source import Sources
from tools.views import Views


class Toolbox(Struct, kw_only=True):
    """What the tools of one investigation look at, and what they have answered so far.

    Attributes:
        snapshot: What the sweep read.
        sources: The systems, for what the sweep did not read.
        owner: Who operates a component, in words such as `third party: Stripe`.
        answered: Every answer by its id; together with the views, all that a claim may cite.
    """

    snapshot: Snapshot
    sources: Sources
    graph: CallGraph
    changes: list[Change]
    views: Views
    owner: Callable[[str], str]
    answered: dict[str, Evidence] = field(default_factory=dict)

    def cite(self, evidence: str) -> Evidence | None:
        """An answer of a tool, or evidence of the snapshot; None when there is none of that id."""
        return self.answered.get(evidence) or self.views.cite(evidence)


class Question:
    """One tool; its name, description and arguments are read off the function."""

    def __init__(self, function: Callable[..., Evidence]) -> None:
        """`function` takes the toolbox first, then what the asker may choose."""
        self.function = function
        self.name: str = function.__name__
        self.description: str = inspect.getdoc(function) or ""

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a model, for checking and for a JSON Schema."""
        taken = list(inspect.signature(self.function, eval_str=True).parameters.values())[1:]
        fields = {one.name: (one.annotation, ... if one.default is one.empty else one.default) for one in taken}
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)  # type: ignore[call-overload,no-any-return]

    def ask(self, toolbox: Toolbox, arguments: Mapping[str, object]) -> Evidence:
        """Ask it; the answer can be cited from now on.

        Raises:
            ToolError: the arguments are not right, or what they name is not there; the text says what would work.
        """
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "arguments"
            raise ToolError(f"{self.name}: {place}: {first['msg']}") from None
        answer = self.function(toolbox, **{name: getattr(checked, name) for name in type(checked).model_fields})
        toolbox.answered[answer.id] = answer
        return answer
