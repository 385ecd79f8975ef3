"""What a model is told at the start: the incident, the digest, the engine's causes as numbered hypotheses, the gaps."""

import hashlib
from importlib.resources import files
from string import Template

from agent.failure_modes import NOTHING_BROKEN, failure_modes
from agent.finding import Predicate
from agent.investigator import Briefing
from agent.missing import missing
from agent.plain_words import claim_of, spoken
from agent.scene import Scene
from agent.untrusted import fenced, readable
from agent.verdict import Decision, Judged
from agent.verify import steps
from tools.evidence import Cite, Evidence

HYPOTHESES = 3
_CLAIMS = 3
_SHOWN = 2
_GAPS = 5


def briefing(scene: Scene, decision: Decision | None, digest: Evidence, cite: Cite) -> Briefing:
    """The briefing; without a decision the model is told nothing of what the engine thinks."""
    name = "incident" if decision is not None else "incident-alone"
    holes = {
        "question": fenced("incident", scene.incident.text or "an alert without words"),
        "window": f"{scene.window.start:%Y-%m-%d %H:%M:%SZ} to {scene.window.end:%H:%M:%SZ}",
        "now": f"{scene.now:%H:%M:%SZ}",
        "namespace": readable(scene.incident.namespace or "not told", 63),
        "digest": fenced(digest.id, digest.text),
        "gaps": fenced("gaps", "\n".join(_gaps(scene))) if scene.snapshot.gaps else "nothing is missing",
    }
    if decision is not None:
        told = [_hypothesis(n, one, decision, cite) for n, one in enumerate(hypotheses(decision), 1)]
        holes["verdict"] = decision.verdict
        holes["hypotheses"] = "\n".join([*_health(decision, cite), *told]) or "none"
    return Briefing(_filled("investigate", {"modes": _modes()}), _filled(name, holes), fingerprint(name))


def hypotheses(decision: Decision) -> list[Judged]:
    """The causes that the model sees, by their numbers from 1 on."""
    return [*decision.causes, *decision.ruled_out][:HYPOTHESES]


def fingerprint(name: str) -> str:
    """Which version of the prompts was used."""
    text = "\0".join(_template(one) for one in ("investigate", name))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _template(name: str) -> str:
    return files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")


def _filled(name: str, holes: dict[str, str]) -> str:
    """A template with its holes filled; one that nobody fills raises KeyError."""
    return Template(_template(name)).substitute(holes).strip()


def _modes() -> str:
    quiet = {name for name, mode in failure_modes().items() if mode.group == NOTHING_BROKEN}
    return " ".join([*(name for name in failure_modes() if name not in quiet), "- or, for no_fault:", *sorted(quiet)])


def _health(decision: Decision, cite: Cite) -> list[str]:
    """What speaks for nothing being broken, where that is the engine's verdict."""
    quiet = decision.quiet
    if quiet is None:
        return []
    shown = list(dict.fromkeys(claim.evidence for claim in quiet.claims))[:_CLAIMS]
    blocks = (_excerpt(one, quiet.claims, cite) for one in shown)
    return [f"0. {quiet.condition}: {readable(spoken(quiet.says), 200)}", *(block for block in blocks if block)]


def _hypothesis(number: int, one: Judged, decision: Decision, cite: Cite) -> str:
    finding = one.candidate.finding
    since = f" since {finding.since:%H:%M:%SZ}" if finding.since else ""
    mode = f"{finding.condition} ({finding.detail})" if finding.detail else finding.condition
    whose = f"{one.owner.side.replace('_', ' ')}: {readable(one.owner.name, 60)}"
    doubts = f"; against it: {readable('; '.join(one.candidate.doubts), 160)}" if one.candidate.doubts else ""
    lost = ", ruled out" if number > len(decision.causes) else ""
    path = " -> ".join(step.rpartition("/")[2] for step in one.candidate.path)
    about = f"{readable(finding.component, 120)}: {mode}{since} ({whose}){lost}"
    lines = [f"{number}. {about}; path {readable(path, 160)}{doubts}"]
    claims = [claim for claim in finding.claims if claim.op != "matches_quote"][:_CLAIMS]
    lines += [f"   - {readable(spoken(claim_of(claim, cite).text), 160)}" for claim in claims]
    leads = number == 1 and not lost
    shown = dict.fromkeys(claim.evidence for claim in finding.claims) if leads else {}
    blocks = (_excerpt(evidence, finding.claims, cite) for evidence in list(shown)[:_CLAIMS])
    return "\n".join([*lines, *(block for block in blocks if block)])


def _excerpt(evidence: str, claims: tuple[Predicate, ...], cite: Cite) -> str:
    """The lines of a piece of evidence that its claims are about."""
    found = cite(evidence)
    if found is None:
        return ""
    words = {_word(claim) for claim in claims if claim.evidence == evidence}
    lines = [line for line in found.text.splitlines() if any(word in line for word in words if word)]
    return fenced(evidence, "\n".join((lines or found.text.splitlines())[-_SHOWN:]))


def _word(claim: Predicate) -> str:
    """What a line about a claim holds: the quote, or the name of the part that it looks at."""
    if claim.op == "matches_quote" and isinstance(claim.value, str):
        return claim.value[:80]
    named = (step for step in steps(claim.path) if step not in {"", "by_reason", "last", "pods", "calls"})
    return next(named, "")


def _gaps(scene: Scene) -> list[str]:
    found = list(missing(scene))
    lines = [f"- {readable(one.what, 120)}: {readable(one.reason, 120)}" for one in found[:_GAPS]]
    return [*lines, f"- and {len(found) - _GAPS} more"] if len(found) > _GAPS else lines
