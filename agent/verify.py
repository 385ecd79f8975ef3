"""Claims are re-run on the stored evidence; a claim that does not hold is kept and marked."""

from datetime import UTC, datetime

from agent.diagnosis import Claim
from agent.finding import Predicate
from tools.evidence import Cite, Evidence

MISSING = object()


def checked(predicate: Predicate, cite: Cite) -> Claim:
    """The claim with the outcome of its check."""
    evidence = cite(predicate.evidence)
    return Claim(
        text=predicate.text,
        evidence=predicate.evidence,
        op=predicate.op,
        path=predicate.path,
        value=_plain(predicate.value),  # type: ignore[arg-type] # detectors put JSON values there
        verified=evidence is not None and holds(predicate, evidence),
    )


def holds(predicate: Predicate, evidence: Evidence) -> bool:
    """Whether the predicate is true of the evidence; on evidence that is not `ok`, nothing is absent."""
    found = at_path(evidence.value, predicate.path)
    wanted = _plain(predicate.value)
    if predicate.op == "matches_quote":
        text = evidence.text if predicate.path == "" else found
        return isinstance(text, str) and isinstance(wanted, str) and bool(wanted) and _spaced(wanted) in _spaced(text)
    if predicate.op == "absent":
        return evidence.status == "ok" and found is MISSING
    return found is not MISSING and _compare(predicate.op, _plain(found), wanted)


def steps(path: str) -> list[str]:
    """The steps of a JSON Pointer (RFC 6901), as they were before they were escaped."""
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def at_path(value: object, path: str) -> object:
    """What a JSON Pointer leads to, or `MISSING`."""
    for key in steps(path):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def _compare(op: str, found: object, wanted: object) -> bool:
    match op:
        case "equals":
            return found == wanted
        case "not_equals":
            return found != wanted
        case "contains":
            return _contains(found, wanted)
        case "count_at_least" | "count_at_most":
            return _counts(op, found, wanted)
        case "before" | "after":
            return _ordered(op, found, wanted)
        case _:
            return False


def _contains(found: object, wanted: object) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list | dict) and wanted in found


def _counts(op: str, found: object, wanted: object) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float) or not isinstance(wanted, int | float):
        return False
    return found >= wanted if op == "count_at_least" else found <= wanted


def _ordered(op: str, found: object, wanted: object) -> bool:
    first, second = moment(found), moment(wanted)
    if first is None or second is None:
        return False
    return first < second if op == "before" else first > second


def moment(value: object) -> datetime | None:
    """A time as evidence stores it; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plain(value: object) -> object:
    """Times as the evidence stores them: RFC 3339 text in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _spaced(text: str) -> str:
    return " ".join(text.split())
