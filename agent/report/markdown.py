"""The answer as an incident report in Markdown: for a ticket, a page, a post-mortem."""

from collections.abc import Iterable

from agent.diagnosis import Cause, Diagnosis, EvidenceRecord
from agent.report import words
from agent.report.markup import fenced, link, prose, span, table
from agent.report.timeline import moments

_MOST_TEXTS = 12
_LANGUAGES = {"kubectl": ("kubectl", "bash"), "promql": ("PromQL", "promql"), "datadog": ("Datadog", "")}
_NONE = "—"


def markdown(diagnosis: Diagnosis) -> str:
    """The whole report, ending in a line break. Whatever evidence holds stays within spans and fences."""
    sections = [
        f"# Incident report: {_title(diagnosis)}",
        _summary(diagnosis),
        _timeline(diagnosis),
        _path(diagnosis),
        _evidence(diagnosis),
        _queries(diagnosis),
        _causes("Other explanations", diagnosis.causes[1:] if _decided(diagnosis) else diagnosis.causes),
        _causes("Ruled out", diagnosis.ruled_out),
        _gaps(diagnosis),
        _open(diagnosis),
        _remediation(diagnosis),
        _ticket(diagnosis),
        _model(diagnosis),
        _provenance(diagnosis),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _decided(diagnosis: Diagnosis) -> bool:
    return diagnosis.verdict != "inconclusive"


def _title(diagnosis: Diagnosis) -> str:
    verdict = words.VERDICTS[diagnosis.verdict].lower()
    cause = diagnosis.causes[0] if diagnosis.causes and _decided(diagnosis) else None
    if cause:
        return f"{verdict}, {prose(words.short_name(cause.component))} {prose(words.mode_text(cause))}"
    return f"{verdict}, {prose(words.mode_words(diagnosis.failure_mode))}" if diagnosis.failure_mode else verdict


def _summary(diagnosis: Diagnosis) -> str:
    incident, cause = diagnosis.incident, diagnosis.causes[0] if diagnosis.causes and _decided(diagnosis) else None
    rows = [
        ("Incident", prose(incident.question or "; ".join(incident.alerts)) or _NONE),
        ("Verdict", words.VERDICTS[diagnosis.verdict]),
        ("Owner", prose(words.owner_words(cause)) if cause else _NONE),
        ("Component", span(diagnosis.component or "") or _NONE),
        ("Failure mode", span(diagnosis.failure_mode or "") or _NONE),
        ("Status", diagnosis.status or _NONE),
        ("Confidence", f"{diagnosis.confidence:.2f}"),
        ("Impact", prose(words.impact_text(diagnosis.impact, incident)) if diagnosis.impact else _NONE),
        ("Window", f"{words.span(incident.window)} ({words.duration(incident.window.end - incident.window.start)})"),
        ("Looked at", prose(diagnosis.provenance.looked_at)),
    ]
    rows += [("Runbook", link(one)) for one in incident.runbooks]
    what = table(("Attribute", "Details"), [(f"**{label}**", value) for label, value in rows])
    return f"## Summary\n\n{prose(diagnosis.summary)}\n\n{what}"


def _timeline(diagnosis: Diagnosis) -> str:
    rows = [(words.moment(at), prose(what), span(evidence)) for at, what, evidence in moments(diagnosis)]
    return "## Timeline\n\n" + table(("Time (UTC)", "What", "Evidence"), rows)


def _path(diagnosis: Diagnosis) -> str:
    if not diagnosis.causes or not _decided(diagnosis):
        return ""
    cause = diagnosis.causes[0]
    chain = "\n  -> ".join(words.name(one) for one in (cause.path or (cause.component,)))
    ending = f"   [{words.mode_text(cause)}; run by {words.operator_words(cause)}]"
    suffering = [f"- {span(one.component)} only suffers, because of {span(one.because)}" for one in diagnosis.victims]
    return "\n\n".join(["## Causal path", fenced(chain + ending), *(["\n".join(suffering)] if suffering else [])])


def _evidence(diagnosis: Diagnosis) -> str:
    claims = words.claims_of(diagnosis)
    lines = []
    for claim in claims:
        mark = "" if claim.verified else "**not verified:** "
        proof = words.proof(claim)
        lines.append(f"- {mark}{prose(claim.text)} ({span(claim.evidence)})" + (f": {span(proof)}" if proof else ""))
    cited = {claim.evidence for claim in claims}
    shown = [one for one in diagnosis.evidence if one.id in cited][:_MOST_TEXTS]
    others = [span(one.id) for one in diagnosis.evidence if one not in shown]
    also = [f"Also read: {', '.join(others)}."] if others else []
    claimed = ["\n".join(lines)] if lines else []
    return (
        "\n\n".join(["## Evidence", *claimed, *(_one(one) for one in shown), *also]) if lines or shown or also else ""
    )


def _one(evidence: EvidenceRecord) -> str:
    seen = f"{prose(evidence.source)}, {evidence.status}, observed {words.moment(evidence.observed_at)}"
    return f"### {span(evidence.id)}\n\n{seen}\n\n{fenced(evidence.query, lines=5)}\n\n{fenced(evidence.text, 'text')}"


def _queries(diagnosis: Diagnosis) -> str:
    parts = []
    for tool, (heading, language) in _LANGUAGES.items():
        asked = [one for one in diagnosis.follow_ups if one.tool == tool]
        if asked:
            parts.append(f"### {heading}")
            parts += [f"{prose(one.why)}\n\n{fenced(one.query, language, 2000)}" for one in asked]
    return "\n\n".join(["## Observability queries", *parts]) if parts else ""


def _causes(heading: str, causes: Iterable[Cause]) -> str:
    rows = [
        (span(one.component), prose(words.mode_text(one)), f"{one.confidence:.2f}", prose(one.why or "") or _NONE)
        for one in causes
    ]
    return f"## {heading}\n\n" + table(("Component", "What", "Confidence", "Why"), rows) if rows else ""


def _gaps(diagnosis: Diagnosis) -> str:
    rows = [
        (span(one.evidence), one.status, span(one.error) or _NONE, prose(one.matters_for)) for one in diagnosis.gaps
    ]
    return "## Gaps\n\n" + table(("Not seen", "Status", "Answer", "Would have decided"), rows) if rows else ""


def _open(diagnosis: Diagnosis) -> str:
    lines = [
        f"- {prose(one.question)} Decided by: {prose(one.would_decide)}" + (f": {span(one.query)}" if one.query else "")
        for one in diagnosis.undecided
    ]
    return "\n".join(["## Open questions", "", *lines]) if lines else ""


def _remediation(diagnosis: Diagnosis) -> str:
    head = ("#", "Action", "On", "Step", "Command", "Risk", "Undo", "Who")
    rows = [
        (
            str(number),
            span(one.action),
            span(one.component or "") or _NONE,
            prose(one.title),
            span(one.command or "", 2000) or _NONE,
            one.risk,
            prose(one.undo or "") or _NONE,
            prose(one.who),
        )
        for number, one in enumerate(diagnosis.remediation, start=1)
    ]
    return "## Remediation\n\nProposed; nothing of it was run.\n\n" + table(head, rows) if rows else ""


def _ticket(diagnosis: Diagnosis) -> str:
    said = diagnosis.vendor_ticket
    return f"## Text for the vendor's ticket\n\n{fenced(said, 'text', 1000, 80)}" if said else ""


def _model(diagnosis: Diagnosis) -> str:
    said = diagnosis.provenance.said
    if said is None:
        return ""
    lines = [f"{prose(diagnosis.provenance.model_said or '')}: {prose(said.summary)}"]
    for claim in said.claims:
        mark = "" if claim.verified else "**not verified:** "
        lines.append(f"- {mark}{prose(claim.text)} ({span(claim.evidence)}): {span(words.proof(claim))}")
    head = ("Tool", "Asked", "Answer")
    rows = [
        (span(one.tool), span(", ".join(map(str, one.arguments.values()))) or _NONE, span(one.evidence or one.error))
        for one in diagnosis.provenance.calls
    ]
    asked = f"\n\n{table(head, rows)}" if rows else ""
    return f"## What the model said\n\n{lines[0]}\n\n" + "\n".join(lines[1:]) + asked


def _provenance(diagnosis: Diagnosis) -> str:
    made = diagnosis.provenance
    rows = [
        ("Diagnosis", span(diagnosis.id)),
        ("Version", span(made.version)),
        ("Mode", made.mode),
        ("Model", span(made.model or "") or _NONE),
        ("Took", f"{made.seconds:.3f} s"),
        ("Engine said", prose(made.engine) or _NONE),
    ]
    if made.settled:
        rows += [
            ("Model said", prose(made.model_said or "") or _NONE),
            ("Settled", prose(made.settled)),
            ("Prompt", span(made.prompt or "") or _NONE),
            ("Spent", prose(words.spent(made))),
        ]
    rows += [("Note", prose(note)) for note in made.notes]
    return "## Provenance\n\n" + table(("Attribute", "Details"), [(f"**{label}**", value) for label, value in rows])
