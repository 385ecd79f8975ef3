import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from agent.failure_modes import NOTHING_BROKEN, failure_modes
from evals.generator import __main__ as generator
from evals.generator import cedarcare
from evals.generator.kit_run import Run
from evals.lint import lint

SHIPPED = Path(generator.__file__).parent.parent / "runs" / "cedarcare"
TWINS = [
    ("idp-down", "idp-secret"),
    ("proxy-beside", "sms-down"),
    ("yesterday", "evicted"),
    ("held-back", "paused"),
    ("ceiling", "hpa-capped"),
    ("spare-claim", "volume-class"),
    ("hiccup", "busy"),
]


@cache
def made() -> dict[str, Run]:
    return {run.key.removeprefix("cedarcare/"): run for run in cedarcare.runs()}


@cache
def rendered() -> dict[str, dict[str, str]]:
    return {run.id: run.files() for run in made().values()}


def test_the_shipped_runs_are_what_the_generator_writes() -> None:
    """Byte for byte; the leak check, which takes long, is the command's."""
    written = {f"{run}/{name}": text for run, files in rendered().items() for name, text in files.items()}
    written["boundary.yaml"] = cedarcare.BOUNDARY
    shipped = {path.relative_to(SHIPPED).as_posix(): path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()}
    assert sorted(written) == sorted(shipped)
    assert [name for name, text in written.items() if text.encode() != shipped[name]] == []


def test_every_shipped_run_passes_the_linter() -> None:
    folders = [path for path in SHIPPED.iterdir() if path.is_dir()]
    assert len(folders) == len(made())
    assert [problem for folder in folders for problem in lint(folder)] == []


def test_runs_stay_small() -> None:
    sizes = {run: sum(len(text.encode()) for text in files.values()) for run, files in rendered().items()}
    assert max(sizes.values()) < 120_000
    assert sum(sizes.values()) < 3_600_000


def test_every_detail_of_a_probe_and_of_a_volume_has_its_run() -> None:
    labelled = Counter((run.label.failure_mode, run.label.detail) for run in made().values())
    for mode in ("probe_misconfigured", "volume_unbound"):
        assert [detail for detail in failure_modes()[mode].details if labelled[mode, detail] != 1] == []


def test_some_runs_show_nothing_broken() -> None:
    quiet = [run for run in made().values() if run.label.verdict == "no_fault"]
    assert len(quiet) >= 6
    assert all(failure_modes()[str(run.label.failure_mode)].group == NOTHING_BROKEN for run in quiet)


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_twins_look_alike_and_differ_in_the_answer(one: str, other: str) -> None:
    assert made()[one].label.verdict != made()[other].label.verdict


def test_nothing_of_the_other_applications_is_in_it() -> None:
    words = re.compile(r"sock-?shop|stripe|harbourline|weaveworks|rabbitmq|kafka", re.IGNORECASE)
    assert {run for run, files in rendered().items() for text in files.values() if words.search(text)} == set()


def test_no_pod_that_ended_is_counted_as_a_replica() -> None:
    fleet = made()["yesterday"].cluster
    assert fleet is not None
    assert not isinstance(fleet, str)
    assert sum(pod["status"]["phase"] == "Failed" for pod in fleet.of_kind("Pod", "imaging")) == 2
    assert fleet.get("Deployment", "imaging/viewer")["status"]["replicas"] == 1
