"""Chat models that follow a script in process, or are recorded while they answer.

LangChain sees no difference between a script and a model behind an endpoint.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, BaseCallbackHandler, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult, LLMResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.investigate.chain import ChatModel
from evals.turns import Asked, Call, Message, Script, Turn, keep, used

_ROLES = {"human": "user", "ai": "assistant"}


class ScriptedModel(BaseChatModel):
    """A model whose every turn comes from a script.

    A script that raises does so to the caller, as an endpoint's error would.
    """

    script: Script
    name: str | None = "scripted"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer the tools to the script."""
        return self.bind(tools=[convert_to_openai_tool(one) for one in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - LangChain's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the same
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> ChatResult:
        offered = {one["function"]["name"]: one["function"].get("parameters", {}) for one in kwargs.get("tools") or ()}
        asked = Asked(tuple(map(_read, messages)), offered)
        return ChatResult(generations=[ChatGeneration(message=_said(self.script(asked), asked))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - LangChain's signature
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the same
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> ChatResult:
        return self._generate(messages, **kwargs)


def recorded(model: ChatModel) -> ChatModel:
    """The same model, whose turns are kept where somebody records (`evals.turns.kept_turns`)."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[BaseChatModel]:
        async with model.open() as inner:
            inner.callbacks = [_Recorder()]
            yield inner

    return ChatModel(model.name, opened)


class _Recorder(BaseCallbackHandler):
    """Hears every answer of a model."""

    run_inline = True

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:  # noqa: ANN401 - LangChain's signature
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            keep(_turn(generation.message))

    def on_llm_error(self, error: BaseException, **_: Any) -> None:  # noqa: ANN401 - the same
        keep(Turn(error=f"{type(error).__name__}: {error}"))


def _turn(message: AIMessage) -> Turn:
    good = [Call(one["name"], one["args"]) for one in message.tool_calls]
    bad = [Call(one["name"] or "", one["args"] or "") for one in message.invalid_tool_calls]
    usage = message.usage_metadata
    tokens = (usage["input_tokens"], usage["output_tokens"]) if usage else (None, None)
    return Turn(str(message.text), (*good, *bad), *tokens)


def _read(message: BaseMessage) -> Message:
    calls = [f"{one['name']} {json.dumps(one['args'])}" for one in getattr(message, "tool_calls", ())]
    text = "\n".join([str(message.text), *calls]).strip()
    return Message(_ROLES.get(message.type, message.type), text)


def _said(turn: Turn, asked: Asked) -> AIMessage:
    good, bad = [], []
    for place, call in enumerate(turn.calls):
        name = f"call_{asked.round}_{place}"
        arguments = _arguments(call)
        if arguments is None:
            bad.append(invalid_tool_call(name=call.name, args=str(call.arguments), id=name, error="no JSON"))
        else:
            good.append(tool_call(name=call.name, args=arguments, id=name))
    sent, said = used(turn, asked)
    usage = {"input_tokens": sent, "output_tokens": said, "total_tokens": sent + said}
    return AIMessage(turn.text, tool_calls=good, invalid_tool_calls=bad, usage_metadata=usage)


def _arguments(call: Call) -> dict[str, Any] | None:
    """The arguments as an endpoint's client would read them; None where they are no JSON object."""
    if not isinstance(call.arguments, str):
        return call.arguments
    try:
        found = json.loads(call.arguments)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
