"""The founding case and its twin, and what must hold for every shipped run."""

import json
import shutil
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.report.json_form import json_text, schema
from agent.run_input import load_run

RUNS = Path(__file__).parents[2] / "evals" / "runs"
DEMO = [RUNS / one for one in yaml.safe_load((RUNS / "demo.yaml").read_text())["runs"]]
ALL = sorted(path.parent for path in RUNS.glob("*/*/run.yaml"))
PUBLISHED = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())


def _diagnosed(folder: Path, boundary: Path | None = None) -> Diagnosis:
    run = load_run(folder, boundary)
    return diagnose(run.incident, run.sources, run.boundary)


def _settled(diagnosis: Diagnosis) -> dict[str, object]:
    """All but the time it took."""
    return diagnosis.model_copy(
        update={"provenance": diagnosis.provenance.model_copy(update={"seconds": 0.0})}
    ).model_dump(mode="json")


def test_a_gateway_at_zero_is_external_and_named_with_its_path() -> None:
    found = _diagnosed(DEMO[0])

    assert (found.verdict, found.component, found.failure_mode, found.status) == (
        "external",
        "sock-shop/deployment/stripe-mock",
        "scaled_to_zero",
        "ongoing",
    )
    assert found.causes[0].path[-2:] == ("sock-shop/deployment/payment", "sock-shop/deployment/stripe-mock")
    assert "Stripe" in found.causes[0].names
    assert all(claim.verified for claim in found.causes[0].claims)
    assert found.vendor_ticket is not None
    assert {step.action for step in found.remediation} >= {"contact_vendor", "failover"}
    assert not any(
        step.component == "sock-shop/deployment/payment" and step.action == "restart" for step in found.remediation
    )


def test_payment_at_zero_with_the_same_words_in_the_log_is_internal() -> None:
    found = _diagnosed(DEMO[1])

    assert (found.verdict, found.component, found.failure_mode) == (
        "internal",
        "sock-shop/deployment/payment",
        "scaled_to_zero",
    )
    assert found.vendor_ticket is None
    assert {one.component for one in found.victims} == {"sock-shop/deployment/orders", "sock-shop/deployment/front-end"}
    scale = next(step for step in found.remediation if step.action == "scale_up")
    assert scale.command == "kubectl scale -n sock-shop deployment/payment --replicas=1"
    assert scale.undo == "kubectl scale -n sock-shop deployment/payment --replicas=0"


def test_swapping_the_owner_turns_verdict_owner_and_remediation_and_nothing_else(tmp_path: Path) -> None:
    mine = tmp_path / "boundary.yaml"
    mine.write_text("version: 1\nowned: [{workloads: ['sock-shop/*']}]\n" + _edges(DEMO[0]))

    theirs, ours = _diagnosed(DEMO[0]), _diagnosed(DEMO[0], mine)

    assert (theirs.verdict, ours.verdict) == ("external", "internal")
    assert theirs.causes[0].owner != ours.causes[0].owner
    assert {step.action for step in theirs.remediation}.isdisjoint({step.action for step in ours.remediation})
    for part in ("component", "failure_mode", "evidence", "impact", "status"):
        assert getattr(theirs, part) == getattr(ours, part), part
    for part in ("path", "claims", "explains", "since", "detail"):
        assert getattr(theirs.causes[0], part) == getattr(ours.causes[0], part), part


def _edges(folder: Path) -> str:
    """The declared calls of the data set's boundary, so that only ownership differs."""
    declared = yaml.safe_load((folder.parent / "boundary.yaml").read_text())
    return yaml.safe_dump({"edges": declared["edges"]}) if declared.get("edges") else ""


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_the_label_changes_nothing(folder: Path, tmp_path: Path) -> None:
    data_set = tmp_path / folder.parent.name
    shutil.copytree(folder, data_set / folder.name)
    shutil.copy(folder.parent / "boundary.yaml", data_set)
    copy = data_set / folder.name / "run.yaml"
    said = yaml.safe_load(copy.read_text())
    del said["label"]
    copy.write_text(yaml.safe_dump(said))

    assert _settled(_diagnosed(copy.parent)) == _settled(_diagnosed(folder))


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_every_answer_is_grounded_and_bounded(folder: Path) -> None:
    found = _diagnosed(folder)

    known = {evidence.id for evidence in found.evidence}
    claims = [claim for cause in (*found.causes, *found.ruled_out) for claim in cause.claims] + list(found.claims)
    assert [claim.text for claim in claims if not claim.verified] == []
    assert {claim.evidence for claim in claims} <= known
    assert len(found.remediation) <= 5
    assert all(evidence.observed_at <= found.incident.asked_at for evidence in found.evidence)
    if found.verdict == "inconclusive":
        assert found.undecided, "an open verdict names what would decide it"
    if found.verdict in {"internal", "external"}:
        assert any(claim.verified for claim in found.causes[0].claims)


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_every_answer_fits_the_published_schema(folder: Path) -> None:
    PUBLISHED.validate(json.loads(json_text(_diagnosed(folder))))
