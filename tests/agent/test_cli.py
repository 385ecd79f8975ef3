import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from agent.cli.shown import without_credentials
from agent.report.json_form import schema

Run = Callable[..., subprocess.CompletedProcess[str]]


def _one_line(ran: subprocess.CompletedProcess[str]) -> str:
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("faultside: ")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


def test_a_recording_is_diagnosed(faultside: Run, run_folder: Path) -> None:
    ran = faultside("diagnose", "--run", run_folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[0].startswith("Looked at recording r-0001")
    assert ran.stdout.splitlines()[2].startswith("EXTERNAL — Stripe (shop/deployment/gateway), scaled to zero")


def test_json_fits_the_schema(faultside: Run, run_folder: Path) -> None:
    found = json.loads(faultside("diagnose", "--run", run_folder, "--format", "json").stdout)
    jsonschema.validate(found, schema())
    assert (found["verdict"], found["component"]) == ("external", "shop/deployment/gateway")


def test_the_label_is_never_read(faultside: Run, run_folder: Path) -> None:
    path = run_folder / "run.yaml"
    with_label = faultside("diagnose", "--run", run_folder).stdout
    path.write_text(path.read_text().partition("label:")[0])
    assert faultside("diagnose", "--run", run_folder).stdout == with_label
    assert "SECRET-LABEL" not in with_label


def test_the_answer_goes_to_a_file(faultside: Run, run_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    ran = faultside("diagnose", "--run", run_folder, "--format", "markdown", "--out", out)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert out.read_text().startswith("# Incident report: external, gateway")


def test_another_boundary_turns_the_verdict(faultside: Run, run_folder: Path, tmp_path: Path) -> None:
    boundary = tmp_path / "boundary.yaml"
    boundary.write_text("version: 1\nowned: [{namespaces: [shop]}]\n")
    ran = faultside("diagnose", "--run", run_folder, "--boundary", boundary)
    assert ran.stdout.splitlines()[2].startswith("INTERNAL — ours (shop/deployment/gateway), scaled to zero")


def test_options_replace_parts_of_the_incident(faultside: Run, run_folder: Path, tmp_path: Path) -> None:
    alert = tmp_path / "alert.json"
    alert.write_text(
        json.dumps(
            {
                "version": "4",
                "status": "firing",
                "alerts": [
                    {
                        "status": "firing",
                        "labels": {"alertname": "PaymentErrors", "namespace": "elsewhere"},
                        "annotations": {"runbook_url": "https://runbooks.corp.example/payment"},
                        "startsAt": "2025-11-11T06:38:00Z",
                    }
                ],
            }
        )
    )
    options = ("--alert", alert, "--start", "2025-11-11T12:00:00+05:30", "--end", "2025-11-11T06:39:00Z", "-n", "shop")
    found = json.loads(
        faultside("diagnose", "Is the gateway down?", "--run", run_folder, *options, "--format", "json").stdout
    )
    assert found["incident"]["question"] == "Is the gateway down?"
    assert found["incident"]["namespace"] == "shop"
    assert found["incident"]["window"] == {"start": "2025-11-11T06:30:00Z", "end": "2025-11-11T06:39:00Z"}
    assert found["incident"]["runbooks"] == ["https://runbooks.corp.example/payment"]


def test_since_counts_back_from_the_runs_end(faultside: Run, run_folder: Path) -> None:
    found = json.loads(faultside("diagnose", "--run", run_folder, "--since", "1h30m", "--format", "json").stdout)
    assert found["incident"]["window"] == {"start": "2025-11-11T05:10:00Z", "end": "2025-11-11T06:40:00Z"}


def test_without_any_source_the_answer_is_printed_and_says_so(faultside: Run, run_folder: Path) -> None:
    (run_folder / "cluster.json").unlink()
    (run_folder / "logs" / "shop" / "payment-7f-x1" / "payment.log").unlink()
    ran = faultside("diagnose", "--run", run_folder)
    assert ran.returncode == 3
    assert ran.stdout.splitlines()[2].startswith("INCONCLUSIVE")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diagnose"], "expected QUESTION, --alert FILE, --run DIR or --dump DIR, got neither"),
        (["diagnose", "--mode", "guess"], "guess"),
        (["diagnose", "--model", "m", "--max-cost", "1"], "--max-cost: expected the price of a million tokens"),
        (["diagnose", "--run", "nowhere"], "nowhere: expected a run folder, found nothing"),
        (["diagnose", "--form", "text"], "No such option"),
        (["diagnose", "--format", "pdf"], "pdf"),
        (["show", "mode", "scaled_to_nil"], "did you mean scaled_to_zero"),
        (["show", "boundary", "--run", "nowhere"], "expected a run folder"),
        (["show", "run", "nowhere"], "expected a run folder"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_input_is_one_line(faultside: Run, arguments: list[str], said: str) -> None:
    assert said in _one_line(faultside(*arguments))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "--since: expected a length of time such as 30m"),
        (["--since", "0m"], "--since: expected a length of time"),
        (["--since", "5m", "--start", "2025-11-11T06:00:00Z"], "got both"),
        (["--start", "06:30"], "--start: expected a time with its zone"),
        (["--start", "2025-11-11T06:30:00"], "--start: expected a time with its zone"),
        (["--start", "2025-11-11T06:50:00Z"], "expected start before end"),
        (["--alert", "nowhere.json"], "nowhere.json: cannot be read"),
        (["--boundary", "nowhere.yaml"], "nowhere.yaml"),
        (["--out", "no/such/folder/x"], "cannot be written"),
    ],
)
def test_wrong_options_of_a_run_are_one_line(faultside: Run, run_folder: Path, options: list[str], said: str) -> None:
    assert said in _one_line(faultside("diagnose", "--run", run_folder, *options))


