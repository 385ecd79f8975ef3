"""Labelled runs with evidence taken away, one kind or several at once: the truth stays, and may become unknowable."""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml
from msgspec import Struct

from evals.metamorphic.base import Base
from evals.metamorphic.drop import may_be_undecided, without_kind, without_managed_fields
from evals.metamorphic.recording import CLUSTER, METRICS, Recording, words
from tools.safe_yaml import load_yaml

GAPS = "gaps.yaml"
KEPT_LINES = 2
"""Of a thinned log one line in so many is left."""
MOST_COMBINED = {2: 6, 3: 4}
"""How many combinations of so many losses are tried on one run."""

_KINDS = {
    "workloads": words("Deployment StatefulSet DaemonSet ReplicaSet Job CronJob"),
    "pods": words("Pod"),
    "network objects": words("Service Endpoints EndpointSlice NetworkPolicy Ingress"),
    "configuration": words("ConfigMap Secret ServiceAccount"),
    "nodes": words("Node"),
    "capacity objects": words(
        "HorizontalPodAutoscaler ResourceQuota PersistentVolumeClaim PersistentVolume StorageClass LimitRange"
    ),
}
"""What a role that may not list these kinds doesn't see."""

Change = Callable[[Recording], Recording]


class Loss(Struct, frozen=True):
    """A kind of evidence, and what takes it away.

    Attributes:
        gone: Whether a claim on evidence of this id has lost its ground.
    """

    name: str
    change: Change
    gone: Callable[[str], bool]


class Degraded(Struct, frozen=True):
    """A run without some of its evidence.

    Attributes:
        open: Whether it may be that nobody can decide any more: what decided is gone.
    """

    name: str
    losses: tuple[str, ...]
    open: bool
    make: Callable[[], Recording]


def degraded(base: Base) -> Iterator[Degraded]:
    """Every loss alone, and always the same sample of several at once."""
    losses = list(losses_of(base))
    for several in [*((one,) for one in losses), *_combined(base.id, losses)]:
        names = tuple(one.name for one in several)
        yield Degraded(
            name=f"{base.id}/without {', '.join(names)}",
            losses=names,
            open=_may_be_open(base, several),
            make=lambda several=several: _without(base.recording, several),  # type: ignore[misc]
        )


def losses_of(base: Base) -> Iterator[Loss]:
    """What the run has and can lose."""
    found = base.recording
    yield from _sources(found)
    if found.logs():
        yield from _logs(base)
    text = found.text(CLUSTER) if CLUSTER in found.files else ""
    for name, kinds in _KINDS.items():
        if any(f'"kind": "{kind}"' in text or f'"kind":"{kind}"' in text for kind in kinds):
            prefixes = tuple(f"{kind.lower()}{plural}/" for kind in kinds for plural in ("", "s"))
            yield Loss(name, _denied(kinds), lambda cited, prefixes=prefixes: cited.startswith(prefixes))  # type: ignore[misc]
    if base.diagnosis.status == "ongoing" or base.diagnosis.failure_mode == "healthy":
        yield Loss("the first half of the window", _later, lambda _: False)


def _sources(found: Recording) -> Iterator[Loss]:
    if METRICS in found.files:
        yield Loss("metrics", lambda run: run.without(METRICS), lambda cited: cited.startswith("metric/"))
    for name, cite in (("datadog", "datadog"), ("status", "status")):
        if any(path.startswith(f"{name}/") for path in found.files):
            yield Loss(name, _without_files(f"{name}/"), lambda cited, cite=cite: cited.startswith(cite))  # type: ignore[misc]
    text = found.text(CLUSTER) if CLUSTER in found.files else ""
    if '"kind": "Event"' in text or '"kind":"Event"' in text:
        yield Loss("events", lambda run: without_kind(run, "Event"), lambda cited: cited.startswith("events/"))
    if '"managedFields"' in text:
        yield Loss("managedFields", without_managed_fields, lambda cited: cited.startswith("changes/"))


