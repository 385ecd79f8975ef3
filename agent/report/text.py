"""The answer on a terminal: what an on-call person needs first comes first, nothing is wider than 100 columns."""

from collections.abc import Iterable, Sequence
from datetime import UTC

from agent.diagnosis import Cause, Claim, Diagnosis, EvidenceRecord, Verdict
from agent.report import words
from tools.plain_text import plain, plain_lines

_MOST_CLAIMS = 14
_MOST_OTHERS = 8
_MOST_TICKET_LINES = 60
_COLOURS: dict[Verdict, str] = {"internal": "31", "external": "35", "no_fault": "32", "inconclusive": "33"}


def text(diagnosis: Diagnosis, colour: bool = False) -> str:
    """The report, ending in a line break; `colour` adds ANSI to the verdict and to headings, nowhere else."""
    undecided = _decisive(diagnosis)
    first = diagnosis.verdict == "inconclusive"
    parts = [
        words.wrapped(looked_at(diagnosis)),
        _verdict(diagnosis, colour),
        undecided if first else [],
        _facts(diagnosis),
        _steps(diagnosis),
        _evidence(diagnosis),
        _others("Also possible" if not first else "Candidates", diagnosis.causes[0 if first else 1 :], diagnosis),
        _others("Ruled out", diagnosis.ruled_out, diagnosis),
        _gaps(diagnosis),
        [] if first else undecided,
        _follow_ups(diagnosis),
        _model(diagnosis),
        _asked(diagnosis),
        _ticket(diagnosis),
    ]
    if colour:
        parts = [[f"\x1b[1m{part[0]}\x1b[0m", *part[1:]] if _has_heading(part) else part for part in parts]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def looked_at(diagnosis: Diagnosis) -> str:
    """Which cluster, context or recording was examined, and which window."""
    where = words.sentence(diagnosis.provenance.looked_at)
    window = diagnosis.incident.window
    told = f"{window.start.astimezone(UTC):%H:%M}" in where
    return f"Looked at {where}" if told else f"Looked at {where}, {words.span(window)}"


def _has_heading(part: Sequence[str]) -> bool:
    return len(part) > 1 and not part[0].startswith((" ", "\x1b")) and part[1].startswith("  ")


def _verdict(diagnosis: Diagnosis, colour: bool) -> list[str]:
    lines = words.wrapped(words.headline(diagnosis), rest="  ")
    if colour:
        lines = [f"\x1b[1;{_COLOURS[diagnosis.verdict]}m{line}\x1b[0m" for line in lines]
    return [*lines, *words.wrapped(words.sentence(diagnosis.summary))]


def _facts(diagnosis: Diagnosis) -> list[str]:
    """Status, impact, cause and path: a label and a value each."""
    day, namespace = diagnosis.incident.window.start, diagnosis.incident.namespace
    decided = diagnosis.verdict != "inconclusive"
    cause = diagnosis.causes[0] if diagnosis.causes and decided else None
    rows: list[tuple[str, str]] = []
    if diagnosis.status:
        since = f", since {words.moment(cause.since, day)}" if cause and cause.since else ""
        rows.append(("Status", f"{diagnosis.status}{since}"))
    if diagnosis.impact:
        rows.append(("Impact", words.impact_text(diagnosis.impact, diagnosis.incident)))
    if cause:
        rows.append(("Cause", _cause_line(cause)))
        if cause.path:
            rows.append(("Path", words.path_text(cause.path, namespace)))
    if diagnosis.victims and decided:
        rows.append(("Suffering", ", ".join(words.short_name(one.component, namespace) for one in diagnosis.victims)))
    return [line for label, value in rows for line in words.wrapped(value, first=f"{label:<10} ")]


def _cause_line(cause: Cause) -> str:
    namespace, plain_name = cause.component.partition("/")[0], words.short_name(cause.component)
    known = {cause.component, cause.owner, plain_name, f"{namespace}/{plain_name}"}
    known_as = [words.name(one) for one in cause.names if one not in known]
    also = f"; also known as {', '.join(known_as)}" if known_as else ""
    return f"{words.name(cause.component)}: {words.mode_text(cause)}; run by {words.operator_words(cause)}{also}"


def _steps(diagnosis: Diagnosis) -> list[str]:
    lines = []
    for number, step in enumerate(diagnosis.remediation, start=1):
        lines += words.wrapped(words.sentence(step.title), first=f"  {number}. ")
        if step.command:
            lines += words.query_lines(step.command, "       ", continued=True)
        lines += words.wrapped(words.step_notes(step), first="     ")
    return _section("What to do", lines)


def _evidence(diagnosis: Diagnosis) -> list[str]:
    claims = words.claims_of(diagnosis)
    status = {one.id: one for one in diagnosis.evidence}
    lines = [line for claim in claims[:_MOST_CLAIMS] for line in _claim(claim, status.get(claim.evidence))]
    return _section("Evidence", lines + _more(len(claims) - _MOST_CLAIMS))


