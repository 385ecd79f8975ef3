"""Settling what the engine thinks with what a model concluded.

A model's hypothesis that code can verify becomes a finding like any detector's, and the engine decides anew with it:
the same ranking, the same owners, the same doubts. What it can't verify is told and moves nothing.
"""

from typing import Literal

from msgspec import Struct

from agent.briefing import hypotheses
from agent.causes import Candidate
from agent.conclusion import Cited, Conclusion
from agent.diagnosis import Claim, Undecided, Verdict
from agent.failure_modes import NOTHING_BROKEN, failure_modes
from agent.finding import Predicate
from agent.named import named
from agent.plain_words import short
from agent.supports import Support, supported
from agent.untrusted import readable
from agent.verdict import Decision, Engine, decide
from agent.verify import checked
from tools.components import parts_of
from tools.evidence import Cite

Case = Literal[
    "silent",
    "agrees",
    "same_cause",
    "unproven",
    "weighed",
    "weaker",
    "rivals",
    "text_only",
    "refined",
    "decided",
    "overruled",
    "proven",
    "on_its_word",
]
MOVES: frozenset[Case] = frozenset({"refined", "decided", "overruled"})
SHORTEST_QUOTE = 6

SAYS: dict[Case, str] = {
    "silent": "the model concluded nothing; the engine's answer stands",
    "agrees": "the model agrees with the engine",
    "same_cause": "the model names the engine's cause and another side; whose it is says the boundary",
    "unproven": "the model thinks otherwise and shows no fact for it; the engine's answer stands",
    "weighed": "the model prefers what the engine has weighed already; the engine's answer stands",
    "weaker": "the model's facts hold and explain less than the engine's cause; the engine's answer stands",
    "rivals": "the model's facts hold and stand against the engine's; they don't outweigh them, and its answer stands",
    "text_only": "the model's facts are log lines that were counted, which move no verdict; the engine's answer stands",
    "refined": "the model's facts hold and tell more of the same side",
    "decided": "the engine was undecided; the model's facts hold and decide",
    "overruled": "the model's facts hold, explain more than the engine's cause, and put it on another side",
    "proven": "the model alone was asked, and its facts hold",
    "on_its_word": "the model alone was asked, and nothing but its quotes speaks for its answer",
}


_MOST_SURE: dict[Case, float] = {
    "refined": 0.79, "decided": 0.79, "overruled": 0.79, "proven": 0.79, "on_its_word": 0.5
}  # fmt: skip
"""Nobody has calibrated a model: an answer that hangs on one is never told as a sure one."""


class Settled(Struct):
    """The answer of both.

    Attributes:
        decision: What counts.
        claims: What the model claimed, checked.
        lead: The model's hypothesis as a question, where it did not count.
    """

    case: Case
    decision: Decision
    claims: tuple[Claim, ...] = ()
    component: str = ""
    failure_mode: str = ""
    lead: Undecided | None = None

    def tempered(self, confidence: float) -> float:
        """The engine's way of being sure, as far as an answer of this case may be."""
        return min(confidence, _MOST_SURE.get(self.case, 1.0))


def settle(engine: Engine, conclusion: Conclusion | None, cite: Cite) -> Settled:
    """Decide with what the model concluded; the table in docs/agent.md has the cases."""
    if conclusion is None:
        return Settled("silent", engine.decision)
    claims = checked_claims(conclusion, cite)
    component, mode = hypothesis_of(engine, conclusion)
    case, decision = _case(engine, conclusion, claims, (component, mode), cite)
    lead = _lead(engine, component, mode) if component and case not in {*MOVES, "agrees", "same_cause"} else None
    return Settled(case, decision, claims, component, mode, lead)


def checked_claims(conclusion: Conclusion, cite: Cite) -> tuple[Claim, ...]:
    """The model's claims with the outcome of their check: the quote stands in the cited evidence word for word.

    Evidence that is empty, denied or an error shows nothing, whatever is quoted of it.
    """
    return tuple(_checked(one, cite) for one in conclusion.claims)