def _without_files(prefix: str) -> Change:
    return lambda run: run.without(prefix)


def _logs(base: Base) -> Iterator[Loss]:
    """All logs denied, those of one side denied, and every log thinned."""
    yield Loss("logs", lambda run: _deny_logs(run, run.logs()), lambda cited: cited.startswith("logs/"))
    snapshot = base.scene.snapshot
    where = {name: snapshot.component_of_pod_name(*name.split("/")[1:3]) for name in base.recording.logs()}
    cause = base.diagnosis.component
    for what, about in (("logs of what was asked", base.scene.asked), ("logs of the cause", {cause} - {None})):
        hidden = [name for name, component in where.items() if component in about]
        if hidden and len(hidden) < len(where):
            ids = {f"logs/{component}" for component in about}
            yield Loss(what, _hiding(hidden), lambda cited, ids=frozenset(ids): cited in ids)  # type: ignore[misc]
    half = [name for name in where if _place(where[name]) % 2]
    if half and len(half) < len(where):
        yield Loss("half of the logs", _hiding(half), lambda cited: cited.startswith("logs/"))
    yield Loss("most lines of the logs", _thinned, lambda cited: cited.startswith("logs/"))


def _hiding(names: Sequence[str]) -> Change:
    return lambda run: _deny_logs(run, [name for name in names if name in run.files])


def _deny_logs(run: Recording, names: Sequence[str]) -> Recording:
    rows = []
    for name in names:
        _, namespace, pod, _ = name.split("/")
        run = run.without(name)
        rows.append(_gap("logs", namespace=namespace, pod=pod))
    return _with_gaps(run, rows)


def _thinned(run: Recording) -> Recording:
    texts = {}
    for name in run.logs():
        lines = run.text(name).splitlines(keepends=True)
        texts[name] = "".join(lines[KEPT_LINES - 1 :: KEPT_LINES])
    return run.with_texts(texts)


def _denied(kinds: frozenset[str]) -> Change:
    def change(run: Recording) -> Recording:
        kept = [one for one in run.objects if one["kind"] not in kinds]
        return _with_gaps(run.with_objects(kept), [_gap(kind) for kind in sorted(kinds)])

    return change


def _gap(what: str, **where: str) -> dict[str, str]:
    error = f"{what} is forbidden: User cannot list this resource"
    return {"source": "kubernetes", "what": what, **where, "status": "denied", "error": error}


def _with_gaps(run: Recording, rows: Sequence[Mapping[str, str]]) -> Recording:
    known: Any = load_yaml(run.text(GAPS), GAPS) if GAPS in run.files else []
    return run.with_texts({GAPS: yaml.safe_dump([*known, *rows], sort_keys=False)})


def _later(run: Recording) -> Recording:
    """Asked about the second half of the window only."""
    incident = run.run["incident"]
    start, end = (datetime.fromisoformat(str(incident[name])).astimezone(UTC) for name in ("start", "end"))
    return run.with_run(incident={**incident, "start": (start + (end - start) / 2).isoformat()})


def _without(run: Recording, several: Sequence[Loss]) -> Recording:
    for loss in several:
        run = loss.change(run)
    return run


def _combined(run: str, losses: Sequence[Loss]) -> Iterator[tuple[Loss, ...]]:
    for many, most in MOST_COMBINED.items():
        every = list(itertools.combinations(losses, many))
        every.sort(key=lambda several: _place(f"{run} {[one.name for one in several]}"))
        yield from every[:most]


def _place(text: str) -> int:
    """A number that looks drawn by chance and is always the same."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _may_be_open(base: Base, several: Sequence[Loss]) -> bool:
    """Whether a source is gone that alone tells this mode from its neighbours, or all that was claimed."""
    answer = base.diagnosis
    if any(may_be_undecided(answer, one.name) for one in several):
        return True
    claims = answer.causes[0].claims if answer.causes else answer.claims
    return bool(claims) and all(any(one.gone(claim.evidence) for one in several) for claim in claims)
