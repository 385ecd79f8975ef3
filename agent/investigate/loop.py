"""The agent's loop: a chat model asks tools until it submits a conclusion.

What ends it: a conclusion, a bound of the budget, the deadline, or an endpoint that fails on every model of the chain.
A run that ends otherwise (a text reply, broken tool JSON: LangChain returns as if nothing was) gets one forced call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

from agent.budget import OutOfBudget
from agent.conclusion import Conclusion
from agent.investigate.chain import Chain, ChatModel, ModelError
from agent.investigator import Ending, Inquiry
from tools.questions import Question

if TYPE_CHECKING:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.tools import BaseTool

_BROKEN = "(a tool call that is no JSON)"
_FORCED = "Submit your conclusion now, from what you have read."


class LangChainInvestigator:
    """Chat models that call tools natively, tried in order."""

    def __init__(self, models: Sequence[ChatModel]) -> None:
        """`models` are the chain; at least one."""
        self._models = tuple(models)

    @property
    def name(self) -> str:
        """The models in the order in which they are tried."""
        return ", ".join(one.name for one in self._models)

    def investigate(self, inquiry: Inquiry) -> Ending:
        """Let the models investigate; not to be called from a running event loop."""
        from langsmith import tracing_context

        chain = Chain(inquiry)
        # Nothing of an incident goes to a tracing service because a variable happens to be set.
        with tracing_context(enabled=False):
            return asyncio.run(self._in_time(inquiry, chain))

    async def _in_time(self, inquiry: Inquiry, chain: Chain) -> Ending:
        try:
            async with asyncio.timeout(inquiry.meter.seconds_left), AsyncExitStack() as opened:
                await chain.open(self._models, opened)
                return await _investigated(inquiry, chain)
        except TimeoutError:
            return Ending("too_late", chain.name, why=f"no conclusion within {inquiry.meter.budget.seconds:g} seconds")
        except OutOfBudget as stop:
            return Ending("out_of_budget", chain.name, why=f"no conclusion within {stop}")
        except ModelError as failure:
            return Ending("refused" if failure.refused else "failed", chain.name, why=str(failure))


async def _investigated(inquiry: Inquiry, chain: Chain) -> Ending:
    from langchain.agents import create_agent
    from langchain.agents.structured_output import ToolStrategy
    from langchain_core.messages import HumanMessage

    seen: list[BaseMessage] = []
    agent = create_agent(
        chain.model,
        [_tool(inquiry, question) for question in inquiry.questions.values()],
        system_prompt=inquiry.briefing.system,
        middleware=[_guard(chain, seen)],
        response_format=ToolStrategy(Conclusion),
    )
    start: Any = {"messages": [HumanMessage(inquiry.briefing.message)]}
    try:
        state = await agent.ainvoke(start)
        seen[:] = state["messages"]
        found = state.get("structured_response")
    except OutOfBudget:
        found = None
    if not isinstance(found, Conclusion):
        found = await _forced(inquiry, chain, seen)
    if found is None:
        return Ending("said_nothing", chain.name, why="it submitted no conclusion")
    return Ending("concluded", chain.name, found)


async def _forced(inquiry: Inquiry, chain: Chain, seen: "list[BaseMessage]") -> Conclusion | None:
    """One last request in which nothing but a conclusion can be said."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    said = [AIMessage(one.text or _BROKEN) if getattr(one, "invalid_tool_calls", None) else one for one in seen]
    messages = [SystemMessage(inquiry.briefing.system), *said, HumanMessage(_FORCED)]

    async def ask(model: "BaseChatModel") -> dict[str, Any]:
        forced = model.with_structured_output(Conclusion, method="function_calling", include_raw=True)
        return cast("dict[str, Any]", await forced.ainvoke(messages))

    answer = await chain.ask(ask, lambda found: found["raw"], kept=0)
    parsed = answer["parsed"]
    return parsed if isinstance(parsed, Conclusion) else None


def _guard(chain: Chain, seen: "list[BaseMessage]") -> "AgentMiddleware[Any, Any, Any]":
    """Every request of the loop goes through the chain, which knows the budget; `seen` keeps what was said so far."""
    from langchain.agents.middleware import wrap_model_call

    @wrap_model_call
    async def guard(
        request: "ModelRequest", handler: "Callable[[ModelRequest], Awaitable[ModelResponse]]"
    ) -> "ModelResponse":
        seen[:] = request.messages
        return await chain.ask(lambda model: handler(request.override(model=model)), _last, kept=1)

    return guard


def _last(answer: "ModelResponse") -> "AIMessage":
    """What the model said; an error told to it may follow."""
    return cast("AIMessage", answer.result[0])


def _tool(inquiry: Inquiry, question: Question) -> "BaseTool":
    from langchain_core.tools import StructuredTool

    def ask(**arguments: object) -> object:
        return inquiry.ask(question.name, arguments)

    return StructuredTool(
        name=question.name,
        description=question.description,
        # A plain schema: the arguments are checked in one place, by the question itself.
        args_schema=question.parameters,
        func=ask,
        response_format="content_and_artifact",
    )
