"""What must hold of the answer to every shipped run: its path, its counts, its steps and its words."""

import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from agent.compose import Composer
from agent.detectors import detect_all
from agent.detectors.backends import is_store
from agent.diagnosis import Diagnosis, Provenance
from agent.paths import is_called
from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from agent.verdict import decide
from tools.views import Views

RUNS = Path(__file__).parents[2] / "evals" / "runs"
ALL = sorted(path.parent for path in RUNS.glob("*/*/run.yaml"))
CAN_BE_RUN = re.compile(
    r"kubectl (?:get|describe|events|logs|auth can-i) [\w ./,=:-]+"
    r"|[a-z_]*(?:\{[a-z]+=~?\"[^\"]+\"(?:, [a-z]+=~?\"[^\"]+\")*\})?"
    r"|whois [\w.-]+|kube_namespace:[\w-]+|faultside show \w+"
)
every_run = pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)


@cache
def _answered(folder: Path) -> tuple[Scene, Diagnosis]:
    run = load_run(folder)
    snapshot = sweep(run.incident, run.sources, Limits())
    scene = Scene(run.incident, snapshot, tuple((edge.caller, edge.callee) for edge in run.boundary.edges))
    decision = decide(scene, detect_all(scene), run.boundary)
    views = Views(snapshot, scene.graph, scene.changes)
    answer = Composer(scene, decision, views.cite, run.boundary).diagnosis(
        "d-1", 0.5, Provenance(version="0", looked_at="")
    )
    return scene, answer


@every_run
def test_paths_follow_calls_once_and_end_in_the_cause(folder: Path) -> None:
    scene, answer = _answered(folder)

    for cause in (*answer.causes, *answer.ruled_out):
        assert cause.path[-1] == cause.component
        assert len(set(cause.path)) == len(cause.path), cause.path
        for pair in pairwise(cause.path):
            last = pair[1] == cause.component and not is_called(scene, cause.component)
            assert pair in scene.graph.by_pair or last, cause.path


@every_run
def test_impact_counts_the_calls_of_one_hop_since_the_first_failure(folder: Path) -> None:
    scene, answer = _answered(folder)
    if answer.impact is None:
        return

    pairs = [tuple(one.split(" -> ")) for one in answer.impact.where.split(", ")]
    counted = [scene.traffic[caller, callee] for caller, callee in pairs]
    assert len({callee for _, callee in pairs}) == 1 or answer.causes[0].component not in {p[1] for p in pairs}
    assert not {caller for caller, _ in pairs} & {callee for _, callee in pairs}, "a request counts once"
    assert answer.impact.failed == sum(one.failed for one in counted) > 0
    assert answer.impact.total == answer.impact.failed + sum(
        one.worked_after_first if one.first else one.worked for one in counted
    )
    assert answer.impact.since == min((one.first for one in counted if one.first), default=None)


@every_run
def test_every_command_is_complete(folder: Path) -> None:
    _, answer = _answered(folder)

    commands = [step.command for step in answer.remediation if step.command]
    commands += [one.query for one in answer.undecided if one.query]
    commands += [one.query for one in answer.follow_ups if one.tool == "kubectl"]
    for command in commands:
        assert not set("<>…") & set(command), command
        assert not command.startswith("kubectl describe namespace/")
        assert "/cluster/" not in command, command
        shlex.split(command)


@every_run
def test_no_step_is_proposed_twice_and_no_store_is_scaled_up(folder: Path) -> None:
    scene, answer = _answered(folder)

    steps = [(step.component, step.command or step.title) for step in answer.remediation]
    assert len(set(steps)) == len(steps)
    for step in answer.remediation:
        if step.component is None or not (is_store(scene, step.component) or "/statefulset/" in step.component):
            continue
        workload = scene.snapshot.workloads.get(step.component)
        assert step.risk != "low" or step.action in {"circuit_break", "queue_and_retry"}, step
        if step.command and step.command.startswith("kubectl scale"):
            assert workload is not None
            assert workload.desired == 0, step


@every_run
def test_summary_and_ticket_speak_of_names_and_errors_not_of_ids(folder: Path) -> None:
    _, answer = _answered(folder)

    assert not re.search(r"\w/(?:deployment|statefulset|service)/", answer.summary), answer.summary
    assert "{'" not in answer.summary
    for claim in (*answer.claims, *(claim for cause in answer.causes for claim in cause.claims)):
        assert "{'cpu" not in claim.text
        assert not claim.text.endswith(" is new"), claim.text
    if answer.vendor_ticket:
        subject = next(line for line in answer.vendor_ticket.splitlines() if line.startswith("Subject: "))
        assert "scaled to zero" not in subject
        assert "/deployment/" not in subject


@every_run
def test_an_open_verdict_names_what_would_decide_and_how_to_ask(folder: Path) -> None:
    _, answer = _answered(folder)

    assert bool(answer.undecided) == (answer.verdict == "inconclusive")
    for one in answer.undecided:
        assert one.question.endswith("?")
        assert one.would_decide
        assert CAN_BE_RUN.fullmatch(one.query), one.query
