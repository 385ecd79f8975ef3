"""What the API answers to a search, page by page: each item is read by itself, so that one odd item loses no other."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from tools.datadog.connect import Call
from tools.datadog.requests import Requests
from tools.evidence import Status
from tools.plain_text import plain
from tools.unanswered import MOST_SAID, NotAnsweredError

T = TypeVar("T")


class Found(Struct):
    """Items as they came, and why there may be more.

    Attributes:
        raw: JSON texts.
        status: `ok`, or why this is not all of them.
        said: The same in words.
        code: The HTTP status of a failure.
    """

    raw: list[msgspec.Raw]
    status: Status = "ok"
    said: str = ""
    code: int = 0


class _Cursor(Struct):
    after: str | None = None


class _Warning(Struct):
    title: str | None = None
    detail: str | None = None


class _Meta(Struct):
    page: _Cursor | None = None
    status: str | None = None
    warnings: list[_Warning] | None = None


class _Page(Struct):
    data: list[msgspec.Raw]
    meta: _Meta | None = None


def searched(requests: Requests, path: str, asked: dict[str, object], limit: int, pages: int) -> Found:
    """Items of a v2 search, in the asked order, `limit` a page; what fails on the way is told with what was found."""
    found = Found([])
    cursor: str | None = None
    deadline = requests.deadline()
    for _ in range(pages):
        # A new body each time: the cursor belongs to one page only.
        page = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        try:
            body = requests.ask(Call("POST", path, body={**asked, "page": page}), deadline)
            answer = decoded(body, _Page)
        except NotAnsweredError as failed:
            after = f", after the first {len(found.raw)}" if found.raw else ""
            return Found(found.raw, failed.status, f"{failed.said}{after}", failed.code)
        found.raw += answer.data
        if warned := _warned(answer.meta):
            found.status, found.said = "truncated", warned
        cursor = answer.meta.page.after if answer.meta and answer.meta.page else None
        if not cursor or not answer.data:
            return found
    return Found(found.raw, "truncated", f"the first {len(found.raw)}; there are more")


def _warned(meta: _Meta | None) -> str:
    """Why the API itself says that its answer is not whole."""
    if meta is None:
        return ""
    texts = [": ".join(part for part in (one.title, one.detail) if part) for one in meta.warnings or ()]
    if meta.status not in {None, "done"}:
        texts.append(f"the search ended with status {meta.status}")
    return plain("; ".join(texts), MOST_SAID)


def decoded(body: bytes, kind: type[T]) -> T:
    """An answer's body.

    Raises:
        NotAnsweredError: it is something else.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = plain(body[:80].decode(errors="replace"), 80)
        raise NotAnsweredError("error", f"expected an answer of Datadog's API, got {start!r} ({error})") from None


def items(raw: Iterable[msgspec.Raw], kind: type[T]) -> tuple[list[T], int]:
    """Items of a shape, and how many are of another one."""
    read, odd = [], 0
    for one in raw:
        try:
            read.append(msgspec.json.decode(one, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            odd += 1
    return read, odd
