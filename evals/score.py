"""Scores of one diagnosis against one label: each a value and the reason for it.

A value is None where nothing could be scored: what is missing is never 0. Values run from 0 to 1 and more is
better, but for `brier` (less is better), `seconds` and `tokens`.
"""

from msgspec import Struct

from agent.diagnosis import Diagnosis
from evals.match import action_fits, any_same, names_of
from evals.run import Label

RECOVERED = "recovered"
RATES = (
    "verdict",
    "component",
    "failure_mode",
    "detail",
    "component_at_3",
    "mode_at_3",
    "remediation",
    "mention",
    "grounding",
    "abstention",
)
"""Scores that are shares, hence fit for a threshold."""


class Score(Struct, frozen=True):
    """One number and why it is what it is."""

    value: float | None
    reason: str


def score_run(diagnosis: Diagnosis, label: Label | None, seconds: float) -> dict[str, Score]:
    """All scores by name. Without a label only what needs none is scored.

    Args:
        diagnosis: The answer.
        label: The truth, or None.
        seconds: What the answer took, wall clock.
    """
    scores = {} if label is None else _against(diagnosis, label)
    scores["grounding"] = _grounding(diagnosis)
    scores["seconds"] = Score(seconds, "wall clock")
    scores["tokens"] = Score(float(diagnosis.provenance.tokens), "as the diagnosis reports them")
    return scores


def _against(diagnosis: Diagnosis, label: Label) -> dict[str, Score]:
    verdict, component = _verdict(diagnosis, label), _component(diagnosis, label, 1)
    return {
        "verdict": verdict,
        "component": component,
        "failure_mode": _mode(diagnosis, label, 1),
        "detail": _detail(diagnosis, label),
        "component_at_3": _component(diagnosis, label, 3),
        "mode_at_3": _mode(diagnosis, label, 3),
        "remediation": _remediation(diagnosis, label),
        "mention": _mention(diagnosis, label),
        "abstention": _abstention(diagnosis, label),
        "brier": _brier(diagnosis, verdict, component),
    }


def _verdict(diagnosis: Diagnosis, label: Label) -> Score:
    got, status = diagnosis.verdict, diagnosis.status
    if label.failure_mode == RECOVERED:
        if got == "no_fault":
            return Score(1.0, "no fault any more")
        if _healed(diagnosis, label):
            return Score(1.0, f"the healed fault's own verdict, {got}, as recovered")
        return Score(0.0, f"expected no_fault or the healed fault as recovered, got {got} ({status or 'no status'})")
    wanted = (label.verdict, *label.also.verdicts)
    return _right(got in wanted, got, wanted)


def _healed(diagnosis: Diagnosis, label: Label) -> bool:
    """Whether the answer is the healed fault's own verdict, told as recovered.

    The label's other verdicts name that verdict; without any, the label's component vouches for it.
    """
    if diagnosis.status != RECOVERED or diagnosis.verdict not in {"internal", "external"}:
        return False
    own = {label.verdict, *label.also.verdicts} & {"internal", "external"}
    if own:
        return diagnosis.verdict in own
    wanted = _components(label)
    return not wanted or any_same(wanted, _named(diagnosis, 1))


def _component(diagnosis: Diagnosis, label: Label, within: int) -> Score:
    wanted = _components(label)
    if "component" in label.unscored or label.component is None:
        return Score(None, "the label leaves it open")
    got = _named(diagnosis, within)
    return _right(any_same(wanted, got), ", ".join(got) or "nothing", wanted)


def _mode(diagnosis: Diagnosis, label: Label, within: int) -> Score:
    if "failure_mode" in label.unscored or label.failure_mode is None:
        return Score(None, "the label leaves it open")
    wanted = (label.failure_mode, *label.also.failure_modes)
    got = _modes(diagnosis, within)
    if label.failure_mode == RECOVERED and not label.also.failure_modes and _healed(diagnosis, label):
        return Score(1.0, f"the healed fault's own mode, {', '.join(got)}")
    return _right(any(mode in wanted for mode in got), ", ".join(got) or "nothing", wanted)


