"""Which investigator the settings and the names of models mean."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.endpoint import Endpoint, EndpointError, Json, completion_options
from agent.investigate.chain import ChatModel
from agent.investigate.loop import LangChainInvestigator
from agent.investigate.models import chat_models
from agent.investigator import Ending, How, Inquiry, Investigator
from agent.json_loop import Completer, Completion, CompletionError, JsonInvestigator
from agent.local_model import LocalCompleter
from agent.local_weights import LOCAL, installed
from agent.settings import CacheSettings, ModelSettings, read
from tools.errors import InputError

_TRY_AGAIN = {"busy", "broken", "unreachable"}


class EndpointCompleter:
    """An endpoint's model that answers in JSON; where it takes no schema, the words of the prompt have to do."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        """Ask `model` at `endpoint`."""
        self._endpoint, self.name = endpoint, model
        self._takes_schema = True

    def complete(self, messages: Sequence[Json], schema: Mapping[str, Any], seconds: float) -> Completion:
        """The next answer.

        Raises:
            CompletionError: there is none.
        """
        try:
            return self._answer(messages, schema if self._takes_schema else None, seconds)
        except EndpointError as error:
            if error.trouble != "refused" or not self._takes_schema:
                raise self._told(error) from error
        self._takes_schema = False
        return self.complete(messages, schema, seconds)

    def _answer(self, messages: Sequence[Json], schema: Mapping[str, Any] | None, seconds: float) -> Completion:
        said = self._endpoint.ask(self.name, messages, seconds, **completion_options(schema))
        return Completion(said.text, said.tokens)

    def _told(self, error: EndpointError) -> CompletionError:
        return CompletionError(f"{self.name}: {error}", again=error.trouble in _TRY_AGAIN, late=error.trouble == "late")


class InTurn:
    """Investigators of which the next is tried only where the one before ended in one of some ways."""

    def __init__(self, several: Sequence[Investigator], after: Container[How]) -> None:
        """`several` is at least one."""
        self._several, self._after = several, after

    @property
    def name(self) -> str:
        """The names, each once."""
        return ", ".join(dict.fromkeys(one.name for one in self._several))

    def investigate(self, inquiry: Inquiry) -> Ending:
        """The ending of the first that ends otherwise, else of the last."""
        *first, last = self._several
        for one in first:
            ending = one.investigate(inquiry)
            if ending.how not in self._after:
                return ending
        return last.investigate(inquiry)


class Around(Struct, frozen=True):
    """What is put around each model, such as a recorder; nothing by default."""

    chat: Callable[[ChatModel], ChatModel] = lambda model: model
    completer: Callable[[Completer], Completer] = lambda model: model


def investigator_of(
    names: Sequence[str],
    settings: ModelSettings,
    seconds: float,
    around: Around = Around(),  # noqa: B008 - frozen
) -> Investigator:
    """The investigator for models in the order in which they are tried; `seconds` is how long a request may take.

    `local` is the small model in this process.

    Raises:
        InputError: the local model is not installed, or named among others.
    """
    if LOCAL in names:
        return _local(names, around)
    native = LangChainInvestigator([around.chat(one) for one in chat_models(settings, tuple(names), seconds)])
    if settings.tool_calls == "native":
        return native
    key = settings.api_key.get_secret_value() if settings.api_key else None
    endpoint = Endpoint(settings.base_url, key)
    several = [JsonInvestigator(around.completer(EndpointCompleter(endpoint, name))) for name in names]
    in_json = InTurn(several, {"failed", "refused"})
    return in_json if settings.tool_calls == "json" else InTurn([native, in_json], {"refused"})


def _local(names: Sequence[str], around: Around) -> Investigator:
    if len(names) > 1:
        raise InputError("--model", None, f"{LOCAL} stands alone, it is no part of a chain")
    return JsonInvestigator(around.completer(LocalCompleter(installed(read(CacheSettings).models))))
