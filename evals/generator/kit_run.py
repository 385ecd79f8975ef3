"""A labelled run as one value, its folder, and the check that nothing in its inputs gives the answer away."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from agent.failure_modes import failure_modes
from evals.generator.kit import Object, stamp
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_datadog import Datadog
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics

TELLTALES = {
    "incident": r"incident[-_ ]?\d",
    "test": r"\btest(s|ed|ing)?\b",
    "activate": r"\bactivate",
    "third": r"third[-_ ]party",
    "ground": r"ground.?truth",
    **{word: word for word in ("chaos", "drill", "experiment", "labelled", "verdict", "no_fault", "inject", "simulat")},
    **{word: re.escape(word) for word in ("scaled by", ".ps1", "root cause")},
    **{mode: rf"\b{mode}\b" for mode in failure_modes() if "_" in mode},
}
"""Lower-case fragment to the pattern that makes it a telltale; the fragments keep the check of megabytes quick."""
MODES_IN_WORDS = re.compile(
    r"\b(scaled? (down )?to (0|zero)|out of memory|oom|typo|misspel|third.?party|our fault)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Label:
    """The answer, field for field the `label` block of run.yaml.

    `also` holds `components`, `failure_modes`, `verdicts`.
    """

    verdict: str
    component: str | None
    failure_mode: str | None
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    why: str
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mention: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()
    detail: str | None = None


@dataclass(frozen=True)
class Incident:
    """What the person on call knows. Either a question or an alert is there."""

    start: datetime
    end: datetime
    question: str | None = None
    alert: Object | None = None
    namespace: str | None = None


@dataclass
class Run:
    """`key` names the run inside the generator only; the id is a hash of it. `family` groups rows of the table."""

    key: str
    title: str
    family: str
    recorded_at: datetime
    incident: Incident
    label: Label
    provenance: dict[str, str]
    cluster: Cluster | str | None = None
    logs: Logs | None = None
    metrics: Metrics | None = None
    datadog: Datadog | None = None
    statuses: dict[str, Object] = field(default_factory=dict)
    gaps: list[dict[str, str]] = field(default_factory=list)
    event_ttl: float = 3600
    logs_from: datetime | None = None

    @property
    def id(self) -> str:
        """Opaque, and the same for the same key."""
        return "r-" + hashlib.sha256(f"faultside run {self.key}".encode()).hexdigest()[:6]

    def files(self) -> dict[str, str]:
        """Relative path to text of every file of the run's folder."""
        found: dict[str, str] = {"run.yaml": _yaml(self._description())}
        if self.cluster is not None:
            text = (
                self.cluster if isinstance(self.cluster, str) else self.cluster.render(self.recorded_at, self.event_ttl)
            )
            found["cluster.json"] = text
        if self.logs is not None:
            since = self.logs_from or self.incident.start - timedelta(minutes=60)
            found |= self.logs.files(since, self.recorded_at)
        if self.metrics is not None:
            found["metrics.om"] = self.metrics.text(self.recorded_at)
        if self.datadog is not None:
            found |= self.datadog.files(self.recorded_at)
        found |= {
            f"status/{name}.json": json.dumps(feed, indent=1, ensure_ascii=False) + "\n"
            for name, feed in self.statuses.items()
        }
        if self.gaps:
            found["gaps.yaml"] = _yaml(self.gaps)
        return found

    def _description(self) -> Object:
        asked: Object = {
            key: value for key, value in (("question", self.incident.question), ("alert", self.incident.alert)) if value
        }
        asked |= {"namespace": self.incident.namespace} if self.incident.namespace else {}
        asked |= {"start": stamp(self.incident.start), "end": stamp(self.incident.end)}
        body: Object = {"format": 1, "id": self.id, "title": self.title, "provenance": self.provenance}
        body |= {"recorded_at": stamp(self.recorded_at), "incident": asked, "boundary": "../boundary.yaml"}
        return body | {"label": _label(self.label)}


def _label(label: Label) -> Object:
    also = {key: list(label.also.get(key, ())) for key in ("components", "failure_modes", "verdicts")}
    body: Object = {
        "verdict": label.verdict,
        "component": label.component,
        "failure_mode": label.failure_mode,
    }
    body |= {"detail": label.detail} if label.detail else {}
    body["also"] = also
    body["remediation"] = {"must": list(label.must), "must_not": list(label.must_not)}
    return body | {"mention": list(label.mention), "unscored": list(label.unscored), "why": label.why}


class _Plain(yaml.SafeDumper):
    """Writes a value that occurs twice twice, without anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def leaks(run: Run, files: dict[str, str] | None = None) -> list[str]:
    """Every place in what a diagnosis may see that gives the answer away; empty when the run is fair.

    `files` are the run's, when they are there already.
    """
    asked = yaml.safe_dump({"question": run.incident.question, "alert": run.incident.alert, "id": run.id})
    inputs = {name: text for name, text in (files or run.files()).items() if name != "run.yaml"} | {"incident": asked}
    found = [f"{name}: {told!r}" for name, text in inputs.items() for told in [*_told(text), *_told(name)]]
    found += [f"incident: {match.group()!r}" for match in MODES_IN_WORDS.finditer(asked)]
    culprit = re.escape((run.label.component or "").rpartition("/")[2])
    named = rf"\b{culprit}\b" if "-" in culprit else rf"\b{culprit} (service|pod|deployment|container)\b"
    if run.label.verdict in ("internal", "external") and culprit and re.search(named, run.incident.question or ""):
        found.append(f"incident: the question names {culprit}")
    return found


def _told(text: str) -> list[str]:
    lower = text.lower()
    patterns = [pattern for fragment, pattern in TELLTALES.items() if fragment in lower]
    return [match.group() for pattern in patterns for match in re.finditer(pattern, lower)]


def write(run: Run, folder: Path) -> Path:
    """Write the run below `folder`; ValueError when it leaks its answer."""
    files = run.files()
    problems = leaks(run, files)
    if problems:
        raise ValueError(f"{run.key} gives its answer away: {'; '.join(problems[:5])}")
    target = folder / run.id
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return target
