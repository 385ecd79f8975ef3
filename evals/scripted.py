"""A chat model that follows a script, in process: LangChain sees no difference to a model behind an endpoint."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from evals.turns import Asked, Call, Message, Script, Turn, used

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


def _read(message: BaseMessage) -> Message:
    calls = [f"{one['name']} {json.dumps(one['args'])}" for one in getattr(message, "tool_calls", ())]
    text = "\n".join([message.text, *calls]).strip()
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
