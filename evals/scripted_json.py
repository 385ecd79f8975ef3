"""A scripted model that answers in JSON, in process, as an endpoint without native tool calls does."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.json_loop import Completion, CompletionError
from evals.turns import Asked, Message, Script, ScriptError, as_json, used


class ScriptedCompleter:
    """Completes a conversation from a script; one that breaks down does so as an endpoint that fails."""

    def __init__(self, script: Script, name: str = "scripted") -> None:
        """Follow the script."""
        self._script, self.name = script, name

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        seconds: float,  # noqa: ARG002 - a script takes no time
    ) -> Completion:
        """The script's next turn.

        Raises:
            CompletionError: the script broke down.
        """
        asked = Asked(tuple(Message(one["role"], one["content"]) for one in messages), schema=schema)
        try:
            turn = self._script(asked)
        except ScriptError as error:
            raise CompletionError(str(error)) from error
        return Completion(as_json(turn), used(turn, asked))
