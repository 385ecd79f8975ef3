from collections.abc import Callable

import pytest

from agent.diagnosis import Cause, Claim, Diagnosis, Step, Undecided
from evals.match import same_component
from evals.run import Also, Label, Wanted
from evals.score import Score, score_run

MakeDiagnosis = Callable[..., Diagnosis]

GATEWAY = Label(
    verdict="external",
    component="shop/gateway",
    failure_mode="scaled_to_zero",
    also=Also(components=("Acme Pay",), failure_modes=("dependency_unavailable",)),
    remediation=Wanted(must=("contact_vendor", "failover"), must_not=("restart@shop/till", "scale_up@shop/till")),
)
HEALED = Label(
    verdict="no_fault",
    failure_mode="recovered",
    also=Also(components=("shop/gateway",), failure_modes=("scaled_to_zero",), verdicts=("external",)),
    unscored=("component",),
)


def cause(component: str = "shop/deployment/gateway", mode: str = "scaled_to_zero", **more: object) -> Cause:
    body = {"component": component, "side": "owned", "owner": "us", "failure_mode": mode, "confidence": 0.5}
    return Cause.model_validate(body | more)


def step(action: str, component: str | None = None) -> Step:
    return Step(action=action, component=component, title=action, who="on-call")


def claim(verified: bool) -> Claim:
    return Claim(text="zero replicas", evidence="e", op="equals", verified=verified)


def value(diagnosis: Diagnosis, label: Label | None, name: str) -> float | None:
    return score_run(diagnosis, label, 0.5)[name].value


@pytest.mark.parametrize(
    ("named", "component", "same"),
    [
        ("shop/gateway", "shop/deployment/gateway", True),
        ("shop/gateway", "shop/service/gateway", True),
        ("shop/gateway", "shop/gateway", True),
        ("Shop/Gateway", "shop/deployment/gateway", True),
        ("shop/gateway", "other/deployment/gateway", False),
        ("shop/gateway", "shop/deployment/gateway-canary", False),
        ("shop/deployment/gateway", "shop/deployment/gateway", True),
        ("shop/deployment/gateway", "shop/service/gateway", False),
        ("node/worker-1", "-/node/worker-1", True),
        ("node/worker-1", "-/namespace/worker-1", False),
        ("API.Acme.com", "api.acme.com", True),
        ("acme", "api.acme.com", False),
        ("gateway", "shop/deployment/gateway", False),
        ("deployment/gateway", "shop/deployment/gateway", False),
    ],
)
def test_when_a_label_names_a_component(named: str, component: str, same: bool) -> None:
    assert same_component(named, component) is same


def test_a_right_answer_is_right_in_everything(make_diagnosis: MakeDiagnosis) -> None:
    scores = score_run(make_diagnosis(remediation=(step("contact_vendor"),)), GATEWAY, 0.5)
    assert {name: score.value for name, score in scores.items()} == {
        "verdict": 1.0,
        "component": 1.0,
        "failure_mode": 1.0,
        "detail": None,
        "component_at_3": 1.0,
        "mode_at_3": 1.0,
        "remediation": 1.0,
        "mention": None,
        "abstention": 1.0,
        "brier": pytest.approx(0.01),
        "grounding": None,
        "seconds": 0.5,
        "tokens": 7.0,
    }


def test_without_a_label_only_what_needs_none_is_scored(make_diagnosis: MakeDiagnosis) -> None:
    scores = score_run(make_diagnosis(claims=(claim(True),)), None, 0.5)
    assert {name: score.value for name, score in scores.items()} == {"grounding": 1.0, "seconds": 0.5, "tokens": 7.0}


def test_a_wrong_verdict_says_what_was_expected(make_diagnosis: MakeDiagnosis) -> None:
    score = score_run(make_diagnosis(verdict="internal"), GATEWAY, 0)["verdict"]
    assert score == Score(0.0, "expected external, got internal")


def test_another_verdict_of_the_label_counts(make_diagnosis: MakeDiagnosis) -> None:
    label = GATEWAY.model_copy(update={"also": Also(verdicts=("inconclusive",))})
    unsure = make_diagnosis(verdict="inconclusive")
    assert value(unsure, label, "verdict") == 1.0
    assert value(unsure, label, "abstention") is None