def _checked(one: Cited, cite: Cite) -> Claim:
    said = Predicate(readable(one.says, 300), one.evidence, "matches_quote", "", _quoted(one.quote))
    claim, evidence = checked(said, cite), cite(one.evidence)
    shows = evidence is not None and evidence.status in {"ok", "truncated"}
    return claim if shows else claim.model_copy(update={"verified": False})


def hypothesis_of(engine: Engine, conclusion: Conclusion) -> tuple[str, str]:
    """The component and failure mode that a model means; empty where it names none that is known."""
    told = hypotheses(engine.decision)
    if 0 < conclusion.hypothesis <= len(told):
        finding = told[conclusion.hypothesis - 1].candidate.finding
        return finding.component, finding.condition
    return named(engine.scene, conclusion.component), conclusion.failure_mode


def _case(
    engine: Engine, conclusion: Conclusion, claims: tuple[Claim, ...], target: tuple[str, str], cite: Cite
) -> tuple[Case, Decision]:
    component, mode = target
    if _agrees(engine.decision, conclusion.verdict, target):
        return "agrees", engine.decision
    if engine.decision.causes and _is_lead(engine.decision, target):
        return "same_cause", engine.decision
    if any((one.component, one.condition) == target for one in engine.findings):
        return "weighed", engine.decision
    cited = frozenset(claim.evidence for claim in claims if claim.verified)
    support = supported(engine.scene, component, mode, cited, cite) if component else None
    return settle_support(engine, support) if support else ("unproven", engine.decision)


def _agrees(decision: Decision, verdict: Verdict, target: tuple[str, str]) -> bool:
    if verdict != decision.verdict:
        return False
    if not decision.causes:
        return not target[0] or _is_quiet(target[1])
    return target == ("", "") or _is_lead(decision, target)


def _is_lead(decision: Decision, target: tuple[str, str]) -> bool:
    lead = decision.causes[0].candidate.finding
    return target == (lead.component, lead.condition)


def _is_quiet(mode: str) -> bool:
    known = failure_modes().get(mode)
    return not mode or (known is not None and known.group == NOTHING_BROKEN)


def settle_support(engine: Engine, support: Support) -> tuple[Case, Decision]:
    """Decide anew with the supported hypothesis among the findings."""
    before, found = engine.decision, support.finding
    after = decide(engine.scene, [*engine.findings, found], engine.boundary)
    lead = after.causes[0].candidate if after.causes else None
    if lead is None or lead.finding is not found:
        return "weaker", before
    if before.verdict == "inconclusive":
        return _opened(before, after, support)
    if not _explains_what_is_seen(lead):
        return "weaker", before
    if after.verdict == "inconclusive":
        return "rivals", before
    if after.verdict == before.verdict:
        return "refined", after
    return ("overruled", after) if support.rests_on == "state" else ("text_only", before)


def _opened(before: Decision, after: Decision, support: Support) -> tuple[Case, Decision]:
    """What the engine left open, with a hypothesis that leads now."""
    if support.rests_on == "words":
        return "text_only", before
    return ("rivals", before) if after.verdict == "inconclusive" else ("decided", after)


def _explains_what_is_seen(one: Candidate) -> bool:
    """Whether a cause explains a symptom of the evidence, and not only the question itself."""
    return any(symptom.finding is not None for symptom in one.explains)


def _lead(engine: Engine, component: str, mode: str) -> Undecided:
    what = f"{mode.replace('_', ' ') or 'the cause'} of {short(component)}"
    decision = engine.decision
    kept = f"{decision.verdict.replace('_', ' ')}" if decision.verdict != "inconclusive" else "undecided"
    namespace, kind, name = parts_of(component)
    scope = f" -n {namespace}" if namespace not in {"", "-"} else ""
    return Undecided(
        question=f"Is it {what}, as the model thinks?",
        would_decide=f"a state, a count or a time that shows {what}; without one the answer stays {kept}",
        query=f"kubectl describe {kind} {name}{scope}" if kind else f"curl -sS -o /dev/null -w '%{{http_code}}' {name}",
    )


def _quoted(quote: str) -> str:
    """A quote without the sign of a cut at its end; one that is too short to say anything matches nothing."""
    words = quote.strip().removesuffix("…").removesuffix("...").strip()
    return words if len(words) >= SHORTEST_QUOTE else ""
