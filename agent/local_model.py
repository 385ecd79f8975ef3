"""A small model in this process, on the CPU. A grammar holds its words to the schema; its judgement stays small."""

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.json_loop import Completion, CompletionError
from agent.json_turns import Json
from agent.local_weights import LOCAL
from tools.errors import InputError

if TYPE_CHECKING:
    from xllamacpp import Server

WINDOW = 16_384
"""Tokens that a conversation may have; as many as an investigation within its usual bounds has."""
_BATCH = 256
"""Tokens that are read between two looks at the clock."""
_MOST_WRITTEN = 700


class LocalCompleter:
    """The local model, loaded at its first answer."""

    def __init__(self, weights: Path, name: str = LOCAL, threads: int | None = None) -> None:
        """`weights` is a GGUF file; by default every core works."""
        self.name = name
        self._weights, self._threads = weights, threads or os.cpu_count() or 1

    def complete(self, messages: Sequence[Json], schema: Mapping[str, Any], seconds: float) -> Completion:
        """The next answer.

        Raises:
            CompletionError: it takes too long, or the model failed.
        """
        ends = time.monotonic() + seconds
        reading = _Reading(lambda: time.monotonic() > ends)
        request = {
            "messages": list(messages),
            "response_format": {"type": "json_schema", "json_schema": {"schema": dict(schema)}},
            "temperature": 0.0,
            "max_tokens": _MOST_WRITTEN,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
            "cache_prompt": True,
        }
        self._server.handle_chat_completions(request, reading)
        if reading.late:
            raise CompletionError(f"{self.name}: no answer within {seconds:.0f} seconds", late=True)
        if reading.failed:
            raise CompletionError(f"{self.name}: {reading.failed}")
        return Completion("".join(reading.text), reading.tokens)

    @cached_property
    def _server(self) -> "Server":
        try:
            from xllamacpp import CommonParams, Server
        except ImportError:
            raise InputError("--model local", None, "needs the extra: pip install 'faultside[local]'") from None
        params = CommonParams()
        params.model.path = str(self._weights)
        params.n_ctx, params.n_parallel = WINDOW, 1
        params.n_batch = params.n_ubatch = _BATCH
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        params.sampling.seed = 0
        params.verbosity = 0
        # The library opens an HTTP server of its own, which nobody needs: it gets a socket in a folder of ours alone.
        params.hostnames = [str(Path(self._place.name) / "model.sock")]
        params.api_keys = [secrets.token_hex()]
        try:
            return Server(params)
        except RuntimeError as error:  # a damaged file, or too little memory: the library does not tell which
            raise CompletionError(f"{self.name}: {self._weights} cannot be loaded ({error})") from error

    @cached_property
    def _place(self) -> "tempfile.TemporaryDirectory[str]":
        return tempfile.TemporaryDirectory(prefix="faultside-")


class _Reading:
    """Collects an answer piece by piece, and stops it when its time is up."""

    def __init__(self, over: Callable[[], bool]) -> None:
        self._over = over
        self.text: list[str] = []
        self.tokens: tuple[int, int] | None = None
        self.late = False
        self.failed = ""

    def __call__(self, chunk: Json) -> bool:
        """One piece; True stops."""
        if "error" in chunk or "code" in chunk:
            self.failed = str(chunk.get("error", chunk).get("message", "an error"))
            return True
        self.text += [choice["delta"].get("content") or "" for choice in chunk.get("choices", ())]
        if usage := chunk.get("usage"):
            self.tokens = usage["prompt_tokens"], usage["completion_tokens"]
        self.late = self._over()
        return self.late
