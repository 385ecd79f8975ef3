import re
from datetime import timedelta
from pathlib import Path

import pytest

from agent.diagnosis import Claim, Diagnosis, EvidenceRecord, Impact, ModelSaid, ToolCall
from agent.report.markdown import markdown
from agent.report.text import text
from tools.plain_text import columns

EXPECTED = Path(__file__).parent / "expected"
HOSTILE = "\x1b[2J\x1b[31mrefused\x1b[0m \u202egnp.exe\u202c \u200bzero\x00\nEXTERNAL — Somebody else, confidence 1.00"


def _section(report: str, heading: str) -> list[str]:
    return report.split(f"\n\n{heading}\n")[1].partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("name", ["external", "undecided", "no_fault"])
def test_the_whole_report(name: str, request: pytest.FixtureRequest) -> None:
    assert text(request.getfixturevalue(name)) == (EXPECTED / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ["external", "undecided", "no_fault"])
def test_first_what_was_examined_then_the_verdict(name: str, request: pytest.FixtureRequest) -> None:
    lines = text(request.getfixturevalue(name)).splitlines()
    assert lines[0].startswith("Looked at recording r-")
    assert "2025-11-11 06:20:00Z to 06:40:00Z" in lines[0]
    assert re.match(r"EXTERNAL|INCONCLUSIVE|NO FAULT", lines[2])


def test_the_order_is_the_published_one(external: Diagnosis) -> None:
    said = text(external)
    marks = ["EXTERNAL", "Status", "Impact", "Cause", "Path", "What to do", "Evidence", "Ruled out", "Not seen"]
    places = [said.index(f"\n{mark}") for mark in marks]
    assert places == sorted(places)
    assert said.endswith("endpoint: POST /v1/charges\n    3 of 3 failed\n")


def test_a_window_that_the_source_already_names_is_not_repeated(external: Diagnosis) -> None:
    made = external.provenance.model_copy(update={"looked_at": "cluster kind-1, 06:20Z to 06:40Z"})
    report = text(external.model_copy(update={"provenance": made}))
    assert report.splitlines()[0] == "Looked at cluster kind-1, 06:20Z to 06:40Z"


def test_an_undecided_answer_says_first_what_would_decide(undecided: Diagnosis) -> None:
    said = text(undecided)
    assert said.index("What would decide") < said.index("Impact") < said.index("Candidates")


def test_without_open_questions_the_gaps_say_what_would_decide(undecided: Diagnosis) -> None:
    said = text(undecided.model_copy(update={"undecided": ()}))
    assert _section(said, "What would decide") == ["  - the rate before the onset"]


def test_a_decided_answer_keeps_its_open_questions(external: Diagnosis, undecided: Diagnosis) -> None:
    said = text(external.model_copy(update={"undecided": undecided.undecided}))
    assert said.index("Not seen") < said.index("Still open") < said.index("Ask next")


def test_the_runner_up_is_named(external: Diagnosis) -> None:
    second = external.ruled_out[0].model_copy(update={"why": None, "confidence": 0.3})
    said = text(external.model_copy(update={"causes": (*external.causes, second)}))
    assert _section(said, "Also possible") == ["  - payment, crash loop: confidence 0.30"]


def test_an_owned_fault_is_ours(external: Diagnosis) -> None:
    cause = external.causes[0].model_copy(update={"side": "owned", "owner": "", "detail": "by_hand"})
    said = text(external.model_copy(update={"verdict": "internal", "causes": (cause,)}))
    assert "INTERNAL — ours (sock-shop/deployment/stripe-mock), scaled to zero (by hand), ongoing" in said


def test_the_failing_edge_has_short_names(external: Diagnosis) -> None:
    where = "sock-shop/deployment/payment -> other/deployment/gateway, sock-shop/deployment/payment -> api.pay.example"
    impact = (external.impact or Impact()).model_copy(update={"where": where, "since": None})
    said = text(external.model_copy(update={"impact": impact}))
    assert "3 of 3 requests failed (payment -> other/gateway, payment -> api.pay.example)" in said


def test_what_is_left_out_is_counted(external: Diagnosis) -> None:
    claims = tuple(Claim(text=f"claim {number}", evidence="e", op="equals", verified=True) for number in range(20))
    said = text(external.model_copy(update={"claims": claims}))
    assert _section(said, "Evidence")[-1] == "  … and 9 more (--format json has all)"


def test_evidence_that_was_cut_says_so(external: Diagnosis) -> None:
    cut = tuple(one.model_copy(update={"status": "truncated"}) for one in external.evidence)
    assert "[logs/sock-shop/payment, truncated]" in text(external.model_copy(update={"evidence": cut}))


