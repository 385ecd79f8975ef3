"""What a tool is: a function of the toolbox and plain arguments, and what it finds as evidence."""

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tools.errors import ToolError
from tools.evidence import Evidence
from tools.plain_text import plain
from tools.questions.answers import Found, evidence_of
from tools.questions.toolbox import Toolbox

__all__ = ["Question", "System", "Toolbox"]

System = Literal["cluster", "metrics", "promql", "search", "status"]
"""A field of `Sources`."""

MOST_ASKED = 400
"""Characters of one argument."""
_SPARE = frozenset({"title", "default"})


class Question:
    """One tool; its name, description and arguments are read off the function."""

    def __init__(self, function: Callable[..., Found], system: System | None = None, instead: str = "") -> None:
        """`function` takes the toolbox first, then what the asker may choose.

        Args:
            function: What finds the answer.
            system: What it can't do without.
            instead: What to ask where that is not there.
        """
        self.function = function
        self.system, self.instead = system, instead
        self.name: str = function.__name__
        self.description: str = inspect.getdoc(function) or ""

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a model, for checking."""
        taken = list(inspect.signature(self.function, eval_str=True).parameters.values())[1:]
        fields = {one.name: (one.annotation, ... if one.default is one.empty else one.default) for one in taken}
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)  # type: ignore[call-overload,no-any-return]

    @cached_property
    def parameters(self) -> dict[str, object]:
        """The arguments as a JSON Schema with nothing in it that a model has to read in vain."""
        schema = self.arguments.model_json_schema()
        fields = {name: _told(one) for name, one in schema["properties"].items()}
        return {**_told(schema), "properties": fields}

    def offered(self, toolbox: Toolbox) -> bool:
        """Whether the system that it asks is there."""
        return self.system is None or getattr(toolbox.sources, self.system) is not None

    def ask(self, toolbox: Toolbox, arguments: Mapping[str, object]) -> Evidence:
        """Ask it; the answer can be cited from now on.

        Raises:
            ToolError: the arguments are not right, or what they name is not there; the text says what would work.
        """
        if not self.offered(toolbox):
            raise ToolError(f"{self.name}: no such system is configured here; {self.instead}")
        checked = self._checked(arguments)
        try:
            found = self.function(toolbox, **{name: getattr(checked, name) for name in type(checked).model_fields})
        except ToolError as error:
            raise ToolError(f"{self.name}: {error}") from None
        answer = evidence_of(self.name, toolbox, found)
        toolbox.answered[answer.id] = answer
        return answer

    def _checked(self, arguments: Mapping[str, object]) -> BaseModel:
        takes = f"it takes {', '.join(self.arguments.model_fields)}"
        if not isinstance(arguments, Mapping):
            raise ToolError(f"{self.name}: expected an object with arguments; {takes}")
        # Small models write null for what they leave out.
        given = {str(name): one for name, one in arguments.items() if one is not None}
        for name, one in given.items():
            if name not in self.arguments.model_fields:
                raise ToolError(f"{self.name}: there is no argument {plain(name, 40)!r}; {takes}")
            if isinstance(one, str) and len(one) > MOST_ASKED:
                raise ToolError(f"{self.name}: {name} is too long; at most {MOST_ASKED} characters")
            if isinstance(one, str) and not one.isprintable():
                raise ToolError(f"{self.name}: {name} holds characters that can't be printed; write it in plain text")
        try:
            return self.arguments.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "arguments"
            said = "it is missing" if first["type"] == "missing" else plain(first["msg"], 160)
            raise ToolError(f"{self.name}: {place}: {said}; {takes}") from None


def _told(schema: Mapping[str, object]) -> dict[str, object]:
    return {key: said for key, said in schema.items() if key not in _SPARE}
