"""The body of an answer, as it arrives."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from tools.unanswered import NotAnsweredError, late, words

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

MOST_ERROR_BYTES = 64 * 2**10
"""More of an error's body than this nobody needs."""
_CHUNK = 256 * 2**10


def parts(
    response: "BaseHTTPResponse", address: str, seconds: float, *, decoded: bool | None = None
) -> Iterator[bytes]:
    """What has come, at once; a server that drips is left after so many seconds.

    `decoded` is urllib3's `decode_content`: unpacking waits for the next byte until there is a letter to give.

    Raises:
        NotAnsweredError: it broke off, or took too long.
    """
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    until = time.monotonic() + seconds
    try:
        while part := response.read1(_CHUNK, decode_content=decoded):
            yield part
            if time.monotonic() > until:
                raise late(address, seconds)
    except ReadTimeoutError:
        raise late(address, seconds) from None
    except (HTTPError, OSError) as error:
        raise NotAnsweredError("error", f"the answer broke off ({words(error)})") from None


def start_of(error: Iterable[bytes]) -> bytes:
    """As much of an error's body as is needed; what breaks off in it is no second error."""
    body = b""
    with suppress(NotAnsweredError):
        for part in error:
            body += part
            if len(body) > MOST_ERROR_BYTES:
                break
    return body
