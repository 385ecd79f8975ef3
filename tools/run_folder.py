"""A run folder: files that `kubectl` and an exporter could have written, checked when they are read.

`run.yaml` names the incident and the moment of recording. Its `label` is never read here: what diagnoses
must not be able to see the answer.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from tools.errors import InputError
from tools.evidence import Gap
from tools.objects.decode import decode_list
from tools.objects.events import Event
from tools.objects.meta import Wire
from tools.openmetrics import parse_openmetrics
from tools.safe_yaml import Document, Step, load_document
from tools.source import LogRef, Series

MAX_JSON_BYTES = 512 * 2**20
_READABLE_FORMAT = 1


class RunHead(Struct, frozen=True, kw_only=True):
    """What `run.yaml` says, without the label.

    Attributes:
        folder: Where the run lies.
        incident: The incident's mapping, to be parsed by whoever diagnoses.
        boundary: Inline mapping, path relative to the folder, or None.
        recorded_at: The moment of recording, UTC; nothing later may be seen.
        lines: Where the parts of `run.yaml` stand, by path of keys and indices.
    """

    folder: Path
    id: str
    title: str
    recorded_at: datetime
    incident: Mapping[str, object]
    boundary: str | Mapping[str, object] | None = None
    lines: Mapping[tuple[Step, ...], int] = {}

    def part(self, name: str, value: object) -> Document:
        """A part of `run.yaml` with its lines, for whoever parses it."""
        return Document({name: value}, str(self.folder / "run.yaml"), self.lines)


class RunFiles(Struct, frozen=True, kw_only=True):
    """The recorded answers of a run, parsed.

    Attributes:
        objects: By kind; None when `cluster.json` is absent.
        logs: Where each container's log lies.
        series: By Prometheus name; None when `metrics.om` is absent.
        notes: What was dropped, for the reader.
    """

    objects: dict[str, list[Wire]] | None
    logs: dict[LogRef, Path]
    series: dict[str, list[Series]] | None
    gaps: list[Gap]
    notes: list[str]


def read_head(folder: Path) -> RunHead:
    """Read `run.yaml`.

    Raises:
        InputError: the folder or the file is missing or unreadable, or a field is wrong.
    """
    if not folder.is_dir():
        raise InputError(str(folder), None, "expected a run folder" + ("" if folder.exists() else ", found nothing"))
    path = folder / "run.yaml"
    document = load_document(path, str(path))
    found = document.value
    if not isinstance(found, Mapping):
        raise InputError(str(path), 1, "expected a mapping with format, id, recorded_at and incident")
    if found.get("format") != _READABLE_FORMAT:
        said = f"format: expected {_READABLE_FORMAT}, got {found.get('format')!r}"
        raise InputError(str(path), document.line("format"), said)
    incident = found.get("incident")
    if not isinstance(incident, Mapping):
        said = "incident: expected a mapping with a question or an alert"
        raise InputError(str(path), document.line("incident"), said)
    boundary = found.get("boundary")
    if boundary is not None and not isinstance(boundary, str | Mapping):
        raise InputError(str(path), document.line("boundary"), "boundary: expected a path or a mapping")
    return RunHead(
        folder=folder,
        id=_text(document, found, "id", folder.name),
        title=_text(document, found, "title", ""),
        recorded_at=_moment(document, found.get("recorded_at")),
        incident=incident,
        boundary=boundary,
        lines={path: line for path, line in document.lines.items() if path[:1] != ("label",)},
    )


def read_files(head: RunHead) -> RunFiles:
    """Read everything that `run.yaml` belongs to; logs are only found, not read.

    Raises:
        InputError: a file is malformed; the message names the file and the place.
    """
    notes: list[str] = []
    gaps = _gaps(head.folder / "gaps.yaml")
    objects = _objects(head, notes)
    if objects is None:
        gaps.append(Gap(id="gap/kubernetes", source="kubernetes", what="objects", status="error", error="not recorded"))
    series = _series(head)
    if series is None and not any(gap.source == "prometheus" for gap in gaps):
        said = "no metrics were recorded"
        gaps.append(Gap(id="gap/prometheus", source="prometheus", what="metrics", status="error", error=said))
    return RunFiles(objects=objects, logs=_logs(head.folder / "logs"), series=series, gaps=gaps, notes=notes)


def read_bytes(path: Path, most: int) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it is unreadable or larger than `most` bytes.
    """
    try:
        if path.stat().st_size > most:
            raise InputError(str(path), None, f"expected at most {most} bytes, got {path.stat().st_size}")
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), None, f"cannot be read ({error.strerror})") from None


