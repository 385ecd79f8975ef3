"""The results of Prometheus's HTTP API as series."""

import math
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from tools.source import Series

_NAME = "__name__"
_Pair = tuple[float, str]


class _Result(Struct):
    kind: str = msgspec.field(default="", name="resultType")
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Row(Struct):
    """One series; native histograms have neither `value` nor `values` and are left out."""

    metric: dict[str, str] = {}
    value: _Pair | None = None
    values: list[_Pair] = []


def series_of(data: msgspec.Raw, *, named: bool) -> list[Series]:
    """The series of a result of any kind; `named` keeps the metric's name among the labels. NaN is no sample.

    Raises:
        ValueError: it is no result.
    """
    found = msgspec.json.decode(data, type=_Result)
    if found.kind == "scalar":
        return list(_of_row(_Row({}, msgspec.json.decode(found.result, type=_Pair)), named=True))
    if found.kind in {"vector", "matrix"}:
        rows = msgspec.json.decode(found.result, type=list[_Row])
        return [one for row in rows for one in _of_row(row, named=named)]
    if found.kind == "string":
        raise ValueError("the query's value is a string, not a number")
    raise ValueError(f"a result of the kind {found.kind!r}")


def _of_row(row: _Row, *, named: bool) -> Iterator[Series]:
    pairs = [*row.values, row.value] if row.value is not None else row.values
    points = [(at, number) for at, text in pairs if not math.isnan(number := float(text))]
    if points:
        yield Series(row.metric if named else {key: one for key, one in row.metric.items() if key != _NAME}, points)
