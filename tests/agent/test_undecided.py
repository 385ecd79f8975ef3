"""Open questions: good English per kind of gap, what was asked about first, queries that can be run."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.incident import Incident
from agent.run_input import load_run
from agent.scene import Scene
from agent.undecided import open_questions
from agent.verdict import Decision
from tools.evidence import Gap, Window
from tools.snapshot import Snapshot

START, END = datetime(2026, 3, 2, 12, 0, tzinfo=UTC), datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
RUNS = Path(__file__).parents[2] / "evals" / "runs"
NOTHING = Decision("inconclusive", [], [], [])


def _scene(*gaps: Gap, question: str = "why is it slow?") -> Scene:
    snapshot = Snapshot("test", Window(START, END), END)
    snapshot.gaps.extend(gaps)
    incident = Incident(question=question, namespace="shop", start=START, end=END, asked_at=END)
    return Scene(incident, snapshot)


def _gap(what: str, pod: str = "", source: str = "kubernetes", error: str = "forbidden") -> Gap:
    name = f"gap/{what}/{pod}"
    return Gap(id=name, source=source, what=what, status="denied", error=error, namespace="shop", pod=pod)


@pytest.mark.parametrize(
    ("gap", "question", "step", "query"),
    [
        (
            _gap("Pod"),
            "What do the Pods in shop say?",
            "Read the Pods in shop (they were denied: forbidden)",
            "kubectl get pod -n shop -o wide",
        ),
        (
            _gap("NetworkPolicy", error=""),
            "What do the NetworkPolicies in shop say?",
            "Read the NetworkPolicies in shop (they were denied)",
            "kubectl get networkpolicy -n shop -o wide",
        ),
        (
            _gap("Event"),
            "What do the events in shop say?",
            "Read the events in shop (they were denied: forbidden)",
            "kubectl events -n shop",
        ),
        (
            _gap("logs", "payment-7f9c8d6b5d-x2vbk"),
            "What do the logs of payment say?",
            "Read the logs of payment (they were denied: forbidden)",
            "kubectl logs -n shop deployment/payment --all-containers --timestamps --since-time=2026-03-02T12:00:00Z",
        ),
        (
            _gap("metrics", source="prometheus"),
            "What do the metrics say?",
            "Read the metrics (they were denied: forbidden)",
            'kube_deployment_status_replicas_available{namespace="shop"}',
        ),
    ],
    ids=lambda value: value.what if isinstance(value, Gap) else "",
)
def test_a_gap_is_asked_about_in_words_with_a_whole_query(gap: Gap, question: str, step: str, query: str) -> None:
    found = open_questions(_scene(gap), NOTHING)

    assert [(one.undecided.question, one.step, one.undecided.query) for one in found] == [(question, step, query)]


def test_each_gap_is_asked_once_and_objects_before_distant_logs() -> None:
    logs, pods = _gap("logs", "payment-7f9c8d6b5d-x2vbk"), _gap("Pod")

    found = open_questions(_scene(logs, logs, pods), NOTHING)

    assert [one.undecided.question for one in found] == [
        "What do the Pods in shop say?",
        "What do the logs of payment say?",
    ]


def test_health_is_not_told_of_somebody_whose_logs_were_refused(tmp_path: Path) -> None:
    """Silence of those who may speak is no proof: without the logs of who was asked about, they are asked for."""
    folder = Path(shutil.copytree(RUNS / "sockshop" / "r-343bbb", tmp_path / "sockshop" / "r-343bbb"))
    shutil.copy(RUNS / "sockshop" / "boundary.yaml", tmp_path / "sockshop")
    assert _answer(folder).verdict == "no_fault"

    for log in folder.glob("logs/sock-shop/payment-*"):
        shutil.rmtree(log)
    gap = {"source": "kubernetes", "what": "logs", "namespace": "sock-shop", "status": "denied", "error": "forbidden"}
    (folder / "gaps.yaml").write_text(yaml.safe_dump([gap]))

    found = _answer(folder)
    assert found.verdict == "inconclusive"
    assert found.undecided[0].query.startswith("kubectl logs -n sock-shop deployment/payment ")


def _answer(folder: Path) -> Diagnosis:
    run = load_run(folder)
    return diagnose(run.incident, run.sources, run.boundary)
