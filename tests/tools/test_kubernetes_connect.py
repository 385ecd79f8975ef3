"""Finding the way to a cluster: what is wrong with it is said in one line, and nothing is sent."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.store import Store
from tools.errors import InputError
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect

CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""Of nobody but the tests: 127.0.0.1, signed by itself."""

PLUGIN = """apiVersion: v1
kind: Config
current-context: plugged
clusters: [{{name: c, cluster: {{server: "{url}"}}}}]
users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: "{command}"}}}}}}]
contexts: [{{name: plugged, context: {{cluster: c, user: u, namespace: shop}}}}]
"""


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(Answers(Store(name="empty", objects={}))) as running:
        yield running


def _plugged(server: ApiServer, folder: Path, script: str) -> Path:
    command = folder / "plugin"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    config = folder / "kubeconfig"
    config.write_text(PLUGIN.format(url=server.url, command=command))
    return config


def test_a_context_brings_its_server_token_and_namespace(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig", "shop")
    for context in (None, "loopback"):
        connection = connect(str(config), context)
        assert (connection.name, connection.namespace, connection.address) == ("loopback", "shop", server.url)
        assert LiveCluster(connection).objects("Pod", None).status == "empty"
        connection.close()


def test_several_files_are_one_kubeconfig(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    connection = connect(f"{tmp_path / 'missing'}{os.pathsep}{config}", None)
    assert connection.name == "loopback"
    connection.close()


def test_a_credentials_plugin_is_asked_for_the_token(server: ApiServer, tmp_path: Path) -> None:
    said = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"loopback"}}'
    connection = connect(str(_plugged(server, tmp_path, f"echo '{said}'")), None)
    assert LiveCluster(connection).objects("Pod", None).status == "empty"
    connection.close()


def test_a_credentials_plugin_that_fails_is_told_and_nobody_asks_as_nobody(server: ApiServer, tmp_path: Path) -> None:
    config = _plugged(server, tmp_path, "echo 'token has expired, log in again' >&2; exit 3")
    with pytest.raises(InputError, match=r"context plugged: .*returned 3"):
        connect(str(config), None)
    assert server.requests == []


def test_a_credentials_plugin_that_hangs_is_not_waited_for(server: ApiServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"did not answer within 0\.5 s"):
        connect(str(_plugged(server, tmp_path, "exec sleep 3")), None, plugin_seconds=0.5)


@pytest.mark.parametrize(
    "text",
    ["", "- a list", "{}", "just words", "clusters: 5", "current-context: x", "\x00\x01", "a: [", "kind: Config"],
)
def test_a_file_that_is_no_kubeconfig_is_wrong_input(text: str, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(text)
    with pytest.raises(InputError) as caught:
        connect(str(config), None)
    assert "\n" not in str(caught.value)


def test_a_context_that_is_not_there_is_told_with_those_that_are(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    with pytest.raises(InputError, match=r"--context: expected a context of .* \(loopback\), got 'prod'"):
        connect(str(config), "prod")


def test_no_kubeconfig_anywhere_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match="found no kubeconfig; name one with --kubeconfig FILE"):
        connect(None, None)
    with pytest.raises(InputError, match="expected a kubeconfig file"):
        connect(str(tmp_path / "missing"), None)


def test_a_certificate_is_trusted_when_its_authority_is_named_and_only_then(tmp_path: Path) -> None:
    with ApiServer(Answers(Store(name="empty", objects={})), certificate=CERTIFICATE) as server:
        trusted = connect(str(server.kubeconfig(tmp_path / "trusted", trust=CERTIFICATE)), None)
        assert LiveCluster(trusted).objects("Pod", None).status == "empty"
        trusted.close()
        asked = len(server.requests)
        unknown = connect(str(server.kubeconfig(tmp_path / "unknown")), None)
        answer = LiveCluster(unknown).objects("Pod", None)
        unknown.close()
    assert answer.status == "error"
    assert "cannot be reached" in answer.error
    assert "CERTIFICATE_VERIFY_FAILED" in answer.error
    assert len(server.requests) == asked
