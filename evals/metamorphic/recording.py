"""A run folder in memory, to be changed and written again; files that nobody changes are never read."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from evals.run import RUN_FILE
from tools.errors import InputError
from tools.safe_yaml import load_yaml

Object: TypeAlias = dict[str, Any]
"""A parsed JSON object of somebody else's shape: the API server's, Datadog's, a label's."""

CLUSTER, METRICS = "cluster.json", "metrics.om"
_SEARCHED_PARENTS = 3


@dataclass(frozen=True)
class Recording:
    """A run folder. Every method that changes something returns another recording.

    Attributes:
        run: `run.yaml`, its boundary inline, its times as text.
        files: All others, by path inside the folder: where the text lies, or the changed text.
    """

    run: Object
    files: Mapping[str, Path | str]

    def text(self, name: str) -> str:
        """A file's text."""
        found = self.files[name]
        return found if isinstance(found, str) else found.read_text(encoding="utf-8", errors="surrogateescape")

    def with_texts(self, texts: Mapping[str, str]) -> "Recording":
        """The same with these files replaced or added."""
        return replace(self, files={**self.files, **texts})

    def without(self, prefix: str) -> "Recording":
        """The same without the files whose path begins so."""
        return replace(self, files={name: at for name, at in self.files.items() if not name.startswith(prefix)})

    def with_run(self, **parts: object) -> "Recording":
        """The same with keys of `run.yaml` replaced."""
        return replace(self, run={**self.run, **parts})

    @property
    def objects(self) -> list[Object]:
        """The objects of `cluster.json`, parsed anew each time; empty without the file."""
        return list(json.loads(self.text(CLUSTER))["items"]) if CLUSTER in self.files else []

    def with_objects(self, objects: list[Object]) -> "Recording":
        """The same with another `cluster.json`."""
        return self.with_texts({CLUSTER: dump({"apiVersion": "v1", "kind": "List", "items": objects})})

    @property
    def boundary(self) -> Object:
        """A copy of the boundary that may be changed."""
        found: Object = json.loads(json.dumps(self.run.get("boundary") or {"version": 1}))
        return found

    def logs(self, namespace: str = "", pod: str = "") -> list[str]:
        """Paths of logs, sorted."""
        prefix = "/".join(part for part in ("logs", namespace, pod) if part) + "/"
        return sorted(name for name in self.files if name.startswith(prefix) and name.endswith(".log"))

    def write(self, folder: Path, links: bool = True) -> Path:
        """Write all files below `folder`; with `links`, unchanged ones are symbolic links."""
        for name, source in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, str):
                path.write_text(source, encoding="utf-8", errors="surrogateescape")
            elif links:
                path.symlink_to(source)
            else:
                shutil.copyfile(source, path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUN_FILE).write_text(dump(self.run), encoding="utf-8")  # JSON is YAML
        return folder


def words(*texts: str) -> frozenset[str]:
    """The words of the texts, for lists of ids that would fill a page one to a line."""
    return frozenset(word for text in texts for word in text.split())


def dump(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def read_recording(folder: Path) -> Recording:
    """A run folder; only `run.yaml` and the boundary are read.

    Raises:
        InputError: `run.yaml` or the boundary is unreadable.
    """
    run = _mapping(folder / RUN_FILE)
    run["boundary"] = _boundary(folder, run.get("boundary"))
    files = {str(path.relative_to(folder)): path.resolve() for path in _below(folder) if path.name != RUN_FILE}
    return Recording(run, files)


def _boundary(folder: Path, named: object) -> object:
    if isinstance(named, str):
        return _mapping(folder / named)
    if named is not None:
        return named
    here = folder.resolve()
    for place in (here, *list(here.parents)[:_SEARCHED_PARENTS]):
        if (place / "boundary.yaml").is_file():
            return _mapping(place / "boundary.yaml")
    return {"version": 1}


def _mapping(path: Path) -> Object:
    found = load_yaml(path, str(path))
    if not isinstance(found, Mapping):
        raise InputError(str(path), 1, "expected a mapping")
    plain: Object = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            yield Path(place, name)
