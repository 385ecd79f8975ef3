"""A whole list, page by page, of one state of the cluster."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tools.errors import InputError
from tools.kubernetes.paths import NEWER_EVENTS, Resource
from tools.kubernetes.requests import Requests
from tools.objects.decode import Page, decode_page, fits
from tools.objects.meta import Wire
from tools.source import Answer
from tools.unanswered import NotAnsweredError

Objects = Answer[Sequence[Wire]]

_RESTARTS = 2
_ELSEWHERE = frozenset({403, 404})


def read_list(
    requests: Requests, resource: Resource, kind: str, namespace: str | None, keep: list[bytes] | None = None
) -> Objects:
    """All objects of a kind, as far as they were told; an answer that stops half way is never `ok`.

    The pages that the answer consists of are added to `keep`.
    """
    pages: list[bytes] | None = None if keep is None else []
    answer = _begun_anew(requests, resource, kind, namespace, pages)
    if kind == "Event" and isinstance(answer, NotAnsweredError) and answer.code in _ELSEWHERE:
        newer = _begun_anew(requests, NEWER_EVENTS, kind, namespace, pages)
        answer = answer if isinstance(newer, NotAnsweredError) else newer
    if isinstance(answer, NotAnsweredError):
        return Answer([], resource.query(namespace), answer.status, answer.said)
    if keep is not None:
        keep += pages or ()
    return answer


def _begun_anew(
    requests: Requests, resource: Resource, kind: str, namespace: str | None, pages: list[bytes] | None
) -> Objects | NotAnsweredError:
    """The list, begun anew when its state is gone in the middle; the error where not even one page was given."""
    answer = _attempt(requests, resource, kind, namespace, pages)
    for _ in range(_RESTARTS):
        if not (isinstance(answer, NotAnsweredError) and answer.gone):
            break
        answer = _attempt(requests, resource, kind, namespace, pages)
    return answer


def _attempt(
    requests: Requests, resource: Resource, kind: str, namespace: str | None, pages: list[bytes] | None
) -> Objects | NotAnsweredError:
    query = resource.query(namespace)
    if pages is not None:
        pages.clear()
    found: list[Wire] = []
    unread: list[str] = []
    remaining: int | None = None
    try:
        for page in _pages(requests, resource, kind, namespace):
            found += page.items
            unread += page.unread
            remaining = page.remaining
            if pages is not None:
                pages.append(page.body)
    except NotAnsweredError as failed:
        if failed.gone or not found:
            return failed
        of = f" of {len(found) + remaining}" if remaining else ""
        return Answer(found, query, failed.status, f"{failed.said}, after the first {len(found)}{of}")
    if unread:
        said = f"{len(unread)} of {len(found) + len(unread)} could not be read: {unread[0]}"
        return Answer(found, query, "truncated", said)
    return Answer(found, query, "ok" if found else "empty")


def _pages(requests: Requests, resource: Resource, kind: str, namespace: str | None) -> Iterator[Page]:
    """Pages of one state: a continue token holds on to it, and a page of another one counts as gone.

    Raises:
        NotAnsweredError: a page was not given, or is no list.
    """
    asked = {"limit": str(requests.bounds.page)}
    version = ""
    while True:
        body = requests.page(resource.path(namespace), asked, kind, last_resort=namespace is not None)
        try:
            page = decode_page(body, kind)
        except InputError as error:
            raise NotAnsweredError("error", error.message) from None
        if version and page.version != version:
            raise NotAnsweredError("error", "the list changed between two pages", 410)
        version = page.version
        yield page
        if not page.token:
            return
        asked["continue"] = page.token


def raw_objects(page: bytes, kind: str) -> list[dict[str, Any]]:
    """The objects of a page that can be read, each with the kind and the version that only its list had."""
    listed = msgspec.json.decode(page)
    version = str(listed.get("apiVersion", ""))
    return [
        {"apiVersion": version, "kind": kind, **one}
        for one in listed.get("items") or ()
        if fits(msgspec.json.encode(one), kind)
    ]
