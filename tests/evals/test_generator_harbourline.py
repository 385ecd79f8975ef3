import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from agent.failure_modes import failure_modes
from evals.generator import __main__ as generator
from evals.generator import harbourline
from evals.generator.harbourline import rates
from evals.generator.kit_run import Run
from evals.lint import lint

SHIPPED = Path(generator.__file__).parent.parent / "runs" / "harbourline"
HARMLESS = {"business_decline", "recovered", "planned_change", "telemetry_outage", "healthy"}
TWINS = [
    ("stripe-503-via-upstream", "gateway-gone"),
    ("rotated-key", "keys-rejected"),
    ("blocked-page", "denied-by-squid"),
    ("rate-up", "rate-flat"),
    ("twilio-certificate", "ca-bundle"),
    ("sendgrid-name", "other-name"),
    ("image-login", "registry-out"),
    ("vendor-slow-first", "throttled-first"),
    ("ledger-incident", "ledger-slots"),
    ("ledger-incident", "ledger-alone"),
    ("healed", "after-healing"),
    ("unused", "twilio-resets"),
]


@cache
def made() -> dict[str, Run]:
    return {run.key.removeprefix("harbourline/"): run for run in harbourline.runs()}


@cache
def rendered() -> dict[str, dict[str, str]]:
    return {run.id: run.files() for run in made().values()}


def files(run: Run) -> dict[str, str]:
    return rendered()[run.id]


def sizes(run: Run) -> int:
    return sum(len(text.encode()) for text in files(run).values())


def test_the_shipped_runs_are_what_the_generator_writes() -> None:
    """Byte for byte; the leak check, which takes long, is the command's."""
    written = {f"{run.id}/{name}": text for run in made().values() for name, text in files(run).items()}
    written["boundary.yaml"] = harbourline.BOUNDARY
    shipped = {path.relative_to(SHIPPED).as_posix(): path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()}
    assert sorted(written) == sorted(shipped)
    assert [name for name, text in written.items() if text.encode() != shipped[name]] == []


def test_generating_twice_gives_the_same() -> None:
    again = {run.key.removeprefix("harbourline/"): run for run in rates.runs()}
    assert again
    assert all(run.files() == files(made()[key]) for key, run in again.items())


def test_the_application_is_found_by_the_command() -> None:
    assert "harbourline" in generator.applications()


def test_every_verdict_has_its_share() -> None:
    counts = Counter(run.label.verdict for run in made().values())
    assert counts["external"] >= 15
    assert counts["internal"] >= 30
    assert counts["no_fault"] >= 8
    assert counts["inconclusive"] >= 4


def test_some_are_asked_by_an_alert_alone_and_some_without_a_namespace() -> None:
    asked = [run.incident for run in made().values()]
    assert sum(one.question is None and one.alert is not None for one in asked) >= 5
    assert any(one.namespace is None and one.alert is not None for one in asked)
    assert any(one.namespace is None and one.question is not None for one in asked)
    assert all(one.question or one.alert for one in asked)


def test_runs_stay_small() -> None:
    large = {key: sizes(run) for key, run in made().items() if sizes(run) > 120_000}
    assert large == {}
    assert sum(map(sizes, made().values())) < 80_000 * len(made())


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_twins_look_alike_and_differ_in_the_answer(one: str, other: str) -> None:
    assert made()[one].label.verdict != made()[other].label.verdict


def test_labels_use_the_closed_lists() -> None:
    known = set(failure_modes())
    for run in made().values():
        label = run.label
        modes = {*label.also.get("failure_modes", ()), *([label.failure_mode] if label.failure_mode else [])}
        assert modes <= known, run.key
        assert (label.verdict == "no_fault") == (label.failure_mode in HARMLESS), run.key
        assert (label.verdict == "inconclusive") == (label.failure_mode is None), run.key


def test_ids_are_opaque_and_unique() -> None:
    ids = [run.id for run in made().values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"r-[0-9a-f]{6}", one) for one in ids)


def test_nothing_of_the_first_application_is_in_it() -> None:
    words = re.compile(r"sock-?shop|stripe-mock|queue-master|weaveworks|powercloud|front-end|rabbitmq", re.IGNORECASE)
    found = {
        f"{key}/{name}": match.group()
        for key, run in made().items()
        for name, text in files(run).items()
        if (match := words.search(text))
    }
    assert found == {}


def test_every_shipped_run_passes_the_linter() -> None:
    folders = sorted(path for path in SHIPPED.iterdir() if path.is_dir())
    assert len(folders) == len(made())
    assert [problem for folder in folders for problem in lint(folder)] == []


def test_an_endpoint_is_a_pod_that_its_service_selects() -> None:
    for run in made().values():
        items = json.loads(files(run)["cluster.json"])["items"] if "cluster.json" in files(run) else []
        pods = {(o["metadata"]["namespace"], o["metadata"]["name"]): o for o in items if o["kind"] == "Pod"}
        services = {(o["metadata"]["namespace"], o["metadata"]["name"]): o for o in items if o["kind"] == "Service"}
        for piece in (o for o in items if o["kind"] == "EndpointSlice"):
            where = piece["metadata"]["namespace"]
            service = services[where, piece["metadata"]["labels"]["kubernetes.io/service-name"]]
            for endpoint in piece["endpoints"] or []:
                labels = pods[where, endpoint["targetRef"]["name"]]["metadata"]["labels"]
                assert service["spec"]["selector"].items() <= labels.items(), run.key


def test_a_failure_begins_after_successes_on_the_same_edge() -> None:
    """The cashier talked to Stripe before it was refused, in the same recording."""
    text = "".join(t for name, t in files(made()["stripe-refuses"]).items() if "/cashier" in name)
    first = min(line.split(" ")[0] for line in text.splitlines() if "200 OK" in line)
    refused = [line.split(" ")[0] for line in text.splitlines() if "Connection refused" in line]
    assert len(refused) >= 4
    assert first < min(refused)


def test_the_run_description_is_the_documented_one() -> None:
    found = yaml.safe_load(files(made()["rate-unknown"])["run.yaml"])
    assert set(found) == {"format", "id", "title", "provenance", "recorded_at", "incident", "boundary", "label"}
    assert found["boundary"] == "../boundary.yaml"
    assert found["label"]["unscored"] == ["component", "failure_mode"]
