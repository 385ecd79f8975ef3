"""The model: whether its endpoint is reached, what it can really do, and how its tools are best called."""

from collections.abc import Iterator
from importlib.util import find_spec

from agent.doctor.check import Asked, Check, check, some
from agent.endpoint import Endpoint, EndpointError
from agent.investigate.models import has_vendor
from agent.local_weights import LOCAL, QWEN, NotInstalledError, installed
from agent.probe import Ability, Probe, probe
from agent.settings import CacheSettings, ModelSettings, read

_SYSTEM = "model"
_NAME_ONE = "export FAULTSIDE_MODEL=NAME"
_IN_JSON = "export FAULTSIDE_TOOL_CALLS=json"
_UNREACHED = {"unreachable", "late", "broken", "busy"}
_HOW = {
    "tools": "native tool calls",
    "schema": "JSON that the endpoint holds to a schema",
    "text": "JSON in free text, which weak models get wrong",
}


def checks(asked: Asked) -> Iterator[Check]:
    """What is configured by its form; then four small requests to each model."""
    settings = read(ModelSettings)
    names = [one.strip() for one in (settings.model or "").split(",") if one.strip()]
    if not names and settings.base_url is None and settings.api_key is None:
        said = "not configured: no model is named, and the engine answers alone"
        yield check(_SYSTEM, "model", "off", said, f"{_NAME_ONE} OPENAI_API_KEY=... (or OPENAI_BASE_URL=...)")
    elif names == [LOCAL]:
        yield from _local()
    elif find_spec("openai") is None or find_spec("langchain_openai") is None:
        do = "pip install 'faultside[agent]'"
        yield check(_SYSTEM, "packages", "missing", "the packages for a model are not installed", do)
    else:
        yield from _remote(names, settings, asked)


def _local() -> Iterator[Check]:
    if find_spec("xllamacpp") is None:
        do = "pip install 'faultside[local]'"
        yield check(_SYSTEM, "packages", "missing", "the packages for the local model are not installed", do)
        return
    try:
        path = installed(read(CacheSettings).models)
    except NotInstalledError as error:
        yield check(_SYSTEM, "weights", "missing", error.message, "faultside model install")
        return
    yield check(_SYSTEM, "weights", "ok", f"{QWEN.name}, {path}")


def _remote(names: list[str], settings: ModelSettings, asked: Asked) -> Iterator[Check]:
    own = [name for name in names if not has_vendor(name)]
    for name in set(names) - set(own):
        yield check(_SYSTEM, name, "ok", "asked through its vendor's own client, not tried")
    if names and not own:
        return
    if settings.base_url is None and settings.api_key is None:
        do = "export OPENAI_API_KEY=... (or OPENAI_BASE_URL=... for a server of your own)"
        yield check(_SYSTEM, "endpoint", "missing", "a model is named, and neither a key nor an endpoint", do)
        return
    endpoint = Endpoint(settings.base_url, settings.api_key.get_secret_value() if settings.api_key else None)
    try:
        if not own:
            yield _nameless(endpoint.models(asked.left))
        for name in own:
            yield from _told(probe(endpoint, name, asked.left), settings)
    except EndpointError as error:
        do = "export OPENAI_API_KEY=..." if error.trouble == "key" else ""
        do = _NAME_ONE if error.trouble == "unknown" else do
        yield check(_SYSTEM, "endpoint", "missing", str(error), do, unreached=error.trouble in _UNREACHED)


def _nameless(models: list[str]) -> Check:
    said = f"none is named; the endpoint lists {some(models) or 'no model'}"
    return check(_SYSTEM, "model", "warning", said, _NAME_ONE)


def _told(found: Probe, settings: ModelSettings) -> Iterator[Check]:
    if found.models:
        yield check(_SYSTEM, "endpoint", "ok", f"lists {some(found.models)}")
    yield _ability("tool calls", found.tools)
    yield _ability("JSON schema", found.schema)
    yield _ability("streaming", found.stream)
    yield _ability("usage figures", found.usage)
    how = f"{found.model} is asked by {_HOW[found.strategy]}"
    if found.strategy == "tools" or settings.tool_calls == "json":
        yield check(_SYSTEM, "strategy", "ok", how)
    else:
        yield check(_SYSTEM, "strategy", "warning", f"{found.model} is best asked by {_HOW[found.strategy]}", _IN_JSON)


def _ability(name: str, found: Ability) -> Check:
    took = f" ({found.seconds:.1f} s)" if found.seconds else ""
    return check(_SYSTEM, name, "ok" if found.works else "warning", f"{found.why}{took}")
