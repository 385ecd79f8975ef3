"""What a loopback API server holds: objects in the API's own JSON, and the logs of what runs."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from evals.loopback.event_shapes import as_core
from tools.evidence import Window
from tools.objects.decode import KINDS
from tools.recorded import RecordedCluster
from tools.run_folder import MAX_JSON_BYTES, read_bytes, read_files, read_head
from tools.source import Answer, LogRef

Object = dict[str, Any]
_ALWAYS = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_NOTHING: Answer[Any] = Answer(None, "", "empty")


class Store(Struct):
    """A cluster to serve.

    Attributes:
        name: What it is a copy of.
        objects: By kind, each list in the API's order: by namespace, then name.
        log: One container's whole log; `denied` and `error` are served as such.
        refusal: What a list answers instead, by kind and namespace; an `ok` or `empty` one is served.
    """

    name: str
    objects: Mapping[str, Sequence[Object]]
    log: Callable[[LogRef], Answer[str]] = lambda _: _NOTHING
    refusal: Callable[[str, str | None], Answer[Any]] = lambda _, __: _NOTHING


def sorted_objects(objects: Sequence[Object]) -> dict[str, list[Object]]:
    """Objects of the kinds that are served, by kind, in the API's order."""
    found: dict[str, list[Object]] = {}
    for one in objects:
        if one.get("kind") in KINDS:
            found.setdefault(one["kind"], []).append(as_core(one) if one["kind"] == "Event" else one)
    return {kind: sorted(several, key=place_of) for kind, several in found.items()}


def store_of_run(folder: Path) -> Store:
    """The cluster of a run folder at its `recorded_at`; what its gaps name is refused in the gaps' words.

    Raises:
        InputError: the folder is malformed.
    """
    head = read_head(folder)
    recorded = RecordedCluster(read_files(head))
    path = folder / "cluster.json"
    listed = json.loads(read_bytes(path, MAX_JSON_BYTES))["items"] if path.exists() else []
    objects = [one for one in listed if (born := _born(one)) is None or born <= head.recorded_at]
    return Store(
        name=head.id,
        objects=sorted_objects(objects),
        log=lambda ref: recorded.logs(ref, _ALWAYS),
        refusal=recorded.objects,
    )


def place_of(one: Object) -> tuple[str, str]:
    """An object's namespace and name."""
    return one["metadata"].get("namespace", ""), one["metadata"]["name"]


def _born(one: Object) -> datetime | None:
    names = ("firstTimestamp", "deprecatedFirstTimestamp", "eventTime") if one.get("kind") == "Event" else ()
    times = (*(one.get(name) for name in names), one["metadata"].get("creationTimestamp"))
    text = next((one for one in times if one), None)
    return datetime.fromisoformat(text) if text else None