@pytest.mark.parametrize("body", ["{", "[]", '{"a": 1}', '{"labels": 5}', '{"alerts": []}', "[" * 100_000, "\udcff"])
def test_a_broken_alert_is_one_line(faultside: Run, run_folder: Path, tmp_path: Path, body: str) -> None:
    alert = tmp_path / "alert.json"
    alert.write_bytes(body.encode(errors="surrogateescape"))
    assert "alert.json" in _one_line(faultside("diagnose", "--run", run_folder, "--alert", alert))


def test_show_boundary_says_whose_and_why(faultside: Run, run_folder: Path) -> None:
    ran = faultside("show", "boundary", "--run", run_folder)
    assert ran.returncode == 0
    lines = ran.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("shop/deployment/gateway"))
    assert lines[at].split() == ["shop/deployment/gateway", "third", "party", "Stripe"]
    assert "workload rule 'shop/gateway'" in " ".join(lines[at + 1 : at + 3])
    assert "shop/deployment/payment" in ran.stdout


def test_show_graph_says_how_a_call_is_known(faultside: Run, run_folder: Path) -> None:
    ran = faultside("show", "graph", "--run", run_folder)
    assert "shop/deployment/payment -> shop/deployment/gateway" in ran.stdout
    assert "seen in use, 3 log lines: 3 refused" in ran.stdout
    assert "configured, env PAYMENT_GATEWAY_URL=http://gateway" in ran.stdout


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("amqp://guest:s3cr/et@rabbitmq:5672/", "amqp://…@rabbitmq:5672/"),
        ("root:s3cr@et@tcp(db:3306)/shop", "…@tcp(db:3306)/shop"),
        ("mysql://db:3306/shop?user=a&password=s3cret&ssl=1", "mysql://db:3306/shop?user=a&password=…&ssl=1"),
        ("https://t0ken@gateway/v1", "https://…@gateway/v1"),
        ("http://gateway:80/v1", "http://gateway:80/v1"),
        ("user-db:27017", "user-db:27017"),
    ],
)
def test_a_shown_setting_keeps_its_password_to_itself(value: str, shown: str) -> None:
    assert without_credentials(value) == shown


def test_show_run_counts_what_is_there_and_hides_the_label(faultside: Run, run_folder: Path) -> None:
    said = faultside("show", "run", run_folder).stdout
    assert "2 Deployment, 1 Pod, 2 Service" in said
    assert "1 (1 in shop), " in said
    assert "logs are forbidden" in said
    assert "SECRET-LABEL" not in said


def test_show_explains_modes_and_providers(faultside: Run) -> None:
    assert "told from" in faultside("show", "mode", "scaled_to_zero").stdout
    assert "scaled_to_zero" in faultside("show", "modes").stdout
    assert "Stripe" in faultside("show", "providers", "stripe").stdout
    assert "0 known third parties match 'no-such-provider'" in faultside("show", "providers", "no-such-provider").stdout


def test_show_schema_is_the_published_one(faultside: Run) -> None:
    assert json.loads(faultside("show", "schema").stdout) == schema()


