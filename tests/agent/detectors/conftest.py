"""Scenes from small object literals, read the way the sweep reads a recording."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agent.finding import Finding
from agent.incident import Incident
from agent.scene import Scene
from agent.verify import checked
from tools.evidence import Gap, Window
from tools.logs import read_log
from tools.objects.decode import decode_list
from tools.snapshot import Snapshot
from tools.source import LogRef, Series
from tools.views import Views

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The start of every test's window, which lasts half an hour; the question is asked at its end."""

Object = Mapping[str, object]
SceneOf = Callable[..., Scene]
Unverified = Callable[[Scene, Sequence[Finding]], list[str]]


@pytest.fixture
def at() -> Callable[[float], str]:
    """RFC 3339 text of a moment, in minutes after the window's start."""
    return lambda minutes: (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


@pytest.fixture
def scene_of() -> SceneOf:
    """A scene of Kubernetes objects (as JSON-like mappings), logs by `(namespace, pod, container[, "previous"])`,
    samples by metric name as `(labels, [(minutes after the window's start, value), ...])`, a question, and kinds that
    could not be read.
    """

    def build(
        objects: Sequence[Object] = (),
        logs: Mapping[tuple[str, ...], str] | None = None,
        samples: Mapping[str, Sequence[tuple[dict[str, str], Sequence[tuple[float, float]]]]] | None = None,
        question: str = "",
        denied: Sequence[str] = (),
        asked_after: float = 30,
    ) -> Scene:
        window = Window(NOON, NOON + timedelta(minutes=30))
        now = NOON + timedelta(minutes=asked_after)
        snapshot = Snapshot("test", window, now)
        listed = json.dumps({"kind": "List", "items": list(objects)}).encode()
        for kind, one in decode_list(listed, "test"):
            snapshot.objects[kind].append(one)
        for (namespace, pod, container, *rest), text in (logs or {}).items():
            snapshot.logs[LogRef(namespace, pod, container, bool(rest))] = read_log(text)
        for metric, series in (samples or {}).items():
            snapshot.samples[metric] = [
                Series(labels, [(NOON.timestamp() + 60 * minutes, value) for minutes, value in points])
                for labels, points in series
            ]
        for kind in denied:
            snapshot.gaps.append(
                Gap(id=f"gap/kubernetes/{kind.lower()}", source="kubernetes", what=kind, status="denied")
            )
        incident = Incident(question=question, start=window.start, end=window.end, asked_at=now, origin="run")
        return Scene(incident, snapshot)

    return build


@pytest.fixture
def unverified() -> Unverified:
    """The texts of claims that do not hold on the scene's own evidence; a finding without claims is named too."""

    def check(scene: Scene, findings: Sequence[Finding]) -> list[str]:
        cite = Views(scene.snapshot, scene.graph, scene.changes).cite
        bare = [f"{one.condition} of {one.component} has no claim" for one in findings if not one.claims]
        claims = [checked(predicate, cite) for one in findings for predicate in one.claims]
        return bare + [f"{one.text}: {one.evidence}{one.path} {one.op} {one.value!r}" for one in claims if not one.verified]

    return check
