"""Untrusted XML as a tree: no document type, hence no entities of its own, nothing external; bounded depth and size."""

from typing import TYPE_CHECKING

from tools.status_feeds.said import FeedError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEPEST = 32
_MOST_ELEMENTS = 100_000


def tree(body: bytes) -> "Element":
    """The root; elements bear their local names.

    Raises:
        FeedError: it is not well formed, or declares a document type.
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    built = TreeBuilder()
    open_now: list[str] = []
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        open_now.append(tag.rpartition(" ")[2])
        if len(open_now) > _DEEPEST or count > _MOST_ELEMENTS:
            raise FeedError("expected a feed, got XML that is nested too deep or has too many elements")
        built.start(open_now[-1], attributes)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: built.end(open_now.pop())
    parser.CharacterDataHandler = built.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except FeedError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FeedError(f"expected XML ({error})") from None
    return built.close()


def _refuse(*_: object) -> None:
    raise FeedError("expected a feed, got XML with a document type, which could declare entities")
