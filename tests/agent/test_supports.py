"""The table of what supports a model's hypothesis: every row can be read, none outweighs what a detector saw surely."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agent.alone import alone
from agent.conclusion import Cited, Conclusion
from agent.detectors import detect_all
from agent.diagnose import look
from agent.failure_modes import NOTHING_BROKEN, failure_modes
from agent.run_input import load_run
from agent.settle import settle
from agent.subject import evidence_of, is_a
from agent.supports import modes, table
from agent.toolbox import toolbox_for
from agent.verdict import Engine, decide
from tools.evidence import Cite
from tools.questions import QUESTIONS

RUN = Path(__file__).parents[2] / "evals/runs/sockshop/r-f40432"


@pytest.fixture(scope="module")
def engine() -> Engine:
    run = load_run(RUN)
    scene, findings = look(run.incident, run.sources, run.boundary)
    return Engine(scene, findings, decide(scene, findings, run.boundary), run.boundary)


def test_every_row_is_about_a_mode_that_something_broken_can_have() -> None:
    known = failure_modes()
    assert all(known[mode].group != NOTHING_BROKEN for mode in modes())
    assert set(table().vouches) <= set(QUESTIONS)


def test_every_row_can_be_read(engine: Engine) -> None:
    for name in ("sock-shop/deployment/payment", "sock-shop/service/payment", "-/node/x", "api.stripe.com"):
        for signs in table().signs.values():
            for sign in signs:
                assert not sign.only or is_a(engine.scene, name, sign.only) in {True, False}
                assert all(isinstance(evidence_of(engine.scene, name, need.of), list) for need in sign.needs)
        for sorts in table().vouches.values():
            assert all(isinstance(evidence_of(engine.scene, name, sort), list) for sort in sorts)


def test_no_row_is_stronger_than_what_a_detector_saw_surely(engine: Engine) -> None:
    surest = max(one.strength for one in detect_all(engine.scene))
    assert max(sign.strength for signs in table().signs.values() for sign in signs) < surest


@pytest.fixture(scope="module")
def cite(engine: Engine) -> Cite:
    return toolbox_for(engine.scene, load_run(RUN).sources, engine.boundary).cite


words = some.one_of(
    some.text(max_size=40),
    some.sampled_from(
        [
            "", "/", "a/b", "a/b/c", "a/b/c/d", "-/node/x", "stripe-mock", "sock-shop/stripe-mock", "api.stripe.com",
            "sock-shop/deployment/payment", "sock-shop/service/stripe-mock", "sock-shop/networkpolicy/x", "pods/a/b/c",
            "logs/", "events//", "metric/", "metric/restarts/", "status/", "service/x", "deployment/sock-shop/payment",
            "changes/sock-shop/deployment/stripe-mock", "configmap/sock-shop/a", "sweep", "gap/kubernetes",
        ]
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    number=some.integers(0, 99),
    component=words,
    mode=some.one_of(words, some.sampled_from(sorted(failure_modes()))),
    verdict=some.sampled_from(["internal", "external", "no_fault", "inconclusive"]),
    cited=some.lists(some.tuples(words, words), max_size=4),
)
def test_whatever_is_concluded_is_settled(
    engine: Engine, cite: Cite, number: int, component: str, mode: str, verdict: str, cited: list[tuple[str, str]]
) -> None:
    claims = [Cited(says="x", evidence=evidence, quote=quote) for evidence, quote in cited]
    conclusion = Conclusion.model_validate(
        {"verdict": verdict, "hypothesis": number, "component": component, "failure_mode": mode, "summary": "x"}
        | {"claims": claims}
    )
    assert settle(engine, conclusion, cite).decision is engine.decision
    assert alone(engine, conclusion, cite).decision.verdict in {verdict, "inconclusive"}
