"""The loop for models that can't call tools natively: each answer is one JSON object that asks a tool or concludes.

What ends it: a conclusion, a bound of the budget, the deadline, a model that fails twice, or a second malformed answer
in a row. In the last case, and when the calls are spent, one forced answer can be nothing but a conclusion.
"""

import json
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any, Protocol

from msgspec import Struct
from pydantic import ValidationError

from agent.budget import OutOfBudget
from agent.conclusion import Conclusion
from agent.investigator import Ending, Inquiry
from agent.json_turns import CONCLUSION, Json, conclusion_schema, read_turn, told, turn_schema

PAUSE = 1.0
"""Seconds before the one retry of a request."""
_FORCED = "Nothing more can be asked. Answer with the Conclusion now, from what you have read."
_ASKED_BEFORE = "You have asked this before, and the answer stands above. Ask something else, or conclude."


class Completion(Struct, frozen=True):
    """A model's answer; `tokens` are in and out, None where nobody counted."""

    text: str
    tokens: tuple[int, int] | None = None


class CompletionError(Exception):
    """A model that did not answer; one line for a person.

    Attributes:
        again: Whether asking once more may help.
        late: Whether the time was up.
    """

    def __init__(self, why: str, *, again: bool = False, late: bool = False) -> None:
        super().__init__(why)
        self.again, self.late = again, late


class Completer(Protocol):
    """A model that completes a conversation."""

    @property
    def name(self) -> str:
        """For the provenance."""

    def complete(self, messages: Sequence[Json], schema: Mapping[str, Any], seconds: float) -> Completion:
        """The next answer, which should follow the schema.

        Raises:
            CompletionError: there is none.
        """


class JsonInvestigator:
    """A model that asks tools in JSON."""

    def __init__(self, completer: Completer) -> None:
        """`completer` answers."""
        self._completer = completer

    @property
    def name(self) -> str:
        """The model's name."""
        return self._completer.name

    def investigate(self, inquiry: Inquiry) -> Ending:
        """Let the model investigate."""
        try:
            return self._talk(inquiry)
        except OutOfBudget as stop:
            return Ending("out_of_budget", self.name, why=f"no conclusion within {stop}")
        except CompletionError as error:
            return Ending("too_late" if error.late else "failed", self.name, why=str(error))

    def _talk(self, inquiry: Inquiry) -> Ending:
        messages = _start(inquiry)
        schema = turn_schema(inquiry.questions)
        asked: set[str] = set()
        malformed = 0
        while malformed < 2:
            try:
                said = self._ask(inquiry, messages, schema, kept=1)
            except OutOfBudget:
                break
            try:
                tool, arguments = read_turn(said)
                if tool == CONCLUSION:
                    return Ending("concluded", self.name, Conclusion.model_validate(arguments))
            except ValueError as error:
                malformed, reply = malformed + 1, _corrected(error)
            else:
                malformed, reply = 0, _answered(inquiry, tool, arguments, asked)
            messages += [{"role": "assistant", "content": said}, {"role": "user", "content": reply}]
        return self._forced(inquiry, messages)

    def _forced(self, inquiry: Inquiry, messages: Sequence[Json]) -> Ending:
        forced = [*messages, {"role": "user", "content": _FORCED}]
        said = self._ask(inquiry, forced, conclusion_schema(), kept=0)
        try:
            tool, arguments = read_turn(said)
            found = Conclusion.model_validate(arguments) if tool == CONCLUSION else None
        except ValueError:
            found = None
        if found is None:
            return Ending("said_nothing", self.name, why="it submitted no conclusion")
        return Ending("concluded", self.name, found)

    def _ask(self, inquiry: Inquiry, messages: Sequence[Json], schema: Mapping[str, Any], *, kept: int) -> str:
        meter = inquiry.meter
        meter.before_model(kept=kept)
        inquiry.tell(f"asking {self.name}")
        try:
            answer = self._completer.complete(messages, schema, meter.seconds_left)
        except CompletionError as error:
            if not error.again or meter.seconds_left <= PAUSE:
                raise
            inquiry.tell(f"{error}; once more")
            time.sleep(PAUSE)
            answer = self._completer.complete(messages, schema, meter.seconds_left)
        meter.after_model(*(answer.tokens or _counted(messages, answer.text)))
        return answer.text


def _start(inquiry: Inquiry) -> list[Json]:
    template = Template(files("prompts").joinpath("json-turns.md").read_text(encoding="utf-8"))
    system = f"{inquiry.briefing.system.rstrip()}\n\n{template.substitute(tools=told(inquiry.questions))}"
    return [{"role": "system", "content": system}, {"role": "user", "content": inquiry.briefing.message}]


def _answered(inquiry: Inquiry, tool: str, arguments: Json, asked: set[str]) -> str:
    """What the tool says; the same question is not asked twice."""
    question = json.dumps([tool, arguments], sort_keys=True)
    if question in asked:
        return _ASKED_BEFORE
    asked.add(question)
    return inquiry.ask(tool, arguments)[0]


def _corrected(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{CONCLUSION}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _counted(messages: Sequence[Json], text: str) -> tuple[int, int]:
    """Tokens where nobody counts them: a fourth of the signs."""
    return sum(len(one["content"]) for one in messages) // 4, len(text) // 4