def _detail(diagnosis: Diagnosis, label: Label) -> Score:
    if label.detail is None:
        return Score(None, "the label leaves it open")
    got = diagnosis.causes[0].detail if diagnosis.causes else None
    return _right(got == label.detail, got or "nothing", (label.detail,))


def _remediation(diagnosis: Diagnosis, label: Label) -> Score:
    must, must_not = label.remediation.must, label.remediation.must_not
    if "remediation" in label.unscored or not (must or must_not):
        return Score(None, "the label leaves it open")
    steps = [(step.action, names_of(step.component, diagnosis)) for step in diagnosis.remediation]
    harmful = [word for word in must_not if any(action_fits(word, *step) for step in steps)]
    if harmful:
        return Score(0.0, f"proposes {', '.join(harmful)}, which must not be done")
    hits = sum(any(action_fits(word, *step) for word in must) for step in steps)
    if must and not hits:
        proposed = ", ".join("@".join((action, *names[:1])) for action, names in steps) or "nothing"
        return Score(0.0, f"expected one of {', '.join(must)}, got {proposed}")
    return Score(1.0, f"{hits} of {len(steps)} steps are asked for" if must else "nothing harmful")


def _mention(diagnosis: Diagnosis, label: Label) -> Score:
    if not label.mention:
        return Score(None, "nothing else to name")
    everything = len(diagnosis.causes)
    components, modes = _named(diagnosis, everything), _modes(diagnosis, everything)
    missing = [word for word in label.mention if word not in modes and not any_same([word], components)]
    reason = f"does not name {', '.join(missing)}" if missing else f"names {', '.join(label.mention)}"
    return Score(1 - len(missing) / len(label.mention), reason)


def _grounding(diagnosis: Diagnosis) -> Score:
    causes = (*diagnosis.causes, *diagnosis.ruled_out)
    said = diagnosis.provenance.said
    own = said.claims if said is not None else ()
    claims = [*diagnosis.claims, *(claim for cause in causes for claim in cause.claims), *own]
    if not claims:
        return Score(None, "no claims")
    failed = [claim.text for claim in claims if not claim.verified]
    reason = f"{len(claims) - len(failed)} of {len(claims)} claims hold"
    return Score(1 - len(failed) / len(claims), reason + (f"; not: {'; '.join(failed[:3])}" if failed else ""))


def _abstention(diagnosis: Diagnosis, label: Label) -> Score:
    """1 where a decidable run was decided; a run that can't be decided is not scored."""
    if "inconclusive" in {label.verdict, *label.also.verdicts}:
        return Score(None, "the run can't be decided")
    if diagnosis.verdict != "inconclusive":
        return Score(1.0, "decided")
    open_questions = "; ".join(item.question for item in diagnosis.undecided[:3])
    return Score(0.0, f"inconclusive on a decidable run{': ' if open_questions else ''}{open_questions}")


def _brier(diagnosis: Diagnosis, verdict: Score, component: Score) -> Score:
    """Squared distance of the confidence from having been right in verdict and component."""
    right = min(score.value for score in (verdict, component) if score.value is not None)
    outcome = "right" if right else "wrong"
    return Score((diagnosis.confidence - right) ** 2, f"{outcome} at confidence {diagnosis.confidence:.2f}")


def _components(label: Label) -> tuple[str, ...]:
    return (*((label.component,) if label.component else ()), *label.also.components)


def _named(diagnosis: Diagnosis, within: int) -> tuple[str, ...]:
    """Components and their names of the first causes; for no_fault what the diagnosis itself names."""
    if diagnosis.verdict == "no_fault":
        return (diagnosis.component,) if diagnosis.component else ()
    return tuple(name for cause in diagnosis.causes[:within] for name in (cause.component, *cause.names))


def _modes(diagnosis: Diagnosis, within: int) -> tuple[str, ...]:
    if diagnosis.verdict == "no_fault":
        return (diagnosis.failure_mode,) if diagnosis.failure_mode else ()
    return tuple(cause.failure_mode for cause in diagnosis.causes[:within])


def _right(right: bool, got: str, wanted: tuple[str, ...]) -> Score:
    words = list(dict.fromkeys(wanted))
    return Score(1.0, got) if right else Score(0.0, f"expected {' or '.join(words)}, got {got}")
