"""A folder of kubectl's outputs, against what it was cut from and against the recordings that it could be made of."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agent.cli.chosen import Chosen, load
from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.run_input import RunInput, load_run
from tools.source import Sources

REPOSITORY = Path(__file__).parents[2]
BY_HAND = REPOSITORY / "tests" / "dumps" / "incident-6"
RUNS = REPOSITORY / "evals" / "runs"
SAMPLE = [run.parent for run in sorted(RUNS.glob("*/*/cluster.json"))][::6]
Json = dict[str, object]


def answer(found: Diagnosis) -> tuple[str, str | None, str | None]:
    return found.verdict, found.component, found.failure_mode


def recorded(run: RunInput) -> Diagnosis:
    """What the recording answers with objects and logs alone: a dump has nothing else."""
    cluster_alone = Sources(name="", now=run.sources.now, cluster=run.sources.cluster)
    return diagnose(run.incident, cluster_alone, run.boundary)


def dumped(run: RunInput, folder: Path) -> Diagnosis:
    found = load(Chosen(dump=folder, at=run.head.recorded_at.isoformat()))
    return diagnose(run.incident, found.sources, run.boundary)


def write_logs(run: Path, folder: Path) -> None:
    for log in run.glob("logs/*/*/*.log"):
        namespace, pod, container = log.parts[-3:]
        (folder / f"{namespace}_{pod}_{container}").write_bytes(log.read_bytes())


def items(run: Path) -> list[Json]:
    found = json.loads((run / "cluster.json").read_bytes())
    return list(found["items"])


def by_kind(objects: list[Json]) -> Iterator[tuple[str, Json]]:
    for kind in sorted({str(one["kind"]) for one in objects}):
        of_kind = [one for one in objects if one["kind"] == kind]
        yield kind.lower(), {"apiVersion": "v1", "kind": "List", "items": of_kind}


def test_folder_made_by_hand_from_the_report() -> None:
    found = load(Chosen(dump=BY_HAND))
    assert answer(diagnose(found.incident, found.sources, found.boundary)) == (
        "external",
        "sock-shop/deployment/stripe-mock",
        "scaled_to_zero",
    )


@pytest.mark.parametrize("run", SAMPLE, ids=lambda run: run.name)
def test_json_answers_like_the_recording(run: Path, tmp_path: Path) -> None:
    for kind, listed in by_kind(items(run)):
        (tmp_path / f"{kind}.txt").write_text(json.dumps(listed, indent=4), encoding="utf-16")
    write_logs(run, tmp_path)
    loaded = load_run(run)
    assert answer(dumped(loaded, tmp_path)) == answer(recorded(loaded))


@pytest.mark.parametrize("run", SAMPLE[::6], ids=lambda run: run.name)
def test_yaml_answers_like_the_recording(run: Path, tmp_path: Path) -> None:
    for kind, listed in by_kind(items(run)):
        (tmp_path / f"{kind}.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    write_logs(run, tmp_path)
    loaded = load_run(run)
    assert answer(dumped(loaded, tmp_path)) == answer(recorded(loaded))


def table(headings: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in (headings, *rows)) + 3 for at in range(len(headings))]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in (headings, *rows)
    )


def cell(one: object, *path: str | int) -> str:
    for step in path:
        one = one.get(step) if isinstance(one, dict) and isinstance(step, str) else one
        one = one[step] if isinstance(one, list) and isinstance(step, int) and len(one) > step else one
    return "<none>" if one in (None, "", {}, []) else str(one)


def labels(one: object, *path: str) -> str:
    for step in path:
        one = one.get(step, {}) if isinstance(one, dict) else {}
    return ",".join(f"{key}={value}" for key, value in one.items()) or "<none>" if isinstance(one, dict) else "<none>"


def deployment_row(one: Json) -> list[str]:
    ready, wanted = cell(one, "status", "readyReplicas"), cell(one, "spec", "replicas")
    containers = ("spec", "template", "spec", "containers", 0)
    return [
        cell(one, "metadata", "namespace"),
        cell(one, "metadata", "name"),
        f"{'0' if ready == '<none>' else ready}/{wanted}",
        "1",
        "0" if ready == "<none>" else ready,
        "24d",
        cell(one, *containers, "name"),
        cell(one, *containers, "image"),
        labels(one, "spec", "selector", "matchLabels"),
    ]


def pod_row(one: Json) -> list[str]:
    place, name = cell(one, "metadata", "namespace"), cell(one, "metadata", "name")
    address, told = cell(one, "status", "podIP"), labels(one, "metadata", "labels")
    return [place, name, "1/1", cell(one, "status", "phase"), "0", "3h", address, "n1", "<none>", "<none>", told]


def service_row(one: Json) -> list[str]:
    port = f"{cell(one, 'spec', 'ports', 0, 'port')}/TCP"
    where = [cell(one, "metadata", "namespace"), cell(one, "metadata", "name"), "ClusterIP"]
    return [*where, cell(one, "spec", "clusterIP"), "<none>", port, "24d", labels(one, "spec", "selector")]


def tables(objects: list[Json]) -> Iterator[tuple[str, str]]:
    listed = {"deployments": deployment_row, "pods": pod_row, "services": service_row}
    headings = {
        "deployments": "NAMESPACE NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR",
        "pods": "NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED_NODE READINESS_GATES LABELS",
        "services": "NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR",
    }
    for kind, row in listed.items():
        rows = [row(one) for one in objects if f"{str(one['kind']).lower()}s" == kind]
        names = [name.replace("_", " ") for name in headings[kind].split()]
        yield kind, f"$ kubectl get {kind} -A -o wide --show-labels\n{table(names, rows)}"


@pytest.mark.parametrize("run", ["sockshop/r-2a6171", "sockshop/r-b02a29"])
def test_tables_tell_the_twins_apart(run: str, tmp_path: Path) -> None:
    """The two incidents of the demo: the stand-in for the vendor at zero, and our own service at zero."""
    text = "\n".join(text for _, text in tables(items(RUNS / run)))
    (tmp_path / "terminal.txt").write_text(text, encoding="utf-8")
    write_logs(RUNS / run, tmp_path)
    loaded = load_run(RUNS / run)
    assert answer(dumped(loaded, tmp_path)) == answer(diagnose(loaded.incident, loaded.sources, loaded.boundary))
