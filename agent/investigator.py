"""The seam between the engine and a model: an inquiry goes in, an ending comes out.

`agent/investigate/` is the investigator on LangChain, `agent/json_loop.py` the one for models without native tool
calls. Whoever implements the protocol asks tools through `Inquiry.ask` only, and the meter before and after each
request to a model.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from agent.budget import Meter, OutOfBudget
from agent.conclusion import Conclusion
from agent.untrusted import fenced, readable
from tools.errors import ToolError
from tools.evidence import Evidence
from tools.questions import Question, Toolbox

How = Literal["concluded", "said_nothing", "out_of_budget", "too_late", "refused", "failed"]


class Briefing(Struct, frozen=True):
    """What a model is told at the start; `prompt` is the fingerprint of the templates."""

    system: str
    message: str
    prompt: str = ""


class Ending(Struct, frozen=True):
    """How an investigation ended.

    Attributes:
        conclusion: What the model submitted, if anything.
        model: The model that submitted it, or was asked last.
        why: For a person, one line; empty where a conclusion came.
    """

    how: How
    model: str
    conclusion: Conclusion | None = None
    why: str = ""


class Call(Struct, frozen=True):
    """One tool call of the audit; `evidence` is empty where it was refused, `error` then says why."""

    tool: str
    arguments: Mapping[str, object]
    evidence: str = ""
    status: str = ""
    error: str = ""
    seconds: float = 0.0


class Step(Struct, frozen=True):
    """Something that happens, or is `done`, for whoever watches; with the time and tokens spent so far."""

    what: str
    seconds: float
    tokens: int
    done: bool = False


Watch = Callable[[Step], None]


class Inquiry:
    """One investigation: what is asked, the tools, the bounds, and the record of every call."""

    def __init__(
        self,
        briefing: Briefing,
        toolbox: Toolbox,
        questions: Mapping[str, Question],
        meter: Meter,
        watch: Watch = lambda _: None,
    ) -> None:
        """`questions` are the tools by name."""
        self.briefing, self.toolbox, self.questions, self.meter = briefing, toolbox, questions, meter
        self.calls: list[Call] = []
        self._watch = watch

    def ask(self, tool: str, arguments: Mapping[str, object]) -> tuple[str, Evidence | None]:
        """Ask one question, from any thread: the fenced text for the model, and the evidence.

        There is no evidence where the question can't be answered as asked; the text then says how to ask better.
        """
        started = self.meter.seconds
        try:
            self.meter.before_tool()
            answer = self._question(tool).ask(self.toolbox, arguments)
        except OutOfBudget as stop:
            return self._refused(tool, arguments, f"refused, {stop} are spent; submit the conclusion now", started)
        except ToolError as error:
            return self._refused(tool, arguments, str(error), started)
        spent = round(self.meter.seconds - started, 3)
        self.calls.append(Call(tool, dict(arguments), answer.id, answer.status, seconds=spent))
        self.tell(f"{tool} {_short(arguments)}: {answer.status}, {_first(answer.text)}", done=True)
        return fenced(answer.id, answer.text, note=_note(answer)), answer

    def _question(self, tool: str) -> Question:
        if tool not in self.questions:
            raise ToolError(f"there is no tool {tool!r}; the tools are {', '.join(self.questions)}")
        return self.questions[tool]

    def tell(self, what: str, *, done: bool = False) -> None:
        """Tell whoever watches."""
        self._watch(Step(readable(what, 160), self.meter.seconds, self.meter.tokens, done))

    def _refused(
        self, tool: str, arguments: Mapping[str, object], why: str, started: float
    ) -> tuple[str, Evidence | None]:
        why = readable(why, 600)
        spent = round(self.meter.seconds - started, 3)
        self.calls.append(Call(tool, dict(arguments), error=why, seconds=spent))
        self.tell(f"{tool} {_short(arguments)}: {why}", done=True)
        return why, None


class Investigator(Protocol):
    """A model that investigates."""

    @property
    def name(self) -> str:
        """The model, or the models in the order in which they are tried, for the provenance."""

    def investigate(self, inquiry: Inquiry) -> Ending:
        """Read the briefing, ask tools, and conclude. Whatever the model or its endpoint does, this returns."""


class NoModel:
    """Stands for a model that can't be asked; `why` is for a person."""

    def __init__(self, why: str) -> None:
        """Nothing is asked of anybody."""
        self._why = why

    @property
    def name(self) -> str:
        """There is none."""
        return ""

    def investigate(self, inquiry: Inquiry) -> Ending:  # noqa: ARG002 - the protocol's signature
        """End at once."""
        return Ending("failed", "", why=self._why)


def _note(answer: Evidence) -> str:
    return "" if answer.status == "ok" else f"{answer.status}: says nothing about health"


def _short(arguments: Mapping[str, object]) -> str:
    return " ".join(f"{value}" for value in arguments.values() if value not in (None, ""))


def _first(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "nothing")
