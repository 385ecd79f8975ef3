"""What a recording does not hold: questions without a good answer, namespaces that are far, and what is never read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tools.evidence import Gap
from tools.kubernetes.paths import LISTED
from tools.source import Answer
from tools.taps import Kept

Row = dict[str, Any]
MOST_BYTES = 64 * 2**20
"""Of all objects as JSON: where there are more, only those near the symptom are kept."""


class LeftOut(Struct, frozen=True):
    """Something that was not recorded, and why."""

    what: str
    why: str


class Far(Struct, frozen=True):
    """Objects that were read and not kept: how many, of which namespaces; `near` are those that are whole."""

    objects: int = 0
    namespaces: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def near_enough(objects: Sequence[Row], near: frozenset[str], most: int = MOST_BYTES) -> tuple[Sequence[Row], Far]:
    """All objects where they fit into `most` bytes, else those of the cluster itself and of the namespaces near."""
    if sum(len(json.dumps(one)) for one in objects) <= most:
        return objects, Far()
    kept = [one for one in objects if _namespace(one) in near or not _namespace(one)]
    away = {_namespace(one) for one in objects} - near - {""}
    return kept, Far(len(objects) - len(kept), tuple(sorted(away)), tuple(sorted(near - {""})))


def gap_rows(kept: Kept, gaps: Sequence[Gap], far: Far) -> list[Row]:
    """The rows of gaps.yaml: every answer that was none, in the system's own words, and what else the sweep missed."""
    rows = [*_of_lists(kept, far), *_of_logs(kept), *_of_metrics(kept)]
    for asked in (kept.lines, kept.events):
        rows += [row for what, answer in asked.items() for row in _row(answer, {"source": "datadog", "what": what})]
    told = {_place(row) for row in rows}
    return rows + [row for row in map(_of_gap, gaps) if _place(row) not in told and not _is_told(row, kept)]


def left_out(notes: Sequence[str], far: Far) -> list[LeftOut]:
    """What was not even asked for, or asked for and not kept."""
    found = [LeftOut("Secrets", "never read; that one is named or missing is told by pods and events")]
    found += [LeftOut("what the sweep did not read", one) for one in notes]
    if far.objects:
        said = f"{far.objects} objects of {len(far.namespaces)} namespaces: {', '.join(far.namespaces)}"
        found.append(LeftOut(said, f"far from the symptom, and not all fit into {MOST_BYTES >> 20} MiB"))
    return found


def _of_lists(kept: Kept, far: Far) -> Iterator[Row]:
    for (kind, namespace), answer in kept.lists.items():
        place = {"source": "kubernetes", "what": kind, **({"namespace": namespace} if namespace else {})}
        rows = list(_row(answer, place))
        if not rows and far.objects and LISTED[kind].namespaced:
            said = f"{len(far.namespaces)} namespaces far from the symptom were not recorded"
            rows = [_gap("truncated", said, place, far.near)]
        yield from rows


def _of_logs(kept: Kept) -> Iterator[Row]:
    for ref, answer in sorted(kept.logs.items()):
        place = {"namespace": ref.namespace, "pod": ref.pod, "container": ref.container}
        previous = {"previous": True} if ref.previous else {}
        yield from _row(answer, {"source": "kubernetes", "what": "logs", **place, **previous})


def _of_metrics(kept: Kept) -> Iterator[Row]:
    """One row where all metrics fail alike, else one for each that does."""
    place = {"source": "prometheus"}
    rows = {name: row for name, answer in kept.series.items() for row in _row(answer, place)}
    alike = len(rows) == len(kept.series) and len({(row["status"], row["error"]) for row in rows.values()}) == 1
    for name, row in list(rows.items())[: 1 if alike else None]:
        yield {"source": "prometheus", "what": "metrics" if alike else name, **row}


def _of_gap(gap: Gap) -> Row:
    place = {"source": gap.source, "what": gap.what}
    place |= {name: value for name in ("namespace", "pod", "container") if (value := getattr(gap, name))}
    place |= {"id": gap.id} if gap.source == "status" else {}
    return _gap(gap.status, gap.error, {**place, **({"previous": True} if gap.previous else {})}, gap.whole_in)


def _place(row: Row) -> tuple[object, ...]:
    names = ("source", "what", "id", "namespace", "pod", "container", "previous")
    return tuple(row.get(name) for name in (names if row["what"] == "logs" else names[:3]))


def _is_told(row: Row, kept: Kept) -> bool:
    """Whether single metrics that fail are rows already."""
    return row["source"] == "prometheus" and any(answer is not None for answer in kept.series.values())


def _row(answer: Answer[Any] | None, place: Mapping[str, Any]) -> Iterator[Row]:
    if answer is not None and not answer.known:
        yield _gap(answer.status, answer.error, place, answer.whole_in)


def _gap(status: str, error: str, place: Mapping[str, Any], whole_in: Sequence[str] = ()) -> Row:
    whole = {"whole_in": list(whole_in)} if whole_in else {}
    return {**place, "status": status, "error": error, **whole, "live": True}


def _namespace(one: Row) -> str:
    return str(one["metadata"].get("namespace", ""))
