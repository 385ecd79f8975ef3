"""What a variant's answer must be, and whether it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agent.diagnosis import Claim, Diagnosis
from evals.match import any_same
from evals.metamorphic.base import Base
from evals.metamorphic.recording import Recording


@dataclass(frozen=True)
class Expected:
    """The answer that a variant must get; None leaves a part open, an empty tuple asks for nothing to be named.

    Attributes:
        components: Any of them; `namespace/name`, a full id or a host.
        kept: Other parts by the names of `parts_of`, which must be exactly so.
    """

    verdicts: tuple[str, ...]
    components: tuple[str, ...] | None = None
    modes: tuple[str, ...] | None = None
    statuses: tuple[str | None, ...] | None = None
    kept: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """A changed run: made only when it is asked for.

    Attributes:
        name: `run/family/what was changed`, unique.
    """

    name: str
    family: str
    expected: Expected
    make: Callable[[], Recording]


def named(base: Base, family: str, what: str, expected: Expected, make: Callable[[], Recording]) -> Variant:
    """A variant with its full name."""
    return Variant(f"{base.id}/{family}/{what}", family, expected, make)


def same_answer(base: Base, renamed: Callable[[str], str] = str, later: timedelta = timedelta()) -> Expected:
    """The base's own answer, names replaced and times moved.

    Where nothing is broken and the label names no component, the answer may speak of any that is well.

    Args:
        base: The run.
        renamed: Gives a component's id its new form.
        later: By how much every time is later.
    """
    answer = base.diagnosis
    named_one = base.faulty or (base.label is not None and base.label.component is not None)
    path = [renamed(one) for one in base.lead.path] if base.lead else []
    since = base.lead.since + later if base.lead and base.lead.since else None
    return Expected(
        verdicts=(answer.verdict,),
        components=((renamed(answer.component),) if answer.component else ()) if named_one else None,
        modes=(answer.failure_mode,) if answer.failure_mode else (),
        statuses=(answer.status,),
        kept={"path": path, "since": since},
    )


def same_cause(base: Base) -> Expected:
    """The base's verdict, component and mode."""
    answer = same_answer(base)
    return Expected(answer.verdicts, answer.components, answer.modes)


def parts_of(answer: Diagnosis) -> dict[str, object]:
    """Parts of an answer that a variant may have to keep."""
    lead = answer.causes[0] if answer.causes else None
    return {
        "path": list(lead.path) if lead else [],
        "since": lead.since if lead else None,
        "claims": [_said(claim) for claim in (lead.claims if lead else answer.claims)],
        "evidence": [(one.id, one.status, one.text) for one in answer.evidence],
        "vendor is asked": any(step.action == "contact_vendor" for step in answer.remediation),
    }


def _said(claim: Claim) -> tuple[str, str, str, str, str, bool]:
    return claim.text, claim.evidence, claim.op, claim.path, repr(claim.value), claim.verified


def faults_of(answer: Diagnosis, expected: Expected) -> list[str]:
    """What is wrong with an answer, one line each: `part: expected this, got that`."""
    found = []
    if answer.verdict not in expected.verdicts:
        found.append(_fault("verdict", expected.verdicts, answer.verdict))
    if expected.components is not None and not _named_right(answer, expected.components):
        found.append(_fault("component", expected.components, answer.component))
    if expected.modes is not None and (answer.failure_mode not in (expected.modes or (None,))):
        found.append(_fault("failure_mode", expected.modes, answer.failure_mode))
    if expected.statuses is not None and answer.status not in expected.statuses:
        found.append(_fault("status", expected.statuses, answer.status))
    parts = parts_of(answer)
    found += [_fault(name, (value,), parts[name]) for name, value in expected.kept.items() if parts[name] != value]
    # Where the doubt is the answer, what it would have named does not count.
    return found if answer.verdict != "inconclusive" else found[:1] if "inconclusive" not in expected.verdicts else []


def _named_right(answer: Diagnosis, wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return answer.component is None
    got = [answer.component] if answer.component else []
    got += [name for cause in answer.causes[:1] for name in cause.names]
    return any_same(wanted, got)


def _fault(part: str, wanted: tuple[object, ...], got: object) -> str:
    words = " or ".join(_short(one) for one in wanted) or "nothing"
    return f"{part}: expected {words}, got {_short(got)}"


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
