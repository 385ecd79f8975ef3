"""An OpenAI-compatible endpoint on this machine that answers from a script.

By hand: `python -m evals.loopback.openai SCRIPT`, then `OPENAI_BASE_URL` and `OPENAI_API_KEY` as it prints them.
"""

import json
from collections.abc import Sequence

from msgspec import Struct

from evals.loopback import chat_wire
from evals.loopback.faults import Faults, Request
from evals.loopback.server import Loopback, Reply
from evals.turns import Script, ScriptError

_TYPES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 500: "server_error"}
_NO_TOOLS = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
_NO_SCHEMA = "response_format: only text is supported"
_NO_STREAM = "stream: not supported"


class Abilities(Struct, frozen=True, kw_only=True):
    """What an endpoint can do; what it can't is refused with 400, usage figures are just missing."""

    tools: bool = True
    schema: bool = True
    stream: bool = True
    usage: bool = True


class ChatServer(Loopback):
    """An OpenAI-compatible server: `with ChatServer(script) as server: ... server.base_url ...`.

    Attributes:
        token: The key that has to be shown; anything else is answered 401.
    """

    def __init__(
        self,
        script: Script,
        faults: Faults | None = None,
        abilities: Abilities = Abilities(),  # noqa: B008 - frozen
        models: Sequence[str] = ("scripted",),
        port: int = 0,
    ) -> None:
        """Answer every model of `models` from one script."""
        super().__init__(faults, None, port)
        self.script, self.abilities, self.models, self.token = script, abilities, tuple(models), "loopback"

    @property
    def base_url(self) -> str:
        """For `OPENAI_BASE_URL`."""
        return f"{self.url}/v1"

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """OpenAI's error object."""
        code = _TYPES.get(status)
        error = {"message": message, "type": code or "invalid_request_error", "param": None, "code": code}
        return Reply(status, json.dumps({"error": error}).encode(), headers=headers)

    def reply(self, request: Request) -> Reply:
        """The list of models, or a turn of the script."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key != self.token:  # some servers echo the whole key; ours does so that a test sees where it goes
            return self.failure(401, f"Incorrect API key provided: {key}.", {})
        match request.method, request.path:
            case "GET", "/v1/models":
                listed = [{"id": one, "object": "model", "created": 0, "owned_by": "loopback"} for one in self.models]
                return Reply(200, json.dumps({"object": "list", "data": listed}).encode())
            case "POST", "/v1/chat/completions":
                return self._chat(request)
            case _:
                return self.failure(404, f"Unknown request URL: {request.method} {request.path}", {})

    def _chat(self, request: Request) -> Reply:
        try:
            wanted = chat_wire.wanted(request.body)
        except ValueError as error:
            return self.failure(400, str(error), {})
        if wanted.model not in self.models:
            return self.failure(404, f"The model `{wanted.model}` does not exist", {})
        if refused := self._refused(wanted):
            return self.failure(400, refused, {})
        try:
            turn = self.script(wanted.asked)
        except ScriptError as error:
            return self.failure(500, str(error), {})
        if wanted.stream:
            body = chat_wire.streamed(turn, wanted, request.number, usage=self.abilities.usage)
            return Reply(200, body, "text/event-stream")
        return Reply(200, chat_wire.whole(turn, wanted, request.number, usage=self.abilities.usage))

    def _refused(self, wanted: chat_wire.Wanted) -> str:
        if wanted.asked.tools and not self.abilities.tools:
            return _NO_TOOLS
        if wanted.asked.schema is not None and not self.abilities.schema:
            return _NO_SCHEMA
        return _NO_STREAM if wanted.stream and not self.abilities.stream else ""


if __name__ == "__main__":
    from evals.loopback.by_hand import main

    main()
