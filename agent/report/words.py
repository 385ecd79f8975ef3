"""What all forms of a report share: how times, names and verdicts are put, and how lines are broken."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from agent.diagnosis import Cause, Claim, Diagnosis, Impact, IncidentRecord, Provenance, Span, Step, Verdict
from tools.amounts import readable
from tools.plain_text import columns, plain, plain_lines

WIDTH = 100
MOST_SENTENCE = 600
MOST_NAME = 160
MOST_QUOTE = 240

VERDICTS: dict[Verdict, str] = {
    "internal": "INTERNAL",
    "external": "EXTERNAL",
    "no_fault": "NO FAULT",
    "inconclusive": "INCONCLUSIVE",
}
_OPS = {
    "equals": "is",
    "not_equals": "is not",
    "contains": "holds",
    "count_at_least": "counts at least",
    "count_at_most": "counts at most",
    "before": "is before",
    "after": "is after",
}
_COMPONENT = re.compile(r"[^\s/,]+/[^\s/,]+/[^\s/,]+")
_BREAKABLE = re.compile(r"""(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*'|["'])+""")
_COMMAS = re.compile(r"""(?:[^,"']|"(?:\\.|[^"\\])*"|'[^']*'|["'])+,?|,""")


def moment(at: datetime, day: datetime | None = None) -> str:
    """`2025-11-11 06:37:53Z`, without the date when `day` is the same UTC day."""
    at = at.astimezone(UTC)
    if day is not None and at.date() == day.astimezone(UTC).date():
        return f"{at:%H:%M:%S}Z"
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def span(window: Span) -> str:
    """`2025-11-11 06:10:00Z to 06:40:00Z`."""
    return f"{moment(window.start)} to {moment(window.end, window.start)}"


def duration(length: timedelta) -> str:
    """The two largest units: `2 min 35 s`, `1 d 4 h`, `0.4 s`."""
    seconds = length.total_seconds()
    if seconds < 1:
        return f"{max(0.0, seconds):.1f} s"
    left, parts = int(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def sentence(text: str) -> str:
    """A sentence of ours, which may quote evidence: one harmless line."""
    return plain(text, MOST_SENTENCE)


def name(component: str) -> str:
    """A component id as it is, harmless."""
    return plain(component, MOST_NAME)


def short_name(component: str, namespace: str = "") -> str:
    """The last part of a component id; with its namespace when that is not the one in question; a host as it is."""
    at, _, rest = component.partition("/")
    _, _, last = rest.partition("/")
    if not last:
        return name(component)
    return name(last if at in {namespace, "-"} or not namespace else f"{at}/{last}")


def mode_words(mode: str | None) -> str:
    """`scaled to zero` for `scaled_to_zero`."""
    return plain((mode or "unknown").replace("_", " "), MOST_NAME)


def owner_words(cause: Cause) -> str:
    """Whose the cause is: `ours`, with the team where one is declared, or the third party's name."""
    if cause.side == "unknown":
        return "owner unknown"
    owner = name(cause.owner)
    if cause.side == "third_party":
        return owner or "a third party"
    # Without a declared team, the boundary names the namespace.
    nobody = cause.owner in {"", "us", "cluster", cause.component.partition("/")[0]}
    return "ours" if nobody else f"ours, {owner}"


def operator_words(cause: Cause) -> str:
    """Who runs the cause, for the end of a sentence."""
    return {"ours": "us", "owner unknown": "nobody known"}.get(owner_words(cause), owner_words(cause))


def headline(diagnosis: Diagnosis) -> str:
    """The verdict with what, how, and how sure: one line."""
    what = [VERDICTS[diagnosis.verdict]]
    cause = diagnosis.causes[0] if diagnosis.causes else None
    if cause and diagnosis.verdict != "inconclusive":
        what.append(f"{owner_words(cause)} ({name(cause.component)}), {mode_text(cause)}")
    elif diagnosis.verdict == "no_fault":
        what.append(mode_words(diagnosis.failure_mode))
    else:
        what.append("the evidence does not decide")
    status = f", {diagnosis.status}" if diagnosis.status else ""
    return f"{' — '.join(what)}{status}, confidence {diagnosis.confidence:.2f}"


def mode_text(cause: Cause) -> str:
    """The failure mode with its detail."""
    return mode_words(cause.failure_mode) + (f" ({mode_words(cause.detail)})" if cause.detail else "")


def impact_text(impact: Impact, incident: IncidentRecord) -> str:
    """`3 of 3 requests failed since 06:37:53Z (payment -> stripe-mock)`; what is not known is left out."""
    said = f"{impact.failed} of {impact.total} requests failed" if impact.total else "requests failed, not counted"
    since = f" since {moment(impact.since, incident.window.start)}" if impact.since else ""
    return f"{said}{since}" + (f" ({edges_text(impact.where, incident.namespace)})" if impact.where else "")


def edges_text(edges: str, namespace: str) -> str:
    """Edges with the components' short names."""
    return name(_COMPONENT.sub(lambda match: short_name(match[0], namespace), edges))


def path_text(path: Iterable[str], namespace: str) -> str:
    """`orders -> payment -> stripe-mock`."""
    return " -> ".join(short_name(one, namespace) for one in path)


def claims_of(diagnosis: Diagnosis) -> list[Claim]:
    """The claims of the leading cause, then those of the verdict, each once."""
    leading = diagnosis.causes[0].claims if diagnosis.causes else ()
    found: dict[tuple[str, str], Claim] = {}
    for claim in (*leading, *diagnosis.claims):
        found.setdefault((claim.text, claim.evidence), claim)
    return list(found.values())


def spent(made: Provenance) -> str:
    """What a model's say cost, and which tools it asked."""
    asked = Counter(call.tool for call in made.calls)
    tools = ", ".join(f"{tool} x{count}" if count > 1 else tool for tool, count in asked.items())
    money = f", cost {made.cost:.4f}" if made.cost else ""
    calls = f"{made.model_calls} model call{'' if made.model_calls == 1 else 's'}"
    return f"{calls}, {made.tokens_in} tokens in, {made.tokens_out} out{money}; tools: {tools or 'none'}"


def proof(claim: Claim) -> str:
    """What the claim rests on: a quote, or the checked place and its value; empty when its text says as much."""
    if claim.op in {"matches_quote", "contains"} and isinstance(claim.value, str):
        quote = plain(claim.value, MOST_QUOTE)
        return "" if quote in sentence(claim.text) else f'"{quote}"'
    if claim.op == "absent":
        return f"{name(claim.path)} is absent" if claim.path else ""
    if not claim.path or claim.op not in _OPS:
        return ""
    return f"{name(claim.path)} {_OPS[claim.op]} {plain(_scalar(claim.value), MOST_NAME)}"


def step_notes(step: Step) -> str:
    """Who, risk and undo of a step, in one line."""
    undo = f" · undo: {sentence(step.undo)}" if step.undo else ""
    return f"{name(step.who)} · risk: {step.risk}{undo}"


def wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """Break a line at spaces; `first` begins the first line, `rest` (as many blanks, if None) the others."""
    rest = " " * columns(first) if rest is None else rest
    lines, line, empty = [], first, True
    for word in _pieces(text, max(8, width - max(columns(first), columns(rest)))):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line += word if empty else f" {word}"
        empty = False
    return [*lines, line.rstrip()]


def query_lines(query: str, indent: str, continued: bool, width: int = WIDTH) -> list[str]:
    """A command or query to copy, broken at blanks outside quotes.

    A command is `continued` with a backslash, as shells want it. PromQL and Datadog want none; a long selector of
    theirs also breaks after its commas. What can't be broken stays whole.
    """
    found = _BREAKABLE.findall(" ".join(plain_lines(query, 2000, 20)))
    if not continued:
        most = width - len(indent)
        found = [part for piece in found for part in ([piece] if columns(piece) <= most else _COMMAS.findall(piece))]
    joint = " \\" if continued else ""
    lines, line = [], indent + (found[0] if found else "")
    for word in found[1:]:
        if columns(line) + columns(word) + 1 + len(joint) > width:
            lines.append(line + joint)
            line = f"{indent}  {word}"
        else:
            line += f" {word}"
    return [*lines, line]


def _pieces(text: str, most: int) -> Iterable[str]:
    """Words, those longer than a line cut up."""
    for word in text.split():
        while columns(word) > most:
            size = most
            while columns(word[:size]) > most:
                size -= 1
            yield word[:size]
            word = word[size:]  # noqa: PLW2901
        yield word


def _scalar(value: object) -> str:
    return readable(value) if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
