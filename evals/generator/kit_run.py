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

TELLTALES = re.compile(
    "|".join(
        (
            r"incident[-_ ]?\d",
            r"\btest(s|ed|ing)?\b",
            r"\b(chaos|drill|experiment\w*|activate\w*|labelled|verdict|no_fault)\b",
            r"inject|simulat|scaled by|\.ps1\b|ground.?truth|third[-_ ]party|root cause",
            *(rf"\b{mode}\b" for mode in failure_modes() if "_" in mode),
        )
    ),
    re.IGNORECASE,
)
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
        "also": also,
    }
    body["remediation"] = {"must": list(label.must), "must_not": list(label.must_not)}
    return body | {"mention": list(label.mention), "unscored": list(label.unscored), "why": label.why}


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def leaks(run: Run) -> list[str]:
    """Every place in what a diagnosis may see that gives the answer away; empty when the run is fair."""
    asked = yaml.safe_dump({"question": run.incident.question, "alert": run.incident.alert, "id": run.id})
    inputs = {name: text for name, text in run.files().items() if name != "run.yaml"} | {"incident": asked}
    found = [f"{name}: {match.group()!r}" for name, text in inputs.items() for match in TELLTALES.finditer(text)]
    found += [f"{name}: in the file's name" for name in inputs if TELLTALES.search(name)]
    found += [f"incident: {match.group()!r}" for match in MODES_IN_WORDS.finditer(asked)]
    culprit = re.escape((run.label.component or "").rpartition("/")[2])
    named = rf"\b{culprit}\b" if "-" in culprit else rf"\b{culprit} (service|pod|deployment|container)\b"
    if run.label.verdict in ("internal", "external") and culprit and re.search(named, run.incident.question or ""):
        found.append(f"incident: the question names {culprit}")
    return found


def write(run: Run, folder: Path) -> Path:
    """Write the run below `folder`; ValueError when it leaks its answer."""
    problems = leaks(run)
    if problems:
        raise ValueError(f"{run.key} gives its answer away: {'; '.join(problems[:5])}")
    target = folder / run.id
    for name, text in run.files().items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return target
