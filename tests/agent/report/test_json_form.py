import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from agent.diagnosis import Diagnosis
from agent.report.json_form import json_form, json_text, schema, schema_text

ROOT = Path(__file__).parents[3]
KEYS = (
    "format id incident verdict status confidence component failure_mode summary causes victims ruled_out undecided "
    "remediation follow_ups evidence gaps provenance"
)


def test_the_published_schema_is_up_to_date() -> None:
    # `faultside show schema > docs/diagnosis.schema.json` writes it anew.
    assert (ROOT / "docs" / "diagnosis.schema.json").read_text() == schema_text()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == "urn:faultside:diagnosis:1"


@pytest.mark.parametrize("name", ["external", "undecided", "no_fault"])
def test_every_answer_fits_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    form = json.loads(json_text(request.getfixturevalue(name)))
    jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(form)


@pytest.mark.parametrize("key", ["verdict", "component", "evidence", "gaps", "provenance"])
def test_a_missing_key_does_not_fit(key: str, external: Diagnosis) -> None:
    form = json_form(external)
    del form[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, schema())


def test_the_public_keys_are_all_there(external: Diagnosis) -> None:
    assert set(KEYS.split()) <= set(json_form(external))


def test_times_are_utc_with_z(external: Diagnosis) -> None:
    at = datetime(2025, 11, 11, 12, 7, 53, 454086, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    cause = external.causes[0].model_copy(update={"since": at})
    form = json.loads(json_text(external.model_copy(update={"causes": (cause,)})))
    assert form["causes"][0]["since"] == "2025-11-11T06:37:53.454086Z"
    assert form["incident"]["window"] == {"start": "2025-11-11T06:20:00Z", "end": "2025-11-11T06:40:00Z"}


def test_confidence_has_four_places(external: Diagnosis) -> None:
    assert json_form(external)["confidence"] == 0.9612


def test_free_values_are_sorted_and_keep_their_numbers(external: Diagnosis) -> None:
    seen = external.evidence[0].model_copy(
        update={"value": {"b": 0.123456789, "a": [{"z": 1, "confidence": 0.123456}], "nan": float("nan")}}
    )
    form = json.loads(json_text(external.model_copy(update={"evidence": (seen,)})))
    found = form["evidence"][0]["value"]
    assert list(found) == ["a", "b", "nan"]
    assert found == {"a": [{"confidence": 0.123456, "z": 1}], "b": 0.123456789, "nan": None}


def test_the_text_is_ascii_and_the_same_every_time(external: Diagnosis) -> None:
    assert json_text(external).isascii()
    assert json_text(external) == json_text(external.model_copy(deep=True))
    assert "❌" in str(json.loads(json_text(external))["causes"])