@pytest.mark.parametrize(
    ("verdict", "status", "expected"),
    [
        ("no_fault", None, 1.0),
        ("external", "recovered", 1.0),
        ("external", "ongoing", 0.0),
        ("external", "intermittent", 0.0),
        ("internal", "recovered", 0.0),
        ("inconclusive", "recovered", 0.0),
    ],
)
def test_a_healed_fault_is_no_fault_or_its_own_verdict_as_recovered(
    make_diagnosis: MakeDiagnosis, verdict: str, status: str | None, expected: float
) -> None:
    assert value(make_diagnosis(verdict=verdict, status=status), HEALED, "verdict") == expected


def test_without_other_verdicts_the_component_vouches_for_a_healed_fault(make_diagnosis: MakeDiagnosis) -> None:
    label = Label(verdict="no_fault", component="shop/gateway", failure_mode="recovered")
    healed = make_diagnosis(status="recovered")
    assert value(healed, label, "verdict") == 1.0
    assert value(healed, label, "failure_mode") == 1.0
    elsewhere = make_diagnosis(status="recovered", causes=(cause("shop/deployment/till"),))
    assert value(elsewhere, label, "verdict") == 0.0


def test_for_no_fault_the_diagnosis_itself_names_what_it_is(make_diagnosis: MakeDiagnosis) -> None:
    label = Label(verdict="no_fault", component="shop/till", failure_mode="business_decline")
    declined = make_diagnosis(
        verdict="no_fault", status=None, component="shop/deployment/till", failure_mode="business_decline", causes=()
    )
    assert value(declined, label, "component") == 1.0
    assert value(declined, label, "failure_mode") == 1.0
    assert value(declined, label, "mode_at_3") == 1.0


def test_component_and_mode_are_read_from_the_first_cause_alone(make_diagnosis: MakeDiagnosis) -> None:
    second = make_diagnosis(causes=(cause("shop/deployment/till", "oom_killed"), cause()))
    scores = score_run(second, GATEWAY, 0)
    assert scores["component"] == Score(0.0, "expected shop/gateway or Acme Pay, got shop/deployment/till")
    assert scores["failure_mode"] == Score(0.0, "expected scaled_to_zero or dependency_unavailable, got oom_killed")
    assert (scores["component_at_3"].value, scores["mode_at_3"].value) == (1.0, 1.0)


def test_the_fourth_cause_is_too_late(make_diagnosis: MakeDiagnosis) -> None:
    others = tuple(cause(f"shop/deployment/{name}", "oom_killed") for name in ("a", "b", "c"))
    late = make_diagnosis(causes=(*others, cause()))
    assert (value(late, GATEWAY, "component_at_3"), value(late, GATEWAY, "mode_at_3")) == (0.0, 0.0)


def test_other_names_and_other_modes_count(make_diagnosis: MakeDiagnosis) -> None:
    host = make_diagnosis(causes=(cause("api.acme.com", "dependency_unavailable", names=("acme PAY",)),))
    assert (value(host, GATEWAY, "component"), value(host, GATEWAY, "failure_mode")) == (1.0, 1.0)


def test_no_cause_at_all_is_a_wrong_component(make_diagnosis: MakeDiagnosis) -> None:
    empty = make_diagnosis(causes=())
    assert score_run(empty, GATEWAY, 0)["component"].reason.endswith("got nothing")
    assert value(empty, GATEWAY, "component") == 0.0


def test_free_words_never_match(make_diagnosis: MakeDiagnosis) -> None:
    talk = make_diagnosis(summary="shop/gateway scaled_to_zero", causes=(cause("the shop/gateway", "scaled to zero"),))
    assert (value(talk, GATEWAY, "component"), value(talk, GATEWAY, "failure_mode")) == (0.0, 0.0)


def test_what_the_label_leaves_open_is_not_scored(make_diagnosis: MakeDiagnosis) -> None:
    label = GATEWAY.model_copy(update={"unscored": ("component", "failure_mode", "remediation")})
    scores = score_run(make_diagnosis(causes=()), label, 0)
    for name in ("component", "failure_mode", "component_at_3", "mode_at_3", "remediation"):
        assert scores[name].value is None
    assert scores["verdict"].value == 1.0
    assert scores["brier"].value == pytest.approx(0.01)


def test_the_kind_within_a_mode_is_scored_where_the_label_names_it(make_diagnosis: MakeDiagnosis) -> None:
    label = Label(verdict="internal", component="shop/till", failure_mode="quota_exceeded", detail="pods")
    for detail, expected in (("pods", 1.0), ("cpu", 0.0), (None, 0.0)):
        found = make_diagnosis(causes=(cause("shop/deployment/till", "quota_exceeded", detail=detail),))
        assert value(found, label, "detail") == expected