@pytest.mark.parametrize("arguments", [[], ["show"], ["--help"], ["diagnose", "--help"]])
def test_help_is_an_answer(faultside: Run, arguments: list[str]) -> None:
    ran = faultside(*arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Usage: " in ran.stdout


def test_the_version_is_the_installed_one(faultside: Run) -> None:
    assert faultside("--version").stdout.startswith("faultside 0.")


def test_the_demo_shows_both_sides(faultside: Run) -> None:
    ran = faultside("demo")
    assert ran.returncode == 0
    assert ran.stdout.index("\nEXTERNAL — ") < ran.stdout.index("\nINTERNAL — ours")


def _process(*arguments: str, piped: str = "") -> subprocess.CompletedProcess[str]:
    command = f"{sys.executable} -m agent.cli {' '.join(arguments)} {piped}"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=os.environ)


def test_a_closed_pipe_is_quiet() -> None:
    ran = _process("show", "schema", piped="| true; exit ${PIPESTATUS[0]}")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_ctrl_c_leaves_quietly(run_folder: Path, tmp_path: Path) -> None:
    alert = tmp_path / "alert.json"
    os.mkfifo(alert)
    command = [sys.executable, "-m", "agent.cli", "diagnose", "--run", str(run_folder), "--alert", str(alert)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as running:
        # Opens for writing once the command reads, and stays open: an end would be an empty alert. A signal that comes
        # just before the read waits for it, so a second one wakes it.
        with alert.open("wb"):
            while running.poll() is None:
                running.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    running.wait(timeout=10)
        said = running.communicate(timeout=60)
    assert (running.returncode, *said) == (130, "", "")


BY_HAND = Path(__file__).parents[1] / "dumps" / "incident-6"


def test_dump_is_diagnosed_and_says_what_it_assumed(faultside: Run) -> None:
    ran = faultside("diagnose", "--dump", BY_HAND)
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[0].startswith("Looked at dump incident-6, namespace sock-shop, 2025-11-07 14:47:04Z")
    assert ran.stdout.splitlines()[2].startswith("EXTERNAL — Stripe (sock-shop/deployment/stripe-mock), scaled to zero")
    assert "taken as printed at 2025-11-07 15:17:04Z: the latest time in them, in payment.log" in ran.stdout
    assert all(line.startswith("faultside: note: ") for line in ran.stderr.splitlines())


def test_window_flags_work_on_a_dump(faultside: Run) -> None:
    asked = ("--since", "10m", "--at", "2025-11-07T15:18:00Z", "-n", "sock-shop", "--format", "json")
    found = json.loads(faultside("diagnose", "Why?", "--dump", BY_HAND, *asked).stdout)
    jsonschema.validate(found, schema())
    assert found["incident"]["window"] == {"start": "2025-11-07T15:08:00Z", "end": "2025-11-07T15:18:00Z"}
    assert found["incident"]["question"] == "Why?"


def test_alert_opens_the_window_of_a_dump(faultside: Run, tmp_path: Path) -> None:
    alert = {"labels": {"alertname": "PaymentsFail", "namespace": "sock-shop"}, "startsAt": "2025-11-07T15:16:00Z"}
    (tmp_path / "alert.json").write_text(json.dumps(alert), encoding="utf-8")
    asked = ("--alert", tmp_path / "alert.json", "--format", "json")
    found = json.loads(faultside("diagnose", "--dump", BY_HAND, *asked).stdout)
    assert found["incident"]["window"]["start"] == "2025-11-07T15:06:00Z"
    assert found["incident"]["question"] == ""


def test_show_takes_a_dump(faultside: Run) -> None:
    assert "payment -> sock-shop/deployment/stripe-mock" in faultside("show", "graph", "--dump", BY_HAND).stdout
    assert "Stripe" in faultside("show", "boundary", "--dump", BY_HAND).stdout


def test_wrong_dump_is_one_line(faultside: Run, run_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "the folder holds no files" in _one_line(faultside("diagnose", "--dump", tmp_path / "empty"))
    assert "expected a folder" in _one_line(faultside("diagnose", "--dump", tmp_path / "nowhere"))
    assert "got both" in _one_line(faultside("diagnose", "--dump", tmp_path, "--run", run_folder))
    assert "--at" in _one_line(faultside("diagnose", "--run", run_folder, "--at", "2025-11-07T15:18:00Z"))
    assert "got neither" in _one_line(faultside("show", "graph"))
