"""A model without the engine (`--mode llm`), for comparison: what it concluded is the answer, proven or not.

The detectors' findings have no part in it; claims are checked all the same, and the diagnosis tells how many hold.
"""

from agent.causes import Candidate
from agent.conclusion import Conclusion
from agent.failure_modes import failure_modes
from agent.finding import Finding, Predicate
from agent.named import named
from agent.ownership import owner_of
from agent.paths import path_of
from agent.settle import Settled, checked_claims
from agent.supports import supported
from agent.verdict import NO_FAULT_ORDER, Decision, Engine, Judged
from tools.evidence import Cite

_OTHER = "other"
_ON_ITS_WORD = 0.4
"""The strength of a cause that only a model tells of."""


def alone(engine: Engine, conclusion: Conclusion | None, cite: Cite) -> Settled:
    """The model's answer; without a conclusion the engine's, since somebody asked."""
    if conclusion is None:
        return Settled("silent", engine.decision)
    claims = checked_claims(conclusion, cite)
    component, mode = named(engine.scene, conclusion.component), conclusion.failure_mode
    cited = frozenset(claim.evidence for claim in claims if claim.verified)
    support = supported(engine.scene, component, mode, cited, cite) if component else None
    told = tuple(Predicate(one.text, one.evidence, one.op, one.path, one.value) for one in claims)
    if conclusion.verdict == "no_fault":
        decision = _nothing(engine, mode, told)
    elif conclusion.verdict == "inconclusive" or not component:
        decision = Decision("inconclusive", [], [], [])
    else:
        finding = support.finding if support else _on_its_word(component, mode, told)
        decision = _cause(engine, conclusion, finding)
    return Settled("proven" if support else "on_its_word", decision, claims, component, mode)


def _cause(engine: Engine, conclusion: Conclusion, finding: Finding) -> Decision:
    owner = owner_of(engine.scene, engine.boundary, finding)
    candidate = Candidate(finding, finding.strength, path=path_of(engine.scene, finding, []))
    return Decision(conclusion.verdict, [Judged(candidate, owner, "ongoing")], [], [], None, "ongoing")


def _on_its_word(component: str, mode: str, claims: tuple[Predicate, ...]) -> Finding:
    known = mode if mode in failure_modes() else _OTHER
    return Finding(component=component, condition=known, role="cause", claims=claims, strength=_ON_ITS_WORD)


def _nothing(engine: Engine, mode: str, claims: tuple[Predicate, ...]) -> Decision:
    asked = next(iter(sorted(engine.scene.asked)), "")
    quiet = Finding(
        component=asked,
        condition=mode if mode in NO_FAULT_ORDER else "healthy",
        role="background",
        claims=claims,
        strength=_ON_ITS_WORD,
        says="the model says that nothing is broken",
    )
    return Decision("no_fault", [], [], [], quiet)
