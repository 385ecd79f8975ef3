"""Which requests may leave the process: a list of what is allowed, so that everything unknown is refused.

Two searches are POST because their filter stands in the body; they change nothing.
"""

import re
from collections.abc import Iterable

READS: dict[tuple[str, str], frozenset[str]] = {
    ("POST", "/api/v2/logs/events/search"): frozenset(),
    ("POST", "/api/v2/events/search"): frozenset(),
    ("GET", "/api/v1/query"): frozenset({"from", "to", "query"}),
    ("GET", "/api/v1/monitor"): frozenset({"page", "page_size", "group_states", "monitor_tags", "id_offset"}),
    ("GET", "/api/v1/validate"): frozenset(),
}
"""What is asked, with the parameters that may stand in the query."""

_QUERY = re.compile(r"[A-Za-z0-9._~%&=+:,*-]*")
_HEADERS = frozenset({
    "accept", "accept-encoding", "content-type", "dd-api-key", "dd-application-key", "user-agent",
})  # fmt: skip


class ReadOnlyError(Exception):
    """A request was about to leave that is none of the listed reads. Always a bug; never caught."""


def check(method: str, target: str, headers: Iterable[str] = ()) -> None:
    """Let a request pass, or refuse it.

    Args:
        method: The HTTP method.
        target: Path and query below the server's address, exactly as they will be sent.
        headers: The names of the headers that will be sent.

    Raises:
        ReadOnlyError: it is none of the allowed requests.
    """
    path, _, query = target.partition("?")
    parameters = READS.get((method, path))
    if parameters is None or not _QUERY.fullmatch(query):
        raise ReadOnlyError(f"{method} {target}")
    unknown = {one.partition("=")[0] for one in query.split("&") if one} - parameters
    unknown |= {name for name in headers if name.lower() not in _HEADERS}
    if unknown:
        raise ReadOnlyError(f"{method} {target}: {', '.join(sorted(unknown))}")
