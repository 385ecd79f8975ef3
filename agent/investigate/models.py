"""Opening the models that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from agent.endpoint import NO_KEY
from agent.investigate.chain import ChatModel
from agent.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_VENDORS = frozenset({"anthropic", "google_genai", "google_vertexai", "bedrock_converse", "mistralai", "groq", "xai"})


def chat_models(settings: ModelSettings, names: tuple[str, ...], seconds: float) -> list[ChatModel]:
    """The models of these names; `vendor:model` through `init_chat_model`, where the vendor's package is installed.

    `seconds` is how long one request may take.
    """
    return [ChatModel(name, partial(_opened, settings, name, seconds)) for name in names]


@asynccontextmanager
async def _opened(settings: ModelSettings, name: str, seconds: float) -> "AsyncIterator[BaseChatModel]":
    vendor, _, model = name.partition(":")
    if has_vendor(name):
        from langchain.chat_models import init_chat_model

        yield init_chat_model(model, model_provider=vendor, max_retries=0, timeout=seconds)
        return
    import httpx2
    from langchain_openai import ChatOpenAI

    # A client of this investigation's own: connections belong to an event loop, and this one ends with it.
    async with httpx2.AsyncClient(timeout=seconds, follow_redirects=False) as client:
        yield ChatOpenAI(
            model=name,
            base_url=settings.base_url,
            api_key=settings.api_key or NO_KEY,  # type: ignore[arg-type]
            http_async_client=client,
            timeout=seconds,
            max_retries=0,
            use_responses_api=False,
            stream_usage=True,
        )


def has_vendor(name: str) -> bool:
    """Whether a name's prefix is a vendor with its own client; other colons belong to the name of a model."""
    vendor, _, model = name.partition(":")
    return bool(model) and vendor in _VENDORS
