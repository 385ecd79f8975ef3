"""An OpenAI-compatible endpoint through OpenAI's own client: one request at a time, each with a deadline that holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct

from agent.untrusted import readable

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

T = TypeVar("T")
Json = dict[str, Any]
Trouble = Literal["key", "unknown", "busy", "refused", "broken", "unreachable", "late"]

NO_KEY = "none"
"""Sent to an own endpoint that asks for no key."""
_TROUBLE: dict[int, tuple[Trouble, str]] = {
    401: ("key", "the key is refused"),
    403: ("key", "the key may not do this"),
    404: ("unknown", "there is no such model or endpoint"),
    429: ("busy", "too many requests"),
}


class EndpointError(Exception):
    """An endpoint that did not answer as asked; the text is one line for a person.

    Attributes:
        trouble: What kind it is; `refused` means that the request itself was not accepted.
    """

    def __init__(self, trouble: Trouble, why: str) -> None:
        super().__init__(why)
        self.trouble = trouble


class Said(Struct, frozen=True, kw_only=True):
    """An answer.

    Attributes:
        calls: Native tool calls: names, and arguments as the text that came.
        tokens: In and out as the endpoint reports them; None where it does not.
        pieces: In how many parts a streamed answer came.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    tokens: tuple[int, int] | None = None
    pieces: int = 0


class Endpoint(Struct, frozen=True):
    """Where models are asked; no base URL is OpenAI's own."""

    base_url: str | None
    key: str | None = None

    def models(self, seconds: float) -> list[str]:
        """The models that it lists.

        Raises:
            EndpointError: it does not answer, or has no list.
        """

        async def listed(client: "AsyncOpenAI") -> list[str]:
            return sorted([one.id async for one in client.models.list()])

        return self._run(listed, seconds)

    def ask(self, model: str, messages: Sequence[Json], seconds: float, **options: object) -> Said:
        """One answer in one piece; `options` are the API's own, such as `tools` or `response_format`.

        Raises:
            EndpointError: there is none.
        """

        async def asked(client: "AsyncOpenAI") -> Said:
            sent: Json = {"model": model, "messages": messages, **options}
            return _said(await client.chat.completions.create(**sent))

        return self._run(asked, seconds)

    def stream(self, model: str, messages: Sequence[Json], seconds: float) -> Said:
        """One answer in pieces.

        Raises:
            EndpointError: there is none.
        """

        async def asked(client: "AsyncOpenAI") -> Said:
            text, pieces, tokens = "", 0, None
            sent: Json = {"model": model, "messages": messages, "stream_options": {"include_usage": True}}
            async for chunk in await client.chat.completions.create(**sent, stream=True):
                said = "".join(one.delta.content or "" for one in chunk.choices)
                text, pieces = text + said, pieces + bool(said)
                tokens = _tokens(chunk.usage) or tokens
            return Said(text=text, tokens=tokens, pieces=pieces)

        return self._run(asked, seconds)

    def _run(self, work: "Callable[[AsyncOpenAI], Awaitable[T]]", seconds: float) -> T:
        """Not to be called from a running event loop."""

        async def in_time() -> T:
            async with asyncio.timeout(seconds), self._client(seconds) as client:
                return await work(client)

        from openai import OpenAIError

        try:
            return asyncio.run(in_time())
        except TimeoutError:
            raise EndpointError("late", f"no answer within {seconds:g} seconds") from None
        except OpenAIError as error:
            raise _told(error, self.key) from error
        except (ValueError, TypeError, AttributeError) as error:  # what the client makes of an answer that is no JSON
            raise EndpointError("broken", "what it answers is no chat completion") from error

    @asynccontextmanager
    async def _client(self, seconds: float) -> "AsyncIterator[AsyncOpenAI]":
        import httpx2
        from openai import AsyncOpenAI

        # A redirect would carry the key elsewhere; the client's own retries would hide how an endpoint behaves.
        async with httpx2.AsyncClient(timeout=seconds, follow_redirects=False) as http:
            yield AsyncOpenAI(base_url=self.base_url, api_key=self.key or NO_KEY, max_retries=0, http_client=http)


def _said(answer: "ChatCompletion") -> Said:
    message = answer.choices[0].message
    calls = [one.function for one in message.tool_calls or () if one.type == "function"]
    return Said(
        text=message.content or "",
        calls=tuple((one.name, one.arguments) for one in calls),
        tokens=_tokens(answer.usage),
    )


def _tokens(usage: object) -> tuple[int, int] | None:
    sent, said = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    return (sent, said) if isinstance(sent, int) and isinstance(said, int) else None


def _told(error: Exception, key: str | None) -> EndpointError:
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    detail = readable(str(error).replace(key, "[key]") if key else str(error), 160)
    if isinstance(error, APITimeoutError):
        return EndpointError("late", "no answer in time")
    if isinstance(error, APIConnectionError):
        return EndpointError("unreachable", f"not reachable ({readable(str(error.__cause__ or error), 120)})")
    if isinstance(error, APIStatusError):
        usual: tuple[Trouble, str] = ("refused", "refused") if error.status_code < 500 else ("broken", "an error")
        trouble, why = _TROUBLE.get(error.status_code, usual)
        return EndpointError(trouble, f"{why} ({detail})")
    return EndpointError("broken", detail)


def completion_options(schema: Mapping[str, object] | None) -> Json:
    """The options of a request whose answer has to follow a JSON Schema; none where there is none."""
    if schema is None:
        return {}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "turn", "schema": dict(schema)}}}
