"""Names, families of errors and changes as people say them: what detectors note in words of the machine."""

import re

from agent.finding import Predicate
from agent.verify import MISSING, at_path, holds, steps
from tools.amounts import readable
from tools.evidence import Cite
from tools.views_logs import is_header

_COMPONENT = re.compile(r"(?<![\w./-])[^\s/,()'\"]+/(?:[a-z]+)/([^\s/,;:()'\"]+)")
FAMILIES = {
    "refused": "connections refused",
    "timeout": "no answer in time",
    "unreachable": "no route to it",
    "reset": "connections broken off",
    "dns": "its name is not found",
    "dns_server_down": "the name server does not answer",
    "tls_expired": "its certificate has expired",
    "tls_untrusted": "its certificate is not trusted",
    "tls_not_yet_valid": "its certificate is not valid yet",
    "tls_other": "TLS fails",
    "unauthorized": "HTTP 401, credentials not accepted",
    "forbidden": "HTTP 403, forbidden",
    "rate_limited": "HTTP 429, too many requests",
    "client_error": "requests rejected, 4xx",
    "server_error": "server errors, 5xx",
    "unavailable": "HTTP 503, unavailable",
    "no_upstream": "nobody behind it to answer",
    "schema": "answers of another shape",
    "circuit_open": "the circuit breaker is open",
    "pool_exhausted": "no free connection in the pool",
    "auth_failed": "credentials not accepted",
    "too_many_connections": "no connection slot left",
    "read_only": "writes refused, read-only",
    "storage_full": "storage full",
    "missing_schema": "table or column missing",
    "lock_timeout": "locks not released",
    "publish_rejected": "messages refused",
}
_FAMILY = re.compile(rf"\(({'|'.join(sorted(FAMILIES))})\)")


def short(text: str) -> str:
    """Text with the last part of each component id instead of the whole: `payment` for `shop/deployment/payment`."""
    return _COMPONENT.sub(r"\1", text)


def spoken(text: str) -> str:
    """A statement of a detector in short names, with families of errors and quantities as people say them."""
    said = _FAMILY.sub(lambda match: f"({FAMILIES[match[1]]})", readable(short(text)))
    return said.replace(", naming nobody", " without telling whom they called")


def claim_of(predicate: Predicate, cite: Cite) -> Predicate:
    """The claim with words that fit what its evidence holds, and a quote that says something; checked all the same."""
    evidence = cite(predicate.evidence)
    if evidence is None or not holds(predicate, evidence):
        return predicate
    text, value = readable(predicate.text), predicate.value
    if predicate.evidence.startswith("changes/") and predicate.path.endswith(("/at", "/after")):
        text = _changed(predicate, evidence.value, text)
    if predicate.op == "matches_quote" and isinstance(value, str) and is_header(value) and predicate.path:
        value = at_path(evidence.value, predicate.path)
    return Predicate(text, predicate.evidence, predicate.op, predicate.path, value)


def _changed(predicate: Predicate, value: object, text: str) -> str:
    field = steps(predicate.path)[1]
    change = at_path(value, predicate.path.rpartition("/")[0])
    if change is MISSING or not isinstance(change, dict):
        return text
    by = f" by {change['by']}" if change.get("by") else ""
    name = predicate.evidence.rpartition("/")[2]
    if field == "object":
        return f"{name} was {'created' if change.get('created') else 'edited'}{by}"
    if not text.endswith(" is new"):
        return text
    return f"{field} was {change['before']} before" if change.get("before") else f"{field} was not set before"
