"""Models that answer in JSON: one that follows a script in process, and any that is recorded while it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.json_loop import Completer, Completion, CompletionError
from evals.turns import Asked, Message, Script, ScriptError, Turn, as_json, keep, used


class ScriptedCompleter:
    """Completes a conversation from a script; one that breaks down does so as an endpoint that fails."""

    def __init__(self, script: Script, name: str = "scripted") -> None:
        """Follow the script."""
        self._script, self.name = script, name

    def complete(
        self,
        messages: Sequence[dict[str, Any]],
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


class RecordedCompleter:
    """The same model, whose turns are kept where somebody records (`evals.turns.kept_turns`)."""

    def __init__(self, completer: Completer) -> None:
        """Ask `completer`."""
        self._completer, self.name = completer, completer.name

    def complete(self, messages: Sequence[dict[str, Any]], schema: Mapping[str, Any], seconds: float) -> Completion:
        """The next answer.

        Raises:
            CompletionError: there is none.
        """
        try:
            answer = self._completer.complete(messages, schema, seconds)
        except CompletionError as error:
            keep(Turn(error=str(error), in_json=True))
            raise
        sent, said = answer.tokens or (None, None)
        keep(Turn(answer.text, tokens_in=sent, tokens_out=said, in_json=True))
        return answer
