"""Why a request was not answered, in the server's or the transport's own words; and bodies that are packed."""

import re
import zlib

import msgspec
from msgspec import Struct

from tools.evidence import Status
from tools.plain_text import plain

MOST_SAID = 300


class NotAnsweredError(Exception):
    """A request that was not answered as asked.

    Attributes:
        status: `denied`, `error`, or `truncated` where the budget did not reach.
        said: Why, in the server's own words.
        code: The HTTP status; 0 when no HTTP answer came.
        again: Seconds after which to try once more; None where that is of no use.
    """

    def __init__(self, status: Status, said: str, code: int = 0, again: float | None = None) -> None:
        """Keep all of it."""
        super().__init__(said)
        self.status, self.said, self.code, self.again = status, said, code, again


class _Errors(Struct):
    errors: list[object] = []


def told_errors(body: bytes) -> str:
    """What the API's error object says: texts, or objects with a title and a detail; empty where it is none."""
    try:
        errors = msgspec.json.decode(body, type=_Errors).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    texts = [
        ": ".join(str(one[key]) for key in ("title", "detail") if key in one) if isinstance(one, dict) else str(one)
        for one in errors
    ]
    return "; ".join(text for text in texts if text)


def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """A body as it was before it was packed, as far as one byte more than `most`.

    Raises:
        NotAnsweredError: it is not packed as it says, or not whole.
    """
    if encoding.lower() != "gzip":
        return body
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise NotAnsweredError("error", f"the answer broke off ({error})") from None
    if len(found) <= most and not unpacker.eof:
        raise NotAnsweredError("error", "the answer broke off")
    return found


def words(error: Exception) -> str:
    """The reason in a vendor's exception, without its addresses of objects."""
    cause = getattr(error, "reason", None) or error
    return plain(re.sub(r"<[^>]*>:? ?|\S*Connection\S*\(.*?\): ?", "", str(cause)), MOST_SAID)
