from collections.abc import Callable
from pathlib import Path

import pytest

from evals.run import Label, find_runs, load_labelled
from tools.errors import InputError

MakeRun = Callable[..., Path]


def label_of(folder: Path) -> Label:
    label = load_labelled(folder).label
    assert label is not None
    return label


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_labelled(folder)
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix(str(folder / "run.yaml"))


def test_a_label_is_read_whole(make_run: MakeRun) -> None:
    run = load_labelled(make_run())
    assert (run.id, run.title) == ("r-one", "Title of one")
    label = label_of(run.folder)
    assert label.verdict == "external"
    assert label.also.components == ("Acme Pay",)
    assert label.remediation.must_not == ("restart@shop/till",)
    assert label.mention == ()


def test_a_run_without_a_label_loads(make_run: MakeRun) -> None:
    assert load_labelled(make_run(label=None)).label is None


def test_a_label_may_leave_everything_but_the_verdict_out(make_run: MakeRun) -> None:
    folder = make_run(label={"verdict": "no_fault", "component": None, "also": None, "mention": None})
    assert label_of(folder) == Label(verdict="no_fault")


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("external", ": label: expected a mapping"),
        ({}, "label.verdict: Field required"),
        ({"verdict": "theirs"}, "label.verdict: Input should be 'internal', 'external'"),
        ({"verdict": "internal", "failure_mode": "scaled_to_zer"}, "(did you mean scaled_to_zero?)"),
        ({"verdict": "internal", "failure_mode": "other"}, "label.failure_mode: expected a failure mode, got 'other'"),
        ({"verdict": "internal", "failure_mode": 3}, "label.failure_mode: Input should be a valid string"),
        (
            {"verdict": "internal", "also": {"failure_modes": ["gone"]}},
            "label.also.failure_modes.0: expected a failure",
        ),
        ({"verdict": "internal", "also": {"verdicts": ["maybe"]}}, "label.also.verdicts.0: Input should be"),
        ({"verdict": "internal", "remediation": {"must": ["reboot"]}}, "expected an action or action@component"),
        ({"verdict": "internal", "remediation": {"must": ["restart@"]}}, "expected a component after the @"),
        ({"verdict": "internal", "remediation": {"should": []}}, "label.remediation.should: Extra inputs"),
        ({"verdict": "internal", "unscored": ["verdict"]}, "label.unscored.0: Input should be"),
        ({"verdict": "internal", "mention": "shop/till"}, "label.mention: Input should be a valid tuple"),
        ({"verdict": "internal", "colour": "red"}, "label.colour: Extra inputs are not permitted"),
        ({"verdict": "internal", "failure_mode": "oom_killed", "detail": "cpu"}, "expected none for this failure mode"),
        (
            {"verdict": "internal", "failure_mode": "quota_exceeded", "detail": "disk"},
            "label.detail: expected one of cpu, memory, pods, services, storage, got 'disk'",
        ),
    ],
)
def test_a_wrong_label_is_one_clear_line(make_run: MakeRun, label: object, message: str) -> None:
    assert message in refusal(make_run(label=label))


def test_the_line_of_the_mistake_is_named(make_run: MakeRun) -> None:
    folder = make_run(label=None)
    path = folder / "run.yaml"
    before = path.read_text()
    path.write_text(before + "label:\n  verdict: internal\n  also:\n    failure_modes:\n    - evicted\n    - gone\n")
    assert refusal(folder).startswith(f":{len(before.splitlines()) + 6}: label.also.failure_modes.1: ")


def test_a_detail_of_its_mode_is_right(make_run: MakeRun) -> None:
    folder = make_run(label={"verdict": "internal", "failure_mode": "quota_exceeded", "detail": "pods"})
    assert label_of(folder).detail == "pods"


def test_runs_are_found_at_any_depth_sorted_and_once(make_run: MakeRun) -> None:
    deep, near = make_run("b/deep"), make_run("a")
    root = deep.parent.parent
    assert find_runs([root, near, near / "run.yaml"]) == [near, deep]


def test_a_folder_inside_a_run_is_no_run(make_run: MakeRun) -> None:
    folder = make_run()
    inner = folder / "logs"
    inner.mkdir()
    (inner / "run.yaml").write_text("format: 1\n")
    assert find_runs([folder]) == [folder]


def test_a_path_without_a_run_is_refused(tmp_path: Path, make_run: MakeRun) -> None:
    make_run()
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name, message in (("empty", "found no run.yaml"), ("file", "found a file"), ("none", "found nothing")):
        with pytest.raises(InputError, match=f"expected a run or a folder of runs, {message}"):
            find_runs([tmp_path / "runs", tmp_path / name])