def _claim(claim: Claim, evidence: EvidenceRecord | None) -> list[str]:
    mark = "" if claim.verified else "(not verified) "
    partial = f", {evidence.status}" if evidence and evidence.status != "ok" else ""
    said = f"{mark}{words.sentence(claim.text)} [{words.name(claim.evidence)}{partial}]"
    proof = words.proof(claim)
    return words.wrapped(said, first="  - ") + (words.wrapped(proof, first="      ") if proof else [])


def _others(heading: str, causes: Iterable[Cause], diagnosis: Diagnosis) -> list[str]:
    namespace = diagnosis.incident.namespace
    found = list(causes)
    lines = []
    for cause in found[:_MOST_OTHERS]:
        why = words.sentence(cause.why) if cause.why else f"confidence {cause.confidence:.2f}"
        said = f"{words.short_name(cause.component, namespace)}, {words.mode_text(cause)}: {why}"
        lines += words.wrapped(said, first="  - ")
    return _section(heading, lines + _more(len(found) - _MOST_OTHERS))


def _gaps(diagnosis: Diagnosis) -> list[str]:
    lines = []
    for gap in diagnosis.gaps[:_MOST_OTHERS]:
        error = f" ({plain(gap.error, words.MOST_NAME)})" if gap.error else ""
        said = f"{words.name(gap.evidence)}: {gap.status}{error}; would have decided: {words.sentence(gap.matters_for)}"
        lines += words.wrapped(said, first="  - ")
    return _section("Not seen", lines + _more(len(diagnosis.gaps) - _MOST_OTHERS))


def _decisive(diagnosis: Diagnosis) -> list[str]:
    """What would decide; for an inconclusive verdict without open questions, its gaps say so."""
    lines = []
    for one in diagnosis.undecided:
        lines += words.wrapped(words.sentence(one.question), first="  - ")
        lines += words.wrapped(words.sentence(one.would_decide), first="    decided by: ", rest="      ")
        lines += words.query_lines(one.query, "      ", continued=one.query.startswith("kubectl ")) if one.query else []
    if not lines and diagnosis.verdict == "inconclusive":
        gaps = dict.fromkeys(words.sentence(gap.matters_for) for gap in diagnosis.gaps)
        lines = [line for gap in gaps for line in words.wrapped(gap, first="  - ")]
    return _section("What would decide" if diagnosis.verdict == "inconclusive" else "Still open", lines)


def _follow_ups(diagnosis: Diagnosis) -> list[str]:
    lines = []
    for one in diagnosis.follow_ups:
        lines += words.wrapped(f"{words.sentence(one.why)} ({one.tool})", first="  - ")
        lines += words.query_lines(one.query, "      ", continued=one.tool == "kubectl")
    return _section("Ask next", lines)


def _model(diagnosis: Diagnosis) -> list[str]:
    """What the model said, whether it holds, how it was settled, and what it asked and cost."""
    made = diagnosis.provenance
    if not made.settled:
        return []
    lines = words.wrapped(words.sentence(made.settled), first="  settled: ")
    if made.said is not None:
        lines += words.wrapped(words.sentence(f"{made.model_said}: {made.said.summary}"), first="  said: ")
        status = {one.id: one for one in diagnosis.evidence}
        lines += [line for claim in made.said.claims for line in _claim(claim, status.get(claim.evidence))]
    if made.model_calls or made.calls:
        lines += words.wrapped(words.sentence(words.spent(made)), first="  spent: ")
    return _section("What the model said", lines)


def _asked(diagnosis: Diagnosis) -> list[str]:
    incident, provenance = diagnosis.incident, diagnosis.provenance
    lines = words.wrapped(words.sentence(incident.question), first="  question: ") if incident.question else []
    for alert in incident.alerts:
        lines += words.wrapped(words.sentence(alert), first="  alert: ")
    for link in incident.runbooks:
        lines += [f"  runbook: {plain(link, 500)}"]
    for note in provenance.notes:
        lines += words.wrapped(words.sentence(note), first="  note: ")
    by = f"{provenance.mode} {provenance.version}" + (f", {provenance.model}" if provenance.model else "")
    return _section("Asked", [*lines, *words.wrapped(plain(by, words.MOST_NAME), first="  answered by: ")])


def _ticket(diagnosis: Diagnosis) -> list[str]:
    if not diagnosis.vendor_ticket:
        return []
    said = plain_lines(diagnosis.vendor_ticket, words.MOST_SENTENCE, _MOST_TICKET_LINES)
    lines = [line for one in said for line in _ticket_line(one)]
    return _section("Text for the vendor's ticket", lines)


def _ticket_line(line: str) -> list[str]:
    inner = line.lstrip()
    indent = " " * min(8, 2 + len(line) - len(inner))
    return words.wrapped(inner, first=indent) if inner else [""]


def _more(count: int) -> list[str]:
    return [f"  … and {count} more (--format json has all)"] if count > 0 else []


def _section(heading: str, lines: list[str]) -> list[str]:
    return [heading, *lines] if lines else []
