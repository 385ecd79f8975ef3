"""The summary sentence of a diagnosis."""

from agent.diagnosis import Impact
from agent.finding import Finding
from agent.plain_words import FAMILIES, short, spoken
from agent.scene import Scene
from agent.verdict import Decision, Judged
from tools.components import parts_of


def sentence(scene: Scene, decision: Decision, impact: Impact | None) -> str:
    """One or two sentences: what is broken, whose it is, and why that explains the symptom."""
    if decision.verdict == "no_fault":
        return _nothing(decision)
    if not decision.causes:
        return "The evidence does not decide: no state that was read explains what was asked about."
    lead = decision.causes[0]
    finding = lead.candidate.finding
    words = f"{_named(lead)}: {_mode(finding)}{_onset(finding)}. {_explains(scene, lead, impact)}".rstrip()
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


_KINDS = {
    "service": "Service",
    "networkpolicy": "NetworkPolicy",
    "node": "node",
    "namespace": "namespace",
    "resourcequota": "ResourceQuota",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "configmap": "ConfigMap",
    "ingress": "Ingress",
    "cluster": "the cluster's",
}
"""Kinds that a name alone would not tell from the workload of the same name."""


def _nothing(decision: Decision) -> str:
    if decision.quiet is None:
        return "Nothing is broken."
    further = [short(one.component) for one in decision.quiet_more[:3] if one.component != decision.quiet.component]
    also = f" {' and '.join(further)} {'works' if len(further) == 1 else 'work'} as well." if further else ""
    return f"Nothing is broken on the asked path: {spoken(decision.quiet.says)}.{also}"


def _named(one: Judged) -> str:
    finding = one.candidate.finding
    _, kind, _ = parts_of(finding.component)
    name = short(finding.component)
    if one.owner.side == "third_party":
        return name if one.owner.name == name else f"{one.owner.name} ({name})"
    return f"{_KINDS[kind]} {name}" if kind in _KINDS else name


def _mode(finding: Finding) -> str:
    mode = finding.condition.replace("_", " ")
    return f"{mode} ({finding.detail})" if finding.detail else mode


def _onset(finding: Finding) -> str:
    since = f" since {finding.since:%H:%M:%SZ}" if finding.since else ""
    until = f" until {finding.until:%H:%M:%SZ}" if finding.until else ""
    return since + until


def _explains(scene: Scene, one: Judged, impact: Impact | None) -> str:
    """The failed calls as they are counted in the impact, and what else is explained."""
    begins = "Since then " if one.candidate.finding.since else ""
    words = f"{begins}{_counted(scene, impact)}." if impact else ""
    told = [symptom.text for symptom in one.candidate.explains if symptom.finding and not (impact and symptom.edge)]
    seen = "; ".join(spoken(text) for text in dict.fromkeys(told[: 1 if impact else 2]))
    return f"{words} That {'also ' if impact else ''}explains: {seen}.".strip() if seen else words


def _counted(scene: Scene, impact: Impact) -> str:
    pairs = [(caller, callee) for caller, _, callee in (one.partition(" -> ") for one in impact.where.split(", "))]
    counted = [scene.traffic[pair] for pair in pairs if pair in scene.traffic]
    family = max(counted, key=lambda traffic: traffic.failed).main_family if counted else ""
    why = f" ({FAMILIES[family]})" if family in FAMILIES else ""
    callers = " and ".join(dict.fromkeys(short(caller) for caller, _ in pairs))
    callees = " and ".join(dict.fromkeys(short(callee) for _, callee in pairs))
    return f"{impact.failed} of {impact.total} calls from {callers} to {callees} failed{why}"
