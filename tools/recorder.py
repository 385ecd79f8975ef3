"""The one writer of run folders: what a sweep was told, without secrets, and what is missing and why.

Each file is what `kubectl`, an exporter or an API could have printed. `run.yaml` comes last, so that a folder whose
writing broke off is no run.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, structs

from tools.datadog.items import item_of
from tools.errors import InputError
from tools.evidence import Gap
from tools.openmetrics import openmetrics_text
from tools.recording_gaps import LeftOut, gap_rows, left_out, near_enough
from tools.redact import Vault, redacted
from tools.redacted_files import redacted_log, redacted_object
from tools.source import Series
from tools.status_feeds.recorded import recorded_form
from tools.taps import Kept

Object = dict[str, Any]
_FROM_SYSTEMS = ("logs/", "metrics.om", "datadog/", "status/")


class Recording(Struct, frozen=True, kw_only=True):
    """What is to be written.

    Attributes:
        looked_at: Which system and window, in words.
        written_by: Program and version.
        incident: The incident as `run.yaml` has it.
        boundary: The text of the boundary file; None for the defaults.
        recorded_at: The moment that the answers describe, UTC.
        objects: As the API sent them; None where no cluster was asked.
        kept: The other answers.
        near: Namespaces to keep where not all fit.
        gaps: What the sweep says that it could not read.
        notes: What the sweep says of its own bounds.
    """

    looked_at: str
    written_by: str
    incident: Mapping[str, object]
    boundary: str | None
    recorded_at: datetime
    objects: Sequence[Object] | None
    kept: Kept
    near: frozenset[str]
    gaps: Sequence[Gap]
    notes: Sequence[str] = ()


class Recorded(Struct, frozen=True):
    """What was written.

    Attributes:
        files: Bytes by path below the folder.
        objects: How many objects of the cluster.
        secrets: How many different ones were replaced, by kind.
        gaps: What could not be recorded: the rows of gaps.yaml.
    """

    folder: Path
    id: str
    files: dict[str, int]
    objects: int
    left_out: list[LeftOut]
    secrets: dict[str, int]
    gaps: list[Object]

    @property
    def is_empty(self) -> bool:
        """Whether no system told anything."""
        return not self.objects and not any(name.startswith(_FROM_SYSTEMS) for name in self.files)


def check_folder(folder: Path) -> None:
    """Make sure that a recording can be written there.

    Raises:
        InputError: the folder holds something, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(folder.iterdir(), None)
    except OSError as error:
        raise InputError(str(folder), None, f"expected a folder to write into ({error.strerror})") from None
    if taken is not None:
        raise InputError(str(folder), None, f"expected an empty folder, found {taken.name}")


def write_run(recording: Recording, folder: Path, vault: Vault) -> Recorded:
    """Write a run folder without a label; `vault` is where the secrets go that are replaced.

    Raises:
        InputError: the folder is not empty or cannot be written.
    """
    check_folder(folder)
    files = _Files(folder)
    objects, far = near_enough(recording.objects or (), recording.near)
    if recording.objects is not None:
        items = [redacted_object(one) for one in objects]
        files.write("cluster.json", _json({"apiVersion": "v1", "kind": "List", "items": items}))
    _write_logs(recording.kept, files)
    _write_metrics(recording.kept, files)
    _write_found(recording.kept, files)
    gaps = [msgspec.to_builtins(redacted_object(one)) for one in gap_rows(recording.kept, recording.gaps, far)]
    if gaps:
        files.write("gaps.yaml", _yaml(gaps))
    if recording.boundary is not None:
        files.write("boundary.yaml", redacted(recording.boundary))
    missing = left_out(recording.notes, far)
    files.write("manifest.yaml", _yaml(_manifest(recording, files.sizes, missing, vault)))
    head = _head(recording)
    files.write("run.yaml", _yaml(head))
    return Recorded(folder, head["id"], files.sizes, len(objects), missing, vault.counts(), gaps)


class _Files:
    """The files of one folder, and how large they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sizes: dict[str, int] = {}

    def write(self, name: str, text: str) -> None:
        path = self._folder / name
        body = text.encode(errors="replace")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            raise InputError(str(path), None, f"cannot be written ({error.strerror})") from None
        self.sizes[name] = len(body)


def _write_logs(kept: Kept, files: _Files) -> None:
    for ref, answer in sorted(kept.logs.items()):
        if answer is not None and answer.value:
            ending = ".previous.log" if ref.previous else ".log"
            files.write(f"logs/{ref.namespace}/{ref.pod}/{ref.container}{ending}", redacted_log(answer.value))


def _write_metrics(kept: Kept, files: _Files) -> None:
    told = {name: answer.value for name, answer in sorted(kept.series.items()) if answer is not None}
    if any(told.values()):
        clean = {name: [_without_secrets(one) for one in several] for name, several in told.items()}
        files.write("metrics.om", openmetrics_text(clean))


def _without_secrets(series: Series) -> Series:
    return structs.replace(series, labels={name: redacted(value) for name, value in series.labels.items()})


def _write_found(kept: Kept, files: _Files) -> None:
    """What Datadog and the status feeds said, in their own shapes."""
    for name, asked in (("logs", kept.lines), ("events", kept.events)):
        found = [one for answer in asked.values() if answer is not None for one in answer.value]
        if asked:
            files.write(f"datadog/{name}.jsonl", "".join(_json(redacted_object(item_of(one))) for one in found))
    for answer in kept.feeds.values():
        for feed in (one for one in answer.value if one.status == "ok") if answer is not None else ():
            files.write(f"status/{_file_name(feed.provider)}.json", _json(redacted_object(recorded_form(feed))))


def _file_name(provider: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", provider.lower()).strip("-") or "provider"


def _manifest(recording: Recording, sizes: Mapping[str, int], missing: Sequence[LeftOut], vault: Vault) -> Object:
    return {
        "written_by": recording.written_by,
        "looked_at": recording.looked_at,
        "files": dict(sizes),
        "secrets_replaced": vault.counts(),
        "left_out": [structs.asdict(one) for one in missing],
    }


def _head(recording: Recording) -> Object:
    incident: Any = redacted_object(recording.incident)
    known = _json([recording.looked_at, incident, recording.recorded_at.isoformat()])
    return {
        "format": 1,
        "id": f"r-{hashlib.sha256(known.encode()).hexdigest()[:6]}",
        "title": str(incident.get("question") or "An alert"),
        "provenance": f"recorded from live systems by {recording.written_by}; see manifest.yaml",
        "recorded_at": recording.recorded_at.isoformat(),
        "incident": incident,
        "boundary": {"version": 1} if recording.boundary is None else "boundary.yaml",
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
