"""Why a request to a live system was not answered, in the server's or the transport's own words."""

import re

from tools.evidence import Status
from tools.plain_text import plain

MOST_SAID = 300
"""Characters of what a server says."""
PASSING = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses after which trying again is of use."""
DENIED = frozenset({401, 403})

_GONE = 410
_MOST_DIGITS = 5
_OBJECTS = re.compile(r"<[^>]*>:? ?|\S*Connection\S*\(.*?\): ?")


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

    @property
    def gone(self) -> bool:
        """Whether a list has to be begun anew: the state that a continue token points at is no more."""
        return self.code == _GONE


def words(error: Exception) -> str:
    """The reason in a vendor's exception, without its addresses of objects; its kind where it has no words."""
    cause = getattr(error, "reason", None) or error
    return plain(_OBJECTS.sub("", str(cause)), MOST_SAID) or type(cause).__name__


def late(address: str, seconds: float) -> NotAnsweredError:
    """No answer, or not the whole of it, in time."""
    return NotAnsweredError("error", f"{address} did not answer within {seconds:.3g} s")


def retry_after(header: str, otherwise: float) -> float:
    """The seconds of a Retry-After; `otherwise` where there is none, or a date."""
    return float(header) if header.isdecimal() and len(header) <= _MOST_DIGITS else otherwise
