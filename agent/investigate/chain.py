"""What happens to one request to a model: the budget first, one retry, then the next model of the chain.

There is no other retry: the vendor's client has its own switched off.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from agent.investigator import Inquiry
from agent.untrusted import readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

T = TypeVar("T")

PAUSE = 1.0
"""Seconds before the one retry."""


class ChatModel(Struct, frozen=True):
    """A chat model that can be opened for one investigation."""

    name: str
    open: "Callable[[], AbstractAsyncContextManager[BaseChatModel]]"


def given(name: str, model: "BaseChatModel") -> ChatModel:
    """A chat model that is there already."""

    @asynccontextmanager
    async def opened() -> "AsyncIterator[BaseChatModel]":
        yield model

    return ChatModel(name, opened)


class ModelError(Exception):
    """No model of the chain answers; one line for a person.

    Attributes:
        refused: The last one refuses such requests, as an endpoint without native tool calls does.
    """

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class Chain:
    """The models in the order in which they are tried; one that failed is not tried again."""

    def __init__(self, inquiry: Inquiry) -> None:
        """Nothing is open yet."""
        self._inquiry = inquiry
        self._left: list[tuple[str, BaseChatModel]] = []
        self.name = ""

    @property
    def model(self) -> "BaseChatModel":
        """Whoever is asked next."""
        return self._left[0][1]

    async def open(self, models: Sequence[ChatModel], stack: AsyncExitStack) -> None:
        """Open the models until the stack closes."""
        for one in models:
            self._left.append((one.name, await stack.enter_async_context(one.open())))
        self.name = self._left[0][0]

    async def ask(
        self, send: "Callable[[BaseChatModel], Awaitable[T]]", message: "Callable[[T], AIMessage]", *, kept: int
    ) -> T:
        """Send one request and count what it cost; `kept` requests are held back for later.

        Raises:
            OutOfBudget: nothing more may be asked.
            ModelError: every model of the chain failed.
        """
        why, invalid = "", False
        while self._left:
            self.name, model = self._left[0]
            self._inquiry.meter.before_model(kept=kept)
            self._inquiry.tell(f"asking {self.name}")
            try:
                answer = await _twice(partial(send, model))
            except _RefusedError as refused:
                why, invalid = f"{self.name}: {refused}", refused.invalid
                self._inquiry.tell(why)
                self._left.pop(0)
                continue
            self._inquiry.meter.after_model(*_usage(message(answer)))
            return answer
        raise ModelError(why, refused=invalid)


class _RefusedError(Exception):
    """One model did not answer; `invalid` where the request itself was not taken."""

    def __init__(self, error: Exception) -> None:
        from langchain_core.exceptions import ModelInvalidRequestError

        super().__init__(_told(error))
        self.invalid = isinstance(error, ModelInvalidRequestError)


def _failures() -> tuple[type[Exception], ...]:
    """What a request may fail with: LangChain's and the clients' own errors, and how they trip over what is no answer.

    The last four are what a client runs into when an endpoint sends a page, or JSON of another shape; a model that
    runs in this process breaks down with a RuntimeError.
    """
    import httpx2
    from langchain_core.exceptions import LangChainException
    from openai import OpenAIError

    return (
        LangChainException,
        OpenAIError,
        httpx2.HTTPError,
        OSError,
        RuntimeError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    )


async def _twice(send: Callable[[], Awaitable[T]]) -> T:
    failures = _failures()
    try:
        return await send()
    except failures as error:
        if not getattr(error, "is_retryable", False):
            raise _RefusedError(error) from error
    await asyncio.sleep(PAUSE)
    try:
        return await send()
    except failures as error:
        raise _RefusedError(error) from error


def _told(error: Exception) -> str:
    """Why a request failed, for a person."""
    from langchain_core import exceptions as known

    reasons: dict[type[Exception] | tuple[type[Exception], ...], str] = {
        known.ModelAuthenticationError: "the key is refused",
        known.ModelPermissionDeniedError: "the key may not use it",
        known.ModelNotFoundError: "there is no such model or endpoint",
        known.ModelRateLimitError: "too many requests",
        known.ModelTimeoutError: "no answer in time",
        known.ModelConnectionError: "not reachable",
        known.ContextOverflowError: "the text is too long for it",
        (ValueError, TypeError, KeyError): "what it answers is no answer of a model",
    }
    why = next((words for kind, words in reasons.items() if isinstance(error, kind)), type(error).__name__)
    if isinstance(error, known.ModelAuthenticationError | known.ModelPermissionDeniedError):
        return why  # some servers answer with the whole key
    return f"{why} ({readable(str(error), 160)})" if str(error) else why


def _usage(message: "AIMessage") -> tuple[int, int]:
    """Tokens in and out as the endpoint reports them; where it does not, out by the length of what it said."""
    used = message.usage_metadata
    return (used["input_tokens"], used["output_tokens"]) if used else (0, len(str(message.content)) // 4)
