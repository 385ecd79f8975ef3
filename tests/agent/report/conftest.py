"""Three answers as the engine could give them, in full: external (incident-6, run R5), undecided, nothing broken."""

from datetime import UTC, datetime

import pytest

from agent.diagnosis import (
    Cause,
    Claim,
    Diagnosis,
    EvidenceRecord,
    FollowUp,
    GapRecord,
    Impact,
    IncidentRecord,
    Provenance,
    Span,
    Step,
    Undecided,
    Victim,
)


def _at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2025-11-11T{clock}+00:00").astimezone(UTC)


WINDOW = Span(start=_at("06:20:00"), end=_at("06:40:00"))
MOCK, PAYMENT, ORDERS = (
    "sock-shop/deployment/stripe-mock",
    "sock-shop/deployment/payment",
    "sock-shop/deployment/orders",
)
REFUSED = (
    '2025/11/11 06:37:53 ❌ Payment gateway error: Post "http://stripe-mock/v1/charges": '
    "dial tcp 10.96.145.169:80: connect: connection refused (0.00s)"
)


def _evidence(name: str, source: str, query: str, text: str, value: object = None) -> EvidenceRecord:
    return EvidenceRecord.model_validate(
        {
            "id": name,
            "source": source,
            "query": query,
            "window": WINDOW,
            "observed_at": _at("06:40:00"),
            "status": "ok",
            "text": text,
            "value": value,
        }
    )


@pytest.fixture
def external() -> Diagnosis:
    claims = (
        Claim(
            text="stripe-mock asks for 0 replicas since 06:30:30Z",
            evidence="deployment/sock-shop/stripe-mock",
            op="equals",
            path="/spec/replicas",
            value=0,
            verified=True,
        ),
        Claim(
            text="payment's calls to stripe-mock are refused",
            evidence="logs/sock-shop/payment",
            op="matches_quote",
            value=REFUSED,
            verified=True,
        ),
        Claim(
            text="the scale event lies before the first failure",
            evidence="events/sock-shop",
            op="before",
            path="/0/at",
            value="2025-11-11T06:37:53Z",
            verified=False,
        ),
    )
    return Diagnosis(
        id="d-1",
        incident=IncidentRecord(
            question="Why do orders fail at checkout?",
            alerts=("PaymentErrors: orders are declined",),
            namespace="sock-shop",
            window=WINDOW,
            asked_at=_at("06:40:00"),
            runbooks=("https://runbooks.corp.example/payment",),
        ),
        verdict="external",
        status="ongoing",
        confidence=0.96123456,
        component=MOCK,
        failure_mode="scaled_to_zero",
        summary="Stripe's stand-in has no replicas, so every charge that payment sends is refused.",
        impact=Impact(failed=3, total=3, since=_at("06:37:53"), where="payment -> stripe-mock"),
        causes=(
            Cause(
                component=MOCK,
                names=("stripe-mock", "Stripe"),
                side="third_party",
                owner="Stripe",
                failure_mode="scaled_to_zero",
                since=_at("06:30:30"),
                confidence=0.96,
                path=(ORDERS, PAYMENT, MOCK),
                explains=("payment is refused",),
                claims=claims,
            ),
        ),
        victims=(Victim(component=PAYMENT, because=MOCK), Victim(component=ORDERS, because=MOCK)),
        ruled_out=(
            Cause(
                component=PAYMENT,
                side="owned",
                owner="",
                failure_mode="crash_loop",
                confidence=0.05,
                why="1 of 1 pods ready, no restart in the window",
            ),
        ),
        remediation=(
            Step(action="check_vendor_status", component=MOCK, title="Read Stripe's status page", who="on-call"),
            Step(
                action="failover",
                component=PAYMENT,
                title="Point payment at the backup gateway",
                command="kubectl -n sock-shop set env deployment/payment PAYMENT_GATEWAY_URL='http://backup gateway' "
                "--containers=payment --overwrite",
                risk="medium",
                undo="kubectl -n sock-shop rollout undo deployment/payment",
                who="payments on-call",
            ),
        ),
        vendor_ticket="Charges are refused since 06:37:53Z.\n\n  endpoint: POST /v1/charges\n  3 of 3 failed",
        follow_ups=(
            FollowUp(
                tool="promql",
                query='kube_deployment_status_replicas_available{namespace="sock-shop"}',
                why="Is the gateway back?",
            ),
            FollowUp(tool="kubectl", query="kubectl -n sock-shop get deployment stripe-mock", why="The same"),
            FollowUp(tool="datadog", query='service:payment "connection refused"', why="Do calls still fail?"),
        ),
        evidence=(
            _evidence(
                "deployment/sock-shop/stripe-mock",
                "kubernetes",
                "kubectl get deployments -n sock-shop -o json",
                "stripe-mock 0/0",
                {"spec": {"replicas": 0}, "ratio": 0.5},
            ),
            _evidence(
                "logs/sock-shop/payment",
                "kubernetes",
                "kubectl logs -n sock-shop payment-1 --timestamps",
                f"3 of 412 lines\n{REFUSED}",
            ),
            _evidence("pods/sock-shop", "kubernetes", "kubectl get pods -n sock-shop -o json", "15 pods"),
        ),
        gaps=(
            GapRecord(
                evidence="gap/prometheus", status="error", error="not recorded", matters_for="the rate before the onset"
            ),
        ),
        provenance=Provenance(version="0.1.0", looked_at="recording r-7f3a2c, namespace sock-shop", seconds=0.021),
    )


@pytest.fixture
def undecided(external: Diagnosis) -> Diagnosis:
    candidate = external.causes[0].model_copy(
        update={"component": "api.pay.example", "side": "unknown", "owner": "", "failure_mode": "dependency_timeout"}
    )
    return external.model_copy(
        update={
            "verdict": "inconclusive",
            "status": None,
            "confidence": 0.4,
            "component": None,
            "failure_mode": None,
            "summary": "Calls to api.pay.example time out; nobody says who operates it.",
            "causes": (candidate,),
            "remediation": (),
            "vendor_ticket": None,
            "undecided": (
                Undecided(
                    question="Who operates api.pay.example?",
                    would_decide="an entry in the boundary file",
                    query="faultside show boundary --run DIR",
                ),
            ),
            "provenance": external.provenance.model_copy(update={"looked_at": "recording r-1"}),
        }
    )


@pytest.fixture
def no_fault(external: Diagnosis) -> Diagnosis:
    return external.model_copy(
        update={
            "verdict": "no_fault",
            "status": None,
            "confidence": 0.9,
            "component": ORDERS,
            "failure_mode": "business_decline",
            "summary": "The order was declined because its amount is above the limit.",
            "impact": None,
            "causes": (),
            "victims": (),
            "ruled_out": (),
            "claims": (
                Claim(
                    text="payment answered, and said why",
                    evidence="logs/sock-shop/payment",
                    op="contains",
                    value="amount exceeds 100.00",
                    verified=True,
                ),
            ),
            "remediation": (),
            "vendor_ticket": None,
            "follow_ups": (),
            "gaps": (),
        }
    )
