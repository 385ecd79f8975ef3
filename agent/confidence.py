"""How sure the engine is of its verdict, 0 to 1."""

from agent.verdict import Decision


def confidence_of(decision: Decision) -> float:
    """Confidence in the verdict: the leading score, lowered by close rivals and by what is unknown."""
    if decision.verdict == "inconclusive":
        return 0.3
    if not decision.causes:
        return 0.9 if decision.quiet is not None and decision.quiet.strength >= 0.6 else 0.7
    lead = decision.causes[0]
    others = [one for one in decision.causes[1:] if one.owner.side != lead.owner.side]
    gap = lead.candidate.score - max((one.candidate.score for one in others), default=0.0)
    sure = 0.5 + 0.5 * min(1.0, lead.candidate.score / 0.8)
    return round(max(0.05, min(0.99, sure - max(0.0, 0.2 - gap))), 4)
