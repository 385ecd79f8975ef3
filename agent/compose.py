"""From a decision to the diagnosis that people and programs read: claims checked, evidence attached, steps proposed."""

from collections.abc import Iterable

from pydantic import JsonValue

from agent.boundary import Boundary
from agent.diagnosis import (
    Cause,
    Claim,
    Diagnosis,
    EvidenceRecord,
    GapRecord,
    IncidentRecord,
    Provenance,
    Span,
    Step,
    Undecided,
    Victim,
)
from agent.finding import Predicate
from agent.follow_ups import follow_ups
from agent.impact import impact_of
from agent.missing import gaps_by_nearness, matters_for
from agent.plain_words import claim_of, short, spoken
from agent.remedies import more_evidence, none_needed, steps_for
from agent.scene import Scene
from agent.undecided import Question, open_questions
from agent.vendor_ticket import vendor_ticket
from agent.verdict import Decision, Judged
from agent.verify import checked
from agent.words import sentence
from tools.evidence import Cite, Evidence, Window
from tools.plain_text import plain

MOST_RULED_OUT = 6


class Composer:
    """Puts one diagnosis together."""

    def __init__(
        self, scene: Scene, decision: Decision, cite: Cite, boundary: Boundary, leads: tuple[Undecided, ...] = ()
    ) -> None:
        """Keep the parts; nothing is computed before it is asked for. `leads` are a model's open questions."""
        self._scene, self._decision, self._cite, self._boundary, self._leads = scene, decision, cite, boundary, leads

    def diagnosis(self, name: str, confidence: float, provenance: Provenance) -> Diagnosis:
        """The whole answer."""
        decision = self._decision
        causes = tuple(self._cause(one, confidence, number) for number, one in enumerate(decision.causes))
        ruled_out = tuple(self._ruled_out(one) for one in decision.ruled_out[:MOST_RULED_OUT])
        positive = tuple(self._checked(self._quiet()))
        quiet = decision.quiet
        questions = self._questions()
        lead = decision.causes[0] if decision.causes else None
        impact = impact_of(self._scene, lead.candidate.finding, lead.candidate.explains) if lead else None
        return Diagnosis(
            id=name,
            incident=self._incident(),
            verdict=decision.verdict,
            status=decision.status,
            confidence=confidence,
            component=causes[0].component if causes else (quiet.component if quiet else None),
            failure_mode=causes[0].failure_mode if causes else (quiet.condition if quiet else None),
            summary=sentence(self._scene, decision, impact),
            impact=impact,
            causes=causes,
            victims=self._victims(),
            ruled_out=ruled_out,
            undecided=(*(one.undecided for one in questions), *self._leads),
            claims=positive,
            remediation=self._remediation(questions),
            vendor_ticket=vendor_ticket(self._scene, lead, impact) if lead and decision.verdict == "external" else None,
            follow_ups=tuple(follow_ups(self._scene, decision)),
            evidence=self._evidence(causes, ruled_out, positive, provenance.said.claims if provenance.said else ()),
            gaps=self._gaps(),
            provenance=provenance,
        )

    def _incident(self) -> IncidentRecord:
        incident = self._scene.incident
        return IncidentRecord(
            question=incident.question,
            alerts=tuple(plain(alert.text, 300) for alert in incident.alerts),
            namespace=incident.namespace,
            window=_span(incident.window),
            asked_at=incident.asked_at,
            runbooks=incident.runbooks,
        )

    def _cause(self, one: Judged, confidence: float, number: int) -> Cause:
        finding = one.candidate.finding
        lead = self._decision.causes[0].candidate.score if self._decision.causes else 1.0
        share = 1.0 if number == 0 else 0.9 * one.candidate.score / (lead or 1.0)
        return Cause(
            component=finding.component,
            names=self._names(one),
            side=one.owner.side,
            owner=one.owner.name,
            failure_mode=finding.condition,
            detail=finding.detail,
            status=one.status,
            since=finding.since,
            confidence=round(confidence * min(1.0, share), 4),
            path=one.candidate.path,
            explains=tuple(dict.fromkeys(symptom.text for symptom in one.candidate.explains if symptom.text))[:8],
            claims=tuple(self._checked(self._claims(one))),
            why=None,
        )

    def _claims(self, one: Judged) -> Iterable[Predicate]:
        """The finding's own claims, then those of the strongest symptoms that it explains."""
        yield from one.candidate.finding.claims
        seen = {(claim.evidence, claim.path) for claim in one.candidate.finding.claims}
        for symptom in one.candidate.explains[:3]:
            for claim in symptom.finding.claims if symptom.finding else ():
                if (claim.evidence, claim.path) not in seen:
                    seen.add((claim.evidence, claim.path))
                    yield claim

    def _names(self, one: Judged) -> tuple[str, ...]:
        finding = one.candidate.finding
        provider = one.owner.provider.name if one.owner.provider else ""
        plain_name = "/".join(finding.component.split("/")[::2]) if finding.component.count("/") == 2 else ""
        names = (*finding.names, provider, plain_name)
        return tuple(dict.fromkeys(name for name in names if name and name != finding.component))

    def _ruled_out(self, one: Judged) -> Cause:
        cause = self._cause(one, 0.0, 0)
        return cause.model_copy(update={"why": self._why(one), "confidence": 0.0})

    def _why(self, one: Judged) -> str:
        doubts = one.candidate.doubts
        if doubts:
            return "; ".join(map(short, doubts))
        if not self._decision.causes:
            return "it explains too little of what was asked about"
        lead = self._decision.causes[0].candidate.finding
        if lead.component == one.candidate.finding.component:
            return f"follows from {lead.condition.replace('_', ' ')} of the same component"
        mode = lead.condition.replace("_", " ")
        return f"{mode} of {short(lead.component)} explains more, and is shown more surely"

    def _quiet(self) -> Iterable[Predicate]:
        """What speaks for nothing being broken."""
        if self._decision.quiet is not None:
            for one in (self._decision.quiet, *self._decision.quiet_more[:3]):
                yield from one.claims

    def _checked(self, claims: Iterable[Predicate]) -> Iterable[Claim]:
        return [checked(claim_of(claim, self._cite), self._cite) for claim in claims]

    def _victims(self) -> tuple[Victim, ...]:
        found: dict[str, str] = {}
        for one in self._decision.causes[:1]:
            for component in one.candidate.path[:-1]:
                found.setdefault(component, one.candidate.finding.component)
            for symptom in one.candidate.explains:
                suffers = symptom.edge[0] if symptom.edge else symptom.where
                if symptom.finding and suffers != one.candidate.finding.component:
                    found.setdefault(suffers, one.candidate.finding.component)
        for judged in self._decision.ruled_out:
            if judged.candidate.victim_of:
                found.setdefault(judged.candidate.finding.component, judged.candidate.victim_of)
        causes = {one.candidate.finding.component for one in self._decision.causes}
        return tuple(Victim(component=c, because=why) for c, why in found.items() if c not in causes)

    def _questions(self) -> list[Question]:
        return open_questions(self._scene, self._decision) if self._decision.verdict == "inconclusive" else []

    def _remediation(self, questions: list[Question]) -> tuple[Step, ...]:
        decision = self._decision
        if decision.verdict == "no_fault":
            return (
                none_needed(
                    f"Nothing to mend: {spoken(decision.quiet.says) if decision.quiet else 'nothing is broken'}"
                ),
            )
        if decision.verdict == "inconclusive":
            return tuple(more_evidence(one.undecided.query, one.step) for one in questions[:5])
        lead = decision.causes[0]
        return steps_for(self._scene, lead.candidate.finding, lead.owner)

    def _evidence(
        self, causes: tuple[Cause, ...], ruled_out: tuple[Cause, ...], *further: tuple[Claim, ...]
    ) -> tuple[EvidenceRecord, ...]:
        ids = [claim.evidence for cause in (*causes, *ruled_out) for claim in cause.claims]
        ids += [claim.evidence for claims in further for claim in claims]
        found = (self._cite(one) for one in dict.fromkeys(ids))
        return tuple(_record(one) for one in found if one is not None)

    def _gaps(self) -> tuple[GapRecord, ...]:
        return tuple(
            GapRecord(
                evidence=gap.id, status=gap.status, error=plain(gap.error, 300), matters_for=matters_for(gap.what)
            )
            for gap in gaps_by_nearness(self._scene)[:40]
        )


def _record(one: Evidence) -> EvidenceRecord:
    value: JsonValue = one.value  # type: ignore[assignment]
    return EvidenceRecord(
        id=one.id,
        source=one.source,
        query=one.query,
        window=_span(one.window),
        observed_at=one.observed_at,
        status=one.status,
        text=one.text,
        value=value,
    )


def _span(window: Window) -> Span:
    return Span(start=window.start, end=window.end)
