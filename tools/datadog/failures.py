"""What the API's error object says, and bodies that are packed."""

import zlib

import msgspec
from msgspec import Struct

from tools.unanswered import NotAnsweredError


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
