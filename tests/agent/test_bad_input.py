"""Malformed run folders: one clear line, exit status 2, no traceback; or an answer that says what was left out."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.run_input import load_run
from tools.errors import InputError


def _diagnosed(folder: Path) -> Diagnosis:
    run = load_run(folder)
    return diagnose(run.incident, run.sources, run.boundary)


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return change


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no run.yaml": (lambda folder: (folder / "run.yaml").unlink(), "run.yaml"),
    "truncated JSON": (_write("cluster.json", b'{"kind": "List", "items": [{"kind": "Pod"'), "cluster.json"),
    "JSON of another shape": (_write("cluster.json", b'{"kind": "Pod"}'), "cluster.json"),
    "binary cluster.json": (_write("cluster.json", bytes(range(256)) * 8), "cluster.json"),
    "binary log": (_write("logs/shop/payment-1/payment.log", b"\x7fELF" + b"\0" * 5000), "payment.log"),
    "binary metrics": (_write("metrics.om", b"\x89PNG\xff\xfe\0\0"), "metrics.om"),
    "metrics without times": (_write("metrics.om", b"up 1\n"), "metrics.om:1"),
    "recursive YAML": (_write("run.yaml", b"&a [*a]\n"), "run.yaml"),
    "object-making YAML": (_write("run.yaml", b"!!python/object/apply:os.system ['true']\n"), "run.yaml"),
    "YAML of another shape": (_write("run.yaml", b"- 1\n"), "run.yaml"),
    "binary run.yaml": (_write("run.yaml", b"\x00\xff\xfe"), "run.yaml"),
    "another format": (_replace("run.yaml", "format: 1", "format: 2"), "run.yaml:1: format"),
    "no recorded_at": (_replace("run.yaml", "recorded_at: 2025-11-11T06:40:00Z", ""), "recorded_at"),
    "a recorded_at that is no time": (_replace("run.yaml", "2025-11-11T06:40:00Z", "soon"), "run.yaml:4: recorded_at"),
    "the end before the start": (
        _replace("run.yaml", "start: 2025-11-11T06:20:00Z", "start: 2025-11-11T07:20:00Z"),
        "start",
    ),
    "an unknown incident key": (_replace("run.yaml", "  question:", "  qestion:"), "run.yaml:6: qestion"),
    "a question of the wrong type": (
        _replace("run.yaml", "question: Why do payments fail?", "question: [1]"),
        "run.yaml:6: question",
    ),
    "neither question nor alert": (_replace("run.yaml", "question: Why do payments fail?", "question: ''"), "question"),
    "a boundary that is missing": (
        _replace("run.yaml", "boundary:\n", "boundary: nowhere.yaml\nold_boundary:\n"),
        "run.yaml:10: boundary: expected a boundary file, got 'nowhere.yaml'",
    ),
    "a boundary of another shape": (
        _replace("run.yaml", "  third_party:", "  third_parties:"),
        "run.yaml:12: expected one of",
    ),
    "a gap of an unknown status": (
        _write("gaps.yaml", b"- source: kubernetes\n  what: logs\n  status: perhaps\n"),
        "gaps.yaml:3: [0].status: expected denied, error, empty or truncated, got 'perhaps'",
    ),
    "gaps of another shape": (_write("gaps.yaml", b"source: kubernetes\n"), "gaps.yaml"),
    "a Datadog line that is no item": (
        _write("datadog/logs.jsonl", b'{"attributes": {"timestamp": "x"}}\n'),
        "logs.jsonl:1",
    ),
    "a status feed that is no JSON": (_write("status/stripe.json", b"<html>"), "stripe.json"),
    "an alert without alerts": (
        _replace("run.yaml", "incident:\n", "incident:\n  alert: {version: '4', alerts: []}\n"),
        "alert",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_input_is_one_clear_line(name: str, run_folder: Path) -> None:
    change, says = BAD[name]
    change(run_folder)

    with pytest.raises(InputError) as error:
        _diagnosed(run_folder)

    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_or_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(InputError, match="expected a run folder"):
            load_run(path)


def test_everything_but_run_yaml_may_be_absent(run_folder: Path) -> None:
    for path in run_folder.iterdir():
        if path.name != "run.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    found = _diagnosed(run_folder)

    assert found.verdict == "inconclusive"
    assert {gap.evidence for gap in found.gaps} >= {"gap/kubernetes/objects", "gap/prometheus/metrics"}
    assert found.undecided


def test_a_log_of_100_megabytes_is_cut_told_and_answered(run_folder: Path) -> None:
    path = next((run_folder / "logs").rglob("payment*.log"))
    tail = path.read_bytes()
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"2025-11-11T06:00:00Z level=info msg=ok\n" * (2**20 // 39))
        file.write(tail)

    found = _diagnosed(run_folder)

    assert found.verdict == "external"
    assert any(gap.status == "truncated" and "bytes" in gap.error for gap in found.gaps)


def test_what_is_younger_than_the_recording_is_dropped_and_told(run_folder: Path) -> None:
    path = run_folder / "cluster.json"
    listed = json.loads(path.read_text())
    late = {"kind": "Event", "metadata": {"name": "late", "namespace": "shop"}, "reason": "Killing"}
    times = {"firstTimestamp": "2025-11-11T06:50:00Z", "lastTimestamp": "2025-11-11T06:50:00Z"}
    listed["items"].append(
        {**late, **times, "involvedObject": {"kind": "Pod", "name": "payment-1", "namespace": "shop"}}
    )
    path.write_text(json.dumps(listed))

    found = _diagnosed(run_folder)

    assert any("younger than recorded_at" in note for note in found.provenance.notes)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_any_damage_ends_in_an_answer_or_in_one_line(
    run_folder: Path, tmp_path_factory: pytest.TempPathFactory, drawn: st.DataObject
) -> None:
    damaged = tmp_path_factory.mktemp("damaged") / "run"
    shutil.copytree(run_folder, damaged)
    files = sorted(path for path in damaged.rglob("*") if path.is_file())
    path = drawn.draw(st.sampled_from(files))
    content = path.read_bytes()
    start = drawn.draw(st.integers(0, len(content)))
    length = drawn.draw(st.integers(0, 40))
    insert = drawn.draw(
        st.one_of(
            st.binary(max_size=20), st.sampled_from([b"null", b"[]", b"{}", b'""', b"-1", b"\n", b": ", b"&a *a"])
        )
    )
    path.write_bytes(content[:start] + insert + content[start + length :])

    outcome = _outcome(damaged)

    assert outcome in {"internal", "external", "no_fault", "inconclusive"} or "\n" not in outcome


def _outcome(folder: Path) -> str:
    """The verdict, or the error's text; any other exception is a bug and fails the test."""
    try:
        return _diagnosed(folder).verdict
    except InputError as error:
        return str(error)
