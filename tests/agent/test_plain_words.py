"""Machine words in the words of people, and claims whose texts fit what their evidence holds."""

from datetime import UTC, datetime

import pytest

from agent.finding import Predicate
from agent.plain_words import claim_of, short, spoken
from tools.evidence import Evidence, Window

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _evidence(name: str, value: object) -> Evidence:
    return Evidence(
        id=name, source="kubernetes", query="", window=Window(NOON, NOON), observed_at=NOON, text="", value=value
    )


def test_component_ids_become_short_and_addresses_stay() -> None:
    assert short("3 calls to shop/deployment/payment fail") == "3 calls to payment fail"
    assert short("node -/node/worker-1 is gone") == "node worker-1 is gone"
    assert short("http://gateway/v1/charges") == "http://gateway/v1/charges"


def test_families_of_errors_are_spoken() -> None:
    said = spoken("9 calls of shop/deployment/orders fail (refused), naming nobody")

    assert said == "9 calls of orders fail (connections refused) without telling whom they called"


@pytest.mark.parametrize(
    ("before", "says"), [("http://gateway", "env URL was http://gateway before"), (None, "env URL was not set before")]
)
def test_a_setting_is_called_new_only_when_it_was_not_set(before: str | None, says: str) -> None:
    change = {"at": "2026-03-02T12:00:00Z", "before": before, "after": "http://gatway", "by": "kubectl"}
    name = "changes/shop/deployment/payment"
    claim = Predicate("env URL is new", name, "equals", "/last/env URL/after", "http://gatway")

    assert claim_of(claim, {name: _evidence(name, {"last": {"env URL": change}})}.get).text == says


def test_an_object_is_said_to_be_created_or_edited_by_whom() -> None:
    name = "changes/shop/networkpolicy/deny-all"
    claim = Predicate("object of it was changed", name, "equals", "/last/object/at", "2026-03-02T12:00:00Z")
    change = {"at": "2026-03-02T12:00:00Z", "before": None, "after": None, "by": "helm", "created": True}

    created = claim_of(claim, {name: _evidence(name, {"last": {"object": change}})}.get)
    edited = claim_of(claim, {name: _evidence(name, {"last": {"object": {**change, "created": False}}})}.get)

    assert (created.text, edited.text) == ("deny-all was created by helm", "deny-all was edited by helm")


def test_a_quote_that_is_only_a_header_takes_what_follows() -> None:
    name, header = "logs/shop/deployment/account", "fail: Shop.Web.Middleware[0]"
    whole = f"{header} An unhandled exception has occurred: connection refused"
    claim = Predicate("it says so", name, "matches_quote", "/own/error/quote", header)
    cite = {name: _evidence(name, {"own": {"error": {"quote": whole}}})}.get

    assert claim_of(claim, cite).value == whole


def test_a_claim_that_does_not_hold_keeps_its_words() -> None:
    name = "changes/shop/deployment/payment"
    claim = Predicate("env URL is new", name, "equals", "/last/env URL/after", "other")

    assert claim_of(claim, {name: _evidence(name, {"last": {"env URL": {"after": "x", "at": None}}})}.get) == claim
