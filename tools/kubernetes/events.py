"""Events: a cluster writes thousands of them in an hour, and nearly all say that something went as it should."""

from msgspec import structs

from tools.kubernetes.pages import CrowdedError, Listing, Objects, as_answer, attempt
from tools.kubernetes.paths import LISTED, NEWER_EVENTS
from tools.kubernetes.requests import Requests
from tools.unanswered import NotAnsweredError

MOST = 3_000
"""Three pages: of more, only those of trouble are read, so that there are requests left for pods and logs."""

_TROUBLE = "type!=Normal"
_ELSEWHERE = frozenset({403, 404})


def read_events(requests: Requests, namespace: str | None, keep: list[bytes] | None = None) -> Objects:
    """All events, in one namespace or everywhere; of too many those of trouble, and a warning that says so."""
    core = Listing("Event", LISTED["Event"], namespace, bearable=MOST)
    answer = _read(requests, core, keep)
    if isinstance(answer, NotAnsweredError) and answer.code in _ELSEWHERE:
        newer = _read(requests, structs.replace(core, resource=NEWER_EVENTS), keep)
        answer = answer if isinstance(newer, NotAnsweredError) else newer
    return as_answer(core, answer)


def _read(requests: Requests, listing: Listing, keep: list[bytes] | None) -> Objects | NotAnsweredError:
    answer = attempt(requests, listing, keep)
    if not isinstance(answer, CrowdedError):
        return answer
    trouble = attempt(requests, structs.replace(listing, only=_TROUBLE, bearable=None, most=MOST), keep)
    if isinstance(trouble, NotAnsweredError):
        return answer
    return structs.replace(trouble, warnings=(f"of {answer.count} events those of type Normal were not read",))