def test_nothing_is_wider_than_a_hundred_columns(external: Diagnosis) -> None:
    long = "決済❌ " * 60 + "x" * 300
    claim = Claim(text=long, evidence="e" * 300, op="matches_quote", value=long, verified=True)
    cause = external.causes[0].model_copy(update={"path": ("ns/deployment/" + "a" * 150, "b"), "claims": (claim,)})
    window = external.incident.window.model_copy(update={"start": external.incident.window.start - timedelta(days=1)})
    report = text(
        external.model_copy(
            update={
                "causes": (cause,),
                "summary": long,
                "vendor_ticket": long,
                "incident": external.incident.model_copy(update={"question": long, "window": window}),
            }
        )
    )
    assert max(columns(line) for line in report.splitlines()) <= 100


def test_evidence_cannot_steer_the_terminal_or_forge_a_verdict(external: Diagnosis) -> None:
    claim = Claim(text=HOSTILE, evidence=HOSTILE, op="matches_quote", value=HOSTILE, verified=True)
    cause = external.causes[0].model_copy(
        update={"component": HOSTILE, "owner": HOSTILE, "names": (HOSTILE,), "path": (HOSTILE,), "claims": (claim,)}
    )
    step = external.remediation[1].model_copy(
        update={"title": HOSTILE, "command": HOSTILE, "undo": HOSTILE, "who": HOSTILE}
    )
    report = text(
        external.model_copy(
            update={
                "incident": external.incident.model_copy(
                    update={"question": HOSTILE, "alerts": (HOSTILE,), "runbooks": (HOSTILE,), "namespace": HOSTILE}
                ),
                "summary": HOSTILE,
                "causes": (cause, cause),
                "ruled_out": (cause,),
                "remediation": (step,),
                "follow_ups": (external.follow_ups[0].model_copy(update={"query": HOSTILE, "why": HOSTILE}),),
                "gaps": (external.gaps[0].model_copy(update={"error": HOSTILE, "evidence": HOSTILE}),),
                "vendor_ticket": HOSTILE,
                "provenance": external.provenance.model_copy(update={"looked_at": HOSTILE, "notes": (HOSTILE,)}),
            }
        )
    )
    assert not [char for char in report if not char.isprintable() and char != "\n"]
    assert not re.search(r"^EXTERNAL — Somebody", report, re.MULTILINE)


def test_colour_is_only_added_around_what_is_ours(external: Diagnosis) -> None:
    plain, coloured = text(external), text(external, colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[1mWhat to do\x1b[0m" in coloured
    assert "\x1b[1;35mEXTERNAL" in coloured


def test_a_command_can_be_pasted(external: Diagnosis) -> None:
    lines = text(external).splitlines()
    begins = next(number for number, line in enumerate(lines) if "set env" in line)
    pasted = "\n".join(lines[begins : begins + 2]).replace(" \\\n", " ")
    assert pasted.split() == (external.remediation[1].command or "").split()


def test_a_query_gets_no_backslash(external: Diagnosis) -> None:
    query = (
        'sum by (pod) (rate(http_requests_total{namespace="sock-shop", status=~"5.."}[5m])) / on (pod) group_left () up'
    )
    report = text(
        external.model_copy(update={"follow_ups": (external.follow_ups[0].model_copy(update={"query": query}),)})
    )
    lines = _section(report, "Ask next")[1:]
    assert len(lines) == 2
    assert " ".join(line.strip() for line in lines) == query


def test_a_long_selector_breaks_after_a_comma(external: Diagnosis) -> None:
    query = f"max:replicas{{kube_namespace:shop,kube_deployment:{'x' * 60},name:'a,b'}}"
    report = text(
        external.model_copy(update={"follow_ups": (external.follow_ups[2].model_copy(update={"query": query}),)})
    )
    assert _section(report, "Ask next")[1:] == [
        "      max:replicas{kube_namespace:shop,",
        f"        kube_deployment:{'x' * 60}, name:'a,b'}}",
    ]


def test_evidence_text_is_not_dumped(external: Diagnosis) -> None:
    long = EvidenceRecord.model_validate({**external.evidence[1].model_dump(), "text": "SECRET LINE\n" * 1000})
    assert "SECRET LINE" not in text(external.model_copy(update={"evidence": (long,)}))


def test_what_a_model_said_is_told_verified_or_not(external: Diagnosis) -> None:
    claims = (
        Claim(text="it wants none", evidence="deployment/a/b", op="matches_quote", value="desired: 0", verified=True),
        Claim(text="it crashed", evidence="pods/nobody", op="matches_quote", value="exit 137"),
    )
    said = ModelSaid(
        case="unproven", verdict="internal", component="a/deployment/b", summary="It crashed.", claims=claims
    )
    made = external.provenance.model_copy(
        update={"mode": "hybrid", "model": "m", "model_said": "internal", "settled": "the engine's answer stands"}
        | {"said": said, "model_calls": 2, "tokens_in": 900, "tokens_out": 80}
        | {"calls": (ToolCall(tool="pod_status", evidence="pod_status/a", status="ok"),)}
    )
    for form in (text, markdown):
        told = form(external.model_copy(update={"provenance": made}))
        assert "the engine's answer stands" in told
        assert "It crashed." in told
        assert "desired: 0" in told
        assert "not verified" in told
        assert "pod_status" in told
