"""The summary sentence of a diagnosis."""

from agent.finding import Finding
from agent.verdict import Decision, Judged


def sentence(decision: Decision) -> str:
    """One or two sentences: what is broken, whose it is, and why that explains the symptom."""
    if decision.verdict == "no_fault":
        return (
            f"Nothing is broken on the asked path: {decision.quiet.says}." if decision.quiet else "Nothing is broken."
        )
    if not decision.causes:
        return "The evidence does not decide: no state that was read explains what was asked about."
    lead = decision.causes[0]
    words = f"{_named(lead)}: {_mode(lead.candidate.finding)}{_onset(lead.candidate.finding)}. {_explains(lead)}"
    if decision.rivals:
        others = "; ".join(f"{_named(one)}: {_mode(one.candidate.finding)}" for one in decision.rivals)
        return f"The evidence does not decide between two sides. {words} Against it stands: {others}."
    if decision.verdict == "inconclusive":
        return f"{words} Nobody told who operates it, so the side stays open."
    if decision.verdict == "external" and "/" in lead.candidate.finding.component:
        words += f" The boundary says that {lead.owner.name} operates it; if you do, mend the boundary."
    second = [one for one in decision.causes[1:] if one.owner.side != lead.owner.side]
    if second:
        words += f" A second fault, apart from it: {_named(second[0])}: {_mode(second[0].candidate.finding)}."
    return words


def _named(one: Judged) -> str:
    component = one.candidate.finding.component
    return f"{one.owner.name} ({component})" if one.owner.side == "third_party" else component


def _mode(finding: Finding) -> str:
    mode = finding.condition.replace("_", " ")
    return f"{mode} ({finding.detail})" if finding.detail else mode


def _onset(finding: Finding) -> str:
    since = f" since {finding.since:%H:%M:%SZ}" if finding.since else ""
    until = f" until {finding.until:%H:%M:%SZ}" if finding.until else ""
    return since + until


def _explains(one: Judged) -> str:
    seen = [symptom.text for symptom in one.candidate.explains if symptom.finding]
    return f"That explains: {'; '.join(dict.fromkeys(seen[:2]))}." if seen else ""
