"""What may leave for a live system: each lists its reads, and whatever is none of them is refused here."""

import re
from collections.abc import Callable, Iterable

from msgspec import Struct


class ReadOnlyError(Exception):
    """A request was about to leave that is none of the listed reads. Always a bug; never caught."""


class Reads(Struct, frozen=True):
    """The requests that may be sent to one system.

    Attributes:
        parameters: What may stand in the query of a method and a path; None where these are no read.
        query: What a query has to match as a whole, so that none has a second spelling.
        headers: The names that may be sent, in lower case.
    """

    parameters: Callable[[str, str], frozenset[str] | None]
    query: re.Pattern[str]
    headers: frozenset[str]

    def check(self, method: str, target: str, headers: Iterable[str] = ()) -> None:
        """Let a request pass, or refuse it.

        Args:
            method: The HTTP method.
            target: Path and query below the server's address, exactly as they will be sent.
            headers: The names of the headers that will be sent.

        Raises:
            ReadOnlyError: it is none of the allowed requests.
        """
        path, _, query = target.partition("?")
        parameters = self.parameters(method, path)
        if parameters is None or not self.query.fullmatch(query):
            raise ReadOnlyError(f"{method} {target}")
        unknown = {one.partition("=")[0] for one in query.split("&") if one} - parameters
        unknown |= {name for name in headers if name.lower() not in self.headers}
        if unknown:
            raise ReadOnlyError(f"{method} {target}: {', '.join(sorted(unknown))}")
