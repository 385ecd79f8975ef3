"""The installed project: its import names, its start-up, and the network that tests don't have."""

import importlib
import os
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).parent.parent
ROOMS = ("agent", "tools", "prompts", "evals")

# Nothing of these may load before a command runs: together they cost seconds.
LATE = {
    "datadog_api_client",
    "fastapi",
    "kubernetes",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "langgraph",
    "msgspec",
    "openai",
    "prometheus_api_client",
    "promql_parser",
    "pydantic",
    "rich",
    "uvicorn",
    "yaml",
}


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_owns_our_import_names(room: str) -> None:
    # Another project's `tools` or `evals` would overwrite ours without a word from pip.
    assert set(packages_distributions().get(room, [])) <= {"faultside"}


@pytest.mark.parametrize("room", ROOMS)
def test_import_names_resolve_to_this_project(room: str) -> None:
    assert importlib.import_module(room).__file__ == str(ROOT / room / "__init__.py")


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_are_typed_for_those_who_import_them(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()


@pytest.mark.filterwarnings("ignore:A test tried to use socket:UserWarning")
def test_tests_reach_no_network() -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737): nobody answers there.
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_tests_reach_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.mark.parametrize("module", ["agent.cli", "evals.cli", "evals.lab.cli"])
def test_help_imports_no_vendor_library(module: str) -> None:
    said, loaded = started(module, "--help")
    assert "Usage" in said
    assert "typer" in loaded, "the import log was not read"
    assert not {name.partition(".")[0] for name in loaded} & LATE


def test_a_recording_is_diagnosed_without_what_models_and_dumps_need() -> None:
    said, loaded = started(
        "agent.cli", "diagnose", "--mode", "engine", "--run", str(ROOT / "evals/runs/sockshop/r-2a6171")
    )
    assert said.startswith("Looked at")
    assert "agent.diagnose" in loaded, "the import log was not read"
    assert not loaded & {"agent.consult", "agent.settle", "tools.questions", "tools.dump", "tools.kubectl_text"}


def started(module: str, *arguments: str) -> tuple[str, set[str]]:
    """What a command says in a process of its own, and the modules that it imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"from {module} import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "80"},
    )
    imports = [line for line in run.stderr.splitlines() if line.startswith("import time:")]
    assert run.returncode == 0, [line for line in run.stderr.splitlines() if line not in imports]
    return run.stdout, {line.rpartition("|")[2].strip() for line in imports}


@pytest.mark.parametrize("lock", ["core.txt", "build.txt", "dev.txt"])
def test_lock_files_hold_pins_and_hashes_only(lock: str) -> None:
    # Addresses and paths of one machine must not travel; an unhashed line would fail to install.
    text = (ROOT / "requirements" / lock).read_text()
    line = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^\\]+)? \\| {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    assert text
    assert [found for found in text.splitlines() if not line.fullmatch(found)] == []


def test_the_wheel_carries_the_demo() -> None:
    listed = yaml.safe_load((ROOT / "evals/runs/demo.yaml").read_text())["runs"]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    excluded = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"]
    wanted = {f"!/evals/runs/{run}/**" for run in listed}
    assert wanted | {"!/evals/runs/demo.yaml"} <= set(excluded)