@pytest.mark.parametrize(
    ("steps", "expected", "reason"),
    [
        ([step("failover")], 1.0, "1 of 1 steps are asked for"),
        ([step("notify_users"), step("contact_vendor"), step("failover")], 1.0, "2 of 3 steps are asked for"),
        ([], 0.0, "expected one of contact_vendor, failover, got nothing"),
        (
            [step("rollback", "shop/deployment/till")],
            0.0,
            "expected one of contact_vendor, failover, got rollback@shop/deployment/till",
        ),
        (
            [step("contact_vendor"), step("restart", "shop/deployment/till")],
            0.0,
            "proposes restart@shop/till, which must not be done",
        ),
        ([step("contact_vendor"), step("restart", "shop/deployment/gateway")], 1.0, "1 of 2 steps are asked for"),
        ([step("contact_vendor"), step("restart")], 1.0, "1 of 2 steps are asked for"),
    ],
)
def test_remediation_wants_one_of_must_and_none_of_must_not(
    make_diagnosis: MakeDiagnosis, steps: list[Step], expected: float, reason: str
) -> None:
    assert score_run(make_diagnosis(remediation=steps), GATEWAY, 0)["remediation"] == Score(expected, reason)


def test_a_step_may_go_by_another_name_of_its_component(make_diagnosis: MakeDiagnosis) -> None:
    label = GATEWAY.model_copy(update={"remediation": Wanted(must=("contact_vendor@acme pay",))})
    named = make_diagnosis(remediation=(step("contact_vendor", "shop/deployment/gateway"),))
    assert value(named, label, "remediation") == 1.0
    unnamed = make_diagnosis(remediation=(step("contact_vendor"),))
    assert value(unnamed, label, "remediation") == 0.0


def test_only_must_not_is_enough_to_score(make_diagnosis: MakeDiagnosis) -> None:
    label = GATEWAY.model_copy(update={"remediation": Wanted(must_not=("restart",))})
    assert value(make_diagnosis(), label, "remediation") == 1.0
    assert value(make_diagnosis(remediation=(step("restart", "x"),)), label, "remediation") == 0.0
    nothing = GATEWAY.model_copy(update={"remediation": Wanted()})
    assert value(make_diagnosis(), nothing, "remediation") is None


def test_a_second_cause_has_to_be_named_too(make_diagnosis: MakeDiagnosis) -> None:
    label = GATEWAY.model_copy(update={"mention": ("shop/till", "oom_killed")})
    assert value(make_diagnosis(), label, "mention") == 0.0
    half = make_diagnosis(causes=(cause(), cause("shop/deployment/till", "evicted")))
    assert score_run(half, label, 0)["mention"] == Score(0.5, "does not name oom_killed")
    both = make_diagnosis(causes=(cause(), cause("shop/deployment/till", "oom_killed")))
    assert value(both, label, "mention") == 1.0


def test_grounding_counts_claims_everywhere(make_diagnosis: MakeDiagnosis) -> None:
    mixed = make_diagnosis(
        causes=(cause(claims=(claim(True), claim(True))),),
        ruled_out=(cause("shop/deployment/till", claims=(claim(False),)),),
        claims=(claim(True),),
    )
    assert score_run(mixed, GATEWAY, 0)["grounding"] == Score(0.75, "3 of 4 claims hold; not: zero replicas")


def test_inconclusive_on_a_decidable_run_is_a_miss(make_diagnosis: MakeDiagnosis) -> None:
    open_question = Undecided(question="is the gateway theirs?", would_decide="the boundary", query="show boundary")
    unsure = make_diagnosis(verdict="inconclusive", undecided=(open_question,))
    score = score_run(unsure, GATEWAY, 0)["abstention"]
    assert score == Score(0.0, "inconclusive on a decidable run: is the gateway theirs?")
    assert value(unsure, Label(verdict="inconclusive"), "verdict") == 1.0
    assert value(unsure, Label(verdict="inconclusive"), "abstention") is None


def test_confidence_is_held_against_verdict_and_component(make_diagnosis: MakeDiagnosis) -> None:
    wrong_place = make_diagnosis(causes=(cause("shop/deployment/till"),))
    assert value(wrong_place, GATEWAY, "brier") == pytest.approx(0.81)
    assert value(make_diagnosis(verdict="internal"), GATEWAY, "brier") == pytest.approx(0.81)
