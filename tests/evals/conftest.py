"""Small run folders and diagnoses, made anew for each test."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from agent.diagnosis import Cause, Diagnosis, IncidentRecord, Provenance, Span

START, END = datetime(2025, 11, 11, 6, 20, tzinfo=UTC), datetime(2025, 11, 11, 6, 40, tzinfo=UTC)
LABEL: dict[str, object] = {
    "verdict": "external",
    "component": "shop/gateway",
    "failure_mode": "scaled_to_zero",
    "also": {"components": ["Acme Pay"], "failure_modes": ["dependency_unavailable"]},
    "remediation": {"must": ["contact_vendor"], "must_not": ["restart@shop/till"]},
    "why": "the gateway has no replicas",
}

MakeRun = Callable[..., Path]
MakeDiagnosis = Callable[..., Diagnosis]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A run folder below the test's own; keyword arguments replace keys of run.yaml, None removes one."""

    def make(name: str = "one", **changes: object) -> Path:
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        body: dict[str, object] = {
            "format": 1,
            "id": f"r-{name}",
            "title": f"Title of {name}",
            "recorded_at": END,
            "incident": {"question": "Why do orders fail?", "namespace": "shop", "start": START, "end": END},
            "label": LABEL,
        }
        kept = {key: value for key, value in (body | changes).items() if value is not None}
        (folder / "run.yaml").write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def make_diagnosis() -> MakeDiagnosis:
    """A diagnosis that is right about `LABEL`; keyword arguments replace fields."""

    def make(**changes: object) -> Diagnosis:
        cause = Cause(
            component="shop/deployment/gateway",
            names=("shop/service/gateway", "Acme Pay"),
            side="third_party",
            owner="Acme Pay",
            failure_mode="scaled_to_zero",
            confidence=0.9,
        )
        body: dict[str, object] = {
            "id": "d-1",
            "incident": IncidentRecord(question="why", window=Span(start=START, end=END), asked_at=END),
            "verdict": "external",
            "status": "ongoing",
            "confidence": 0.9,
            "component": cause.component,
            "failure_mode": cause.failure_mode,
            "summary": "the gateway is gone",
            "causes": (cause,),
            "provenance": Provenance(version="1", looked_at="recording", tokens=7),
        }
        return Diagnosis.model_validate(body | changes)

    return make
