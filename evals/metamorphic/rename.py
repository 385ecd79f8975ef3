"""Rename everything of ours in every file: the same answer under other names."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import yaml

from evals.metamorphic.base import Base
from evals.metamorphic.expected import Expected, Variant, named, same_answer
from evals.metamorphic.names import Renaming
from evals.metamorphic.recording import CLUSTER, METRICS, Object, Recording, dump

FAMILY = "rename everything"
_LABEL_VALUE = re.compile(r'(\w+)="([^"]*)"')
_SPACE_TAG = re.compile(r"((?:kube_)?namespace:)([\w-]+)")
_NAMESPACE_LABELS = frozenset({"namespace", "exported_namespace", "kube_namespace"})


def variants(base: Base) -> Iterator[Variant]:
    """One variant for each run that has objects, which say what there is to rename."""
    objects = base.recording.objects
    if not objects:
        return
    renaming = renaming_of(base.recording)
    yield named(base, FAMILY, "all names", _expected(base, renaming), lambda: renamed(base.recording, renaming))


def renaming_of(recording: Recording) -> Renaming:
    """The new names for a run."""
    texts = [recording.text(name) for name in recording.files if name == CLUSTER or name.endswith(".log")]
    return Renaming(recording.objects, [*texts, dump(recording.run)])


def renamed(recording: Recording, renaming: Renaming) -> Recording:
    """The recording under other names, its label too."""
    files = {_path(name, renaming): _content(recording, name, renaming) for name in recording.files}
    run = dict(recording.run)
    run["incident"] = _incident(run["incident"], renaming)
    run["boundary"] = renaming.keyed(run["boundary"])
    if run.get("label"):
        run["label"] = _label(run["label"], renaming)
    return Recording(run, files)


def _expected(base: Base, renaming: Renaming) -> Expected:
    """The same answer; of several equal paths another one may come first, because the order of names is another."""
    same = same_answer(base, renaming.component)
    return replace(same, kept={"since": same.kept["since"]})


def _path(name: str, renaming: Renaming) -> str:
    room, *rest = name.split("/")
    if room != "logs":
        return name
    namespace, pod, file = rest
    return "/".join((room, renaming.space(namespace), renaming.text(pod), renaming.text(file)))


def _content(recording: Recording, name: str, renaming: Renaming) -> str:
    text = recording.text(name)
    if name == CLUSTER:
        return dump(_cluster(json.loads(text), renaming))
    if name == METRICS:
        return _LABEL_VALUE.sub(lambda match: f'{match[1]}="{_value(match[1], match[2], renaming)}"', text)
    if name.endswith(".jsonl"):
        return "".join(dump(_datadog(json.loads(line), renaming)) for line in text.splitlines() if line.strip())
    if name == "gaps.yaml":
        return dump(renaming.keyed(yaml.safe_load(text)))
    return renaming.text(text) if name.startswith("logs/") else text


def _cluster(document: Object, renaming: Renaming) -> Object:
    items = []
    for one in document["items"]:
        new = renaming.keyed(one)
        assert isinstance(new, dict)  # noqa: S101 - a mapping stays one
        if one["kind"] == "Namespace":
            new["metadata"]["name"] = renaming.space(one["metadata"]["name"])
        items.append(new)
    return {**document, "items": items}


def _value(label: str, value: str, renaming: Renaming) -> str:
    return renaming.space(value) if label in _NAMESPACE_LABELS else renaming.text(value)


def _datadog(value: object, renaming: Renaming) -> object:
    if isinstance(value, dict):
        return {key: _datadog(inner, renaming) for key, inner in value.items()}
    if isinstance(value, list):
        return [_datadog(inner, renaming) for inner in value]
    if not isinstance(value, str):
        return value
    return _SPACE_TAG.sub(lambda match: match[1] + renaming.space(match[2]), renaming.text(value))


def _incident(incident: Object, renaming: Renaming) -> object:
    def said(value: object, key: str) -> object:
        if isinstance(value, dict):
            return {name: said(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [said(inner, key) for inner in value]
        if not isinstance(value, str):
            return value
        if key in {"question", "summary", "description", "message"}:
            return renaming.words(value)
        return renaming.keyed(value, key)

    return said(incident, "")


def _label(label: Object, renaming: Renaming) -> object:
    def said(value: object) -> object:
        if isinstance(value, dict):
            return {key: said(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [said(inner) for inner in value]
        if not isinstance(value, str):
            return value
        action, at, component = value.rpartition("@")
        return f"{action}{at}{renaming.component(component)}" if "/" in component else value

    return said(label)
