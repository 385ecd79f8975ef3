"""How sure the engine is of its verdict, 0 to 1.

The numbers are fitted by eye to the shipped runs; `faultside-evals run` prints their calibration error.
"""

from agent.verdict import Decision

OPEN = 0.5
TORN = 0.7
QUIET = 0.93
QUIET_ELSEWHERE = 0.8
UNSEEN = 0.8
"""The most that a cause gets which explains nothing but the question: no failing call was seen."""
FULL_SCORE = 0.85
NARROW = 0.2


def confidence_of(decision: Decision) -> float:
    """Confidence in the verdict: the leading score, lowered by close rivals and by what was not seen.

    For `inconclusive` it is how sure it is that the evidence does not decide: more so with two sides in sight.
    """
    if decision.verdict == "inconclusive":
        return TORN if decision.causes else OPEN
    if not decision.causes:
        return QUIET if decision.quiet is not None and decision.quiet.strength >= QUIET_ELSEWHERE else QUIET_ELSEWHERE
    lead = decision.causes[0]
    others = [one for one in decision.causes[1:] if one.owner.side != lead.owner.side]
    gap = lead.candidate.score - max((one.candidate.score for one in others), default=0.0)
    sure = 0.6 + 0.4 * min(1.0, lead.candidate.score / FULL_SCORE) - max(0.0, NARROW - gap)
    if not any(symptom.finding for symptom in lead.candidate.explains):
        sure = min(sure, UNSEEN)
    return round(max(0.05, min(0.98, sure)), 4)
