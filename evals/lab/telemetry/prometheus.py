"""Real Prometheus over the samples of a recording, and real Alertmanager behind it."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from evals.lab.debian import Unpacked, unpacked
from evals.lab.telemetry.program import Program
from tools.errors import InputError
from tools.openmetrics import openmetrics_text
from tools.source import Series

PACKAGES = ("prometheus", "prometheus-alertmanager")
_TEMPLATES = "/usr/share/prometheus/alertmanager"
_BACKFILL_SECONDS = 120


def packages() -> Unpacked:
    """The programs, fetched once.

    Raises:
        InputError: they can't be had.
    """
    return unpacked(*PACKAGES)


def backfill(programs: Unpacked, samples: Mapping[str, list[Series]], data: Path) -> None:
    """Write samples with their own times into the data folder of a Prometheus that doesn't run yet.

    Raises:
        InputError: promtool refuses them; with its words.
    """
    if not any(one.points for several in samples.values() for one in several):
        return
    data.mkdir(parents=True, exist_ok=True)
    text = data.parent / "samples.om"
    text.write_text(openmetrics_text(samples), encoding="utf-8")
    command = [str(programs.program("promtool")), "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    done = subprocess.run(  # noqa: S603 - a program that we unpacked
        command, capture_output=True, text=True, check=False, timeout=_BACKFILL_SECONDS
    )
    if done.returncode:
        raise InputError(str(text), None, f"promtool: {done.stderr.strip() or done.stdout.strip()}")


def prometheus(
    programs: Unpacked,
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] = (),
    options: Sequence[str] = (),
) -> Program:
    """A Prometheus over `folder/data`; `settings` as in `prometheus.yml`, `rules` as in a group."""
    rule_file, config = folder / "rules.yml", folder / "prometheus.yml"
    rule_file.write_text(yaml.safe_dump({"groups": [{"name": "lab", "interval": "1s", "rules": list(rules)}]}))
    whole = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(rule_file)]}
    config.write_text(yaml.safe_dump({**whole, **(settings or {})}), encoding="utf-8")
    own = (
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        # Blocks of old recordings would go at once otherwise.
        "--storage.tsdb.retention.time=100y",
        # What fires before the Alertmanager is discovered is dropped, and sent again after a minute otherwise.
        "--rules.alert.resend-delay=2s",
        "--log.level=warn",
    )
    return Program(programs.program("prometheus"), [*own, *options], folder / "prometheus.log")


def alertmanager(programs: Unpacked, folder: Path, webhook: str, token: str) -> Program:
    """An Alertmanager that sends every group to a webhook at once, with a bearer token."""
    config = folder / "alertmanager.yml"
    to = {"url": webhook, "send_resolved": True, "http_config": {"authorization": {"credentials": token}}}
    route = {"receiver": "lab", "group_by": ["alertname", "namespace"], "group_wait": "0s", "group_interval": "1s"}
    receivers = [{"name": "lab", "webhook_configs": [to]}]
    config.write_text(yaml.safe_dump({"route": route, "receivers": receivers}), encoding="utf-8")
    own = (
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    templates = programs.root / _TEMPLATES.lstrip("/")
    return Program(_relocated(programs, folder), own, folder / "alertmanager.log", templates)


def _relocated(programs: Unpacked, folder: Path) -> Path:
    """A copy that takes its templates from where it is started: Debian's build wants them installed, or won't start."""
    copy = folder / "prometheus-alertmanager"
    here = b"." + b"/" * (len(_TEMPLATES) - 1)
    copy.write_bytes(programs.program(copy.name).read_bytes().replace(_TEMPLATES.encode(), here))
    copy.chmod(0o700)
    return copy


def scraping(exporter: str, alerts_to: str) -> dict[str, Any]:
    """Settings that scrape one exporter each second, keep its labels, and send alerts to an Alertmanager."""
    target = exporter.removeprefix("http://")
    dropped = [{"action": "labeldrop", "regex": "exported_.*"}]
    scrape = {
        "job_name": "replay",
        "honor_labels": True,
        "static_configs": [{"targets": [target]}],
        "metric_relabel_configs": dropped,
    }
    to = {"static_configs": [{"targets": [alerts_to.removeprefix("http://")]}]}
    return {"scrape_configs": [scrape], "alerting": {"alertmanagers": [to]}}
