"""The answer: a verdict about one incident, with evidence for every claim. The JSON form is a public contract."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

Verdict = Literal["internal", "external", "no_fault", "inconclusive"]
FaultStatus = Literal["ongoing", "intermittent", "recovered"]
Side = Literal["owned", "third_party", "unknown"]
Op = Literal[
    "equals",
    "not_equals",
    "contains",
    "matches_quote",
    "count_at_least",
    "count_at_most",
    "before",
    "after",
    "absent",
]
Risk = Literal["none", "low", "medium", "high"]


class Record(BaseModel):
    """Base of everything that we own: frozen, nothing undeclared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(Record):
    """A sentence, and a predicate on one piece of evidence that code can run again.

    `path` is a JSON Pointer into the evidence's `value`; empty means the whole value, for `matches_quote`
    the evidence's text.
    """

    text: str
    evidence: str
    op: Op
    path: str = ""
    value: JsonValue = None
    verified: bool = False


class Cause(Record):
    """One explanation of the symptoms.

    Attributes:
        component: The object whose change mends it.
        names: Other names of the same thing: Service, provider, host.
        path: Components from the symptom to the cause.
        explains: The symptoms that it accounts for, in words.
        since: When the fault began, as far as evidence shows.
        confidence: 0 to 1.
        why: For a cause that was ruled out, the reason.
    """

    component: str
    names: tuple[str, ...] = ()
    side: Side
    owner: str
    failure_mode: str
    detail: str | None = None
    status: FaultStatus = "ongoing"
    since: AwareDatetime | None = None
    confidence: float = Field(ge=0, le=1)
    path: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    why: str | None = None


class Victim(Record):
    """A component that only suffers."""

    component: str
    because: str


class Undecided(Record):
    """A question that the evidence leaves open, and the query that would answer it."""

    question: str
    would_decide: str
    query: str


class Step(Record):
    """One remediation step: proposed, never run."""

    action: str
    component: str | None = None
    title: str
    command: str | None = None
    risk: Risk = "none"
    undo: str | None = None
    who: str


class FollowUp(Record):
    """A question worth asking next."""

    tool: Literal["kubectl", "promql", "datadog"]
    query: str
    why: str


class Span(Record):
    """Start and end, UTC."""

    start: AwareDatetime
    end: AwareDatetime


class EvidenceRecord(Record):
    """Evidence as it is stored and shown: redacted text, plain JSON value."""

    id: str
    source: str
    query: str
    window: Span
    observed_at: AwareDatetime
    status: Literal["ok", "empty", "denied", "error", "truncated"]
    text: str
    value: JsonValue = None


class GapRecord(Record):
    """Evidence that is missing, and what it would have decided."""

    evidence: str
    status: Literal["ok", "empty", "denied", "error", "truncated"]
    error: str = ""
    matters_for: str


class IncidentRecord(Record):
    """What was asked, as the reader should see it."""

    question: str
    alerts: tuple[str, ...] = ()
    namespace: str = ""
    window: Span
    asked_at: AwareDatetime
    runbooks: tuple[str, ...] = ()


class Impact(Record):
    """What the symptom costs: failed and all requests of the failing edge in the window."""

    failed: int = 0
    total: int = 0
    since: AwareDatetime | None = None
    where: str = ""


class ToolCall(Record):
    """One question that a model asked of a tool: `evidence` is its answer's id, or `error` says why there is none."""

    tool: str
    arguments: dict[str, JsonValue] = {}
    evidence: str = ""
    status: str = ""
    error: str = ""
    seconds: float = 0.0


class ModelSaid(Record):
    """What a model concluded by itself, before it was settled with the engine.

    Attributes:
        case: How that was settled, as the table in docs/agent.md names it.
    """

    case: str
    verdict: Verdict
    component: str = ""
    failure_mode: str = ""
    summary: str = ""
    claims: tuple[Claim, ...] = ()


class Provenance(Record):
    """How the diagnosis came about.

    Attributes:
        prompt: The fingerprint of the prompts.
        tokens: In and out together, as the endpoint reports them.
        cost: By the prices that the person gave; 0 without any.
        engine: The engine's own verdict.
        model_said: What the model said, in one sentence.
        settled: How the two were settled, or why no model had a say.
        calls: Every tool call of the model, in order.
    """

    version: str
    mode: Literal["engine", "llm", "hybrid"] = "engine"
    looked_at: str
    model: str | None = None
    prompt: str | None = None
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    engine: str = ""
    model_said: str | None = None
    notes: tuple[str, ...] = ()
    settled: str = ""
    said: ModelSaid | None = None
    calls: tuple[ToolCall, ...] = ()
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class Diagnosis(Record):
    """The whole answer."""

    format: Literal[1] = 1
    id: str
    incident: IncidentRecord
    verdict: Verdict
    status: FaultStatus | None = None
    confidence: float = Field(ge=0, le=1)
    component: str | None = None
    failure_mode: str | None = None
    summary: str
    impact: Impact | None = None
    causes: tuple[Cause, ...] = ()
    victims: tuple[Victim, ...] = ()
    ruled_out: tuple[Cause, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    claims: tuple[Claim, ...] = ()
    remediation: tuple[Step, ...] = Field(default=(), max_length=5)
    vendor_ticket: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    evidence: tuple[EvidenceRecord, ...] = ()
    gaps: tuple[GapRecord, ...] = ()
    provenance: Provenance
