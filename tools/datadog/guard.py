"""Which requests may leave the process: a list of what is allowed, so that everything unknown is refused.

Two searches are POST because their filter stands in the body; they change nothing.
"""

import re

from tools.read_only import Reads

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

check = Reads(lambda method, path: READS.get((method, path)), _QUERY, _HEADERS).check