def _objects(head: RunHead, notes: list[str]) -> dict[str, list[Wire]] | None:
    path = head.folder / "cluster.json"
    if not path.exists():
        return None
    found: dict[str, list[Wire]] = {}
    later = 0
    for kind, one in decode_list(read_bytes(path, MAX_JSON_BYTES), str(path)):
        born = one.first if isinstance(one, Event) else one.metadata.creation_timestamp  # type: ignore[attr-defined]
        if born is not None and born > head.recorded_at:
            later += 1
            continue
        found.setdefault(kind, []).append(one)
    if later:
        notes.append(f"{later} objects in cluster.json are younger than recorded_at and were left out")
    return found


def _series(head: RunHead) -> dict[str, list[Series]] | None:
    path = head.folder / "metrics.om"
    if not path.exists():
        return None
    try:
        text = read_bytes(path, MAX_JSON_BYTES).decode()
    except UnicodeDecodeError:
        raise InputError(str(path), None, "expected OpenMetrics text, found bytes that are not UTF-8") from None
    return parse_openmetrics(text, str(path), head.recorded_at.timestamp())


def _logs(folder: Path) -> dict[LogRef, Path]:
    found: dict[LogRef, Path] = {}
    if not folder.is_dir():
        return found
    for path in sorted(folder.glob("*/*/*.log")):
        name = path.name.removesuffix(".log")
        previous = name.endswith(".previous")
        ref = LogRef(path.parent.parent.name, path.parent.name, name.removesuffix(".previous"), previous)
        found[ref] = path
    return found


class _GapRow(Struct, forbid_unknown_fields=True):
    source: str
    what: str
    status: str
    error: str = ""
    namespace: str = ""
    pod: str = ""
    container: str = ""
    since: object = None
    until: object = None
    previous: bool = False
    whole_in: tuple[str, ...] = ()
    live: bool = False
    id: str = ""


def _gaps(path: Path) -> list[Gap]:
    if not path.exists():
        return []
    document = load_document(path, str(path))
    rows = document.value
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise InputError(str(path), 1, "expected a list of gaps")
    found = []
    for number, row in enumerate(rows):
        try:
            gap = msgspec.convert(row, _GapRow)
        except msgspec.ValidationError as error:
            raise InputError(str(path), document.line(number), f"[{number}]: {error}") from None
        if gap.status not in {"denied", "error", "empty", "truncated"}:
            said = f"[{number}].status: expected denied, error, empty or truncated, got {gap.status!r}"
            raise InputError(str(path), document.line(number, "status"), said)
        place = "/".join(part for part in (gap.namespace, gap.pod, gap.container) if part)
        found.append(
            Gap(
                id=gap.id or "/".join(part for part in ("gap", gap.source, gap.what.lower(), place) if part),
                source=gap.source,
                what=gap.what,
                status=gap.status,  # type: ignore[arg-type]
                error=gap.error,
                namespace=gap.namespace,
                pod=gap.pod,
                container=gap.container,
                previous=gap.previous,
                whole_in=gap.whole_in,
                live=gap.live,
            )
        )
    return found


def _text(document: Document, found: Mapping[str, object], key: str, missing: str) -> str:
    value = found.get(key, missing)
    if not isinstance(value, str | int):
        raise InputError(document.where, document.line(key), f"{key}: expected text, got {type(value).__name__}")
    return str(value)


def _moment(document: Document, value: object) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value)
    line = document.line("recorded_at")
    if not isinstance(value, datetime):
        raise InputError(document.where, line, f"recorded_at: expected an RFC 3339 time, got {value!r}")
    if not 1970 < value.year < 2200:
        raise InputError(document.where, line, f"recorded_at: expected a time of our days, got {value.isoformat()}")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
