"""A whole list, page by page, of one state of the cluster."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tools.errors import InputError
from tools.kubernetes.paths import Resource
from tools.kubernetes.requests import Requests
from tools.objects.decode import Page, decode_page, fits
from tools.objects.meta import Wire
from tools.source import Answer
from tools.unanswered import NotAnsweredError

Objects = Answer[Sequence[Wire]]

_RESTARTS = 2


class Listing(Struct, frozen=True):
    """A list that is to be read.

    Attributes:
        namespace: None is the whole cluster.
        only: A field selector.
        most: So many objects are read, of more the first ones.
        bearable: Where there are more, none are.
    """

    kind: str
    resource: Resource
    namespace: str | None = None
    only: str = ""
    most: int | None = None
    bearable: int | None = None

    @property
    def query(self) -> str:
        """The same question for a person's terminal."""
        return self.resource.query(self.namespace) + (f" --field-selector '{self.only}'" if self.only else "")


class CrowdedError(NotAnsweredError):
    """There are more objects than are bearable.

    Attributes:
        count: How many, for a sentence.
    """

    def __init__(self, count: str) -> None:
        """Keep it."""
        super().__init__("truncated", f"{count} are too many to be read")
        self.count = count


def read_list(requests: Requests, listing: Listing, keep: list[bytes] | None = None) -> Objects:
    """All objects of a list, as far as they were told; an answer that stops half way is never `ok`.

    The pages that the answer consists of are added to `keep`.
    """
    return as_answer(listing, attempt(requests, listing, keep))


def as_answer(listing: Listing, answer: Objects | NotAnsweredError) -> Objects:
    """The answer, or the one that says why there is none."""
    if isinstance(answer, NotAnsweredError):
        return Answer([], listing.query, answer.status, answer.said)
    return answer


def attempt(requests: Requests, listing: Listing, keep: list[bytes] | None = None) -> Objects | NotAnsweredError:
    """The list, begun anew when its state is gone in the middle; the error where not even one page was given."""
    pages: list[bytes] | None = None if keep is None else []
    answer = _once(requests, listing, pages)
    for _ in range(_RESTARTS):
        if not (isinstance(answer, NotAnsweredError) and answer.gone):
            break
        answer = _once(requests, listing, pages)
    if keep is not None and not isinstance(answer, NotAnsweredError):
        keep += pages or ()
    return answer


def _once(requests: Requests, listing: Listing, pages: list[bytes] | None) -> Objects | NotAnsweredError:
    if pages is not None:
        pages.clear()
    found: list[Wire] = []
    unread: list[str] = []
    remaining: int | None = None
    try:
        for page in _pages(requests, listing):
            found += page.items
            unread += page.unread
            remaining = page.remaining
            if pages is not None:
                pages.append(page.body)
            _check(listing, len(found) + len(unread), page)
    except NotAnsweredError as failed:
        if failed.gone or not found or isinstance(failed, CrowdedError):
            return failed
        of = f" of {len(found) + remaining}" if remaining else ""
        return Answer(found, listing.query, failed.status, f"{failed.said}, after the first {len(found)}{of}")
    if unread:
        said = f"{len(unread)} of {len(found) + len(unread)} could not be read: {unread[0]}"
        return Answer(found, listing.query, "truncated", said)
    return Answer(found, listing.query, "ok" if found else "empty")


def _check(listing: Listing, read: int, page: Page) -> None:
    """Stop where what is still to come is too much."""
    if not page.token:
        return
    there = read + (page.remaining or 1)
    if listing.bearable is not None and there > listing.bearable:
        raise CrowdedError(f"{there:,}" if page.remaining else f"more than {read:,}")
    if listing.most is not None and read >= listing.most:
        raise NotAnsweredError("truncated", "more were not asked for")


def _pages(requests: Requests, listing: Listing) -> Iterator[Page]:
    """Pages of one state: a continue token holds on to it, and a page of another one counts as gone.

    Raises:
        NotAnsweredError: a page was not given, or is no list.
    """
    asked = {"limit": str(requests.bounds.page)} | ({"fieldSelector": listing.only} if listing.only else {})
    path, near = listing.resource.path(listing.namespace), listing.namespace is not None
    version = ""
    while True:
        body = requests.page(path, asked, listing.kind, last_resort=near)
        try:
            page = decode_page(body, listing.kind)
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
