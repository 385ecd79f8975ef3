"""What is wrong with a run before anybody diagnoses it: files that don't load, a label that can't be right, a leak."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent.failure_modes import NOTHING_BROKEN, failure_modes
from agent.run_input import load_run
from evals.run import RUN_FILE, Label, LabelledRun, load_labelled
from tools.errors import InputError
from tools.evidence import Window
from tools.run_folder import read_bytes, read_head
from tools.safe_yaml import load_document

_KEYS = {"format", "id", "title", "provenance", "recorded_at", "incident", "boundary", "label"}
_MOST_BYTES = 512 * 2**20
_ALWAYS = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_WORDS_OF_PROGRAMS = frozenset(
    {
        "certificate_expired",  # a TLS alert's name
        "disk_full",  # SQLSTATE 53100
        "invalid_credentials",  # error code of many login endpoints
        "quota_exceeded",  # error code of many APIs
        "too_many_connections",  # SQLSTATE 53300
    }
)
"""Mode ids that real programs print of themselves, so that their presence gives nothing away."""


def lint(folder: Path) -> list[str]:
    """What is wrong with a run, one line each; empty for a good one."""
    try:
        run = load_labelled(folder)
        _load_everything(folder)
    except InputError as error:
        return [str(error)]
    place = str(folder / RUN_FILE)
    problems = [str(InputError(place, line, text)) for line, text in _unknown_keys(folder)]
    if run.label is not None:
        problems += [str(InputError(place, None, f"label.{text}")) for text in _contradictions(run.label)]
        problems += [str(InputError(where, None, text)) for where, text in _leaks(run, run.label)]
    return problems


def _load_everything(folder: Path) -> None:
    """Read what a diagnosis could read: every file, every log to its end or bound."""
    cluster = load_run(folder).sources.cluster
    logs = folder / "logs"
    if cluster is None or not logs.is_dir():
        return
    for namespace in sorted(path.name for path in logs.iterdir() if path.is_dir()):
        for ref in cluster.log_refs(namespace):
            cluster.logs(ref, _ALWAYS)


def _unknown_keys(folder: Path) -> Iterator[tuple[int | None, str]]:
    """A misspelt `label` would silently make a run unlabelled."""
    path = folder / RUN_FILE
    document = load_document(path, str(path))
    assert isinstance(document.value, dict), "the head was read"  # noqa: S101
    for key in document.value:
        if key not in _KEYS:
            yield document.line(str(key)), f"expected one of {', '.join(sorted(_KEYS))}, got the key {key!r}"


def _contradictions(label: Label) -> Iterator[str]:
    fault = label.verdict in {"internal", "external"}
    group = failure_modes()[label.failure_mode].group if label.failure_mode else None
    if fault and label.component is None and "component" not in label.unscored:
        yield f"component: expected one for the verdict {label.verdict}, got none"
    if fault and label.failure_mode is None and "failure_mode" not in label.unscored:
        yield f"failure_mode: expected one for the verdict {label.verdict}, got none"
    if label.verdict == "no_fault" and group not in {NOTHING_BROKEN, None}:
        yield f"failure_mode: expected one of the group {NOTHING_BROKEN!r} for no_fault, got {label.failure_mode}"
    if fault and group == NOTHING_BROKEN and label.failure_mode != "recovered":
        yield f"failure_mode: expected a fault for the verdict {label.verdict}, got {label.failure_mode}"
    if both := set(label.remediation.must) & set(label.remediation.must_not):
        yield f"remediation: expected each action on one side, got {', '.join(sorted(both))} on both"


def _leaks(run: LabelledRun, label: Label) -> Iterator[tuple[str, str]]:
    """Words of the label in what diagnoses: its ids anywhere, spelt freely in the question and in file names."""
    ids = {mode for mode in (label.failure_mode, *label.also.failure_modes) if mode and "_" in mode} | {"no_fault"}
    told = [re.escape(label.why.strip())] if len(label.why.split()) >= 4 else []
    exact = [rf"\b{one}\b" for one in sorted(ids - _WORDS_OF_PROGRAMS)]
    anywhere = re.compile("|".join([*exact, *told]), re.IGNORECASE)
    asked_for = re.compile("|".join(rf"\b{one.replace('_', '[ _-]')}\b" for one in sorted(ids)), re.IGNORECASE)
    for path in sorted(path for path in run.folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(run.folder))
        if found := asked_for.search(name):
            yield str(path), f"the file's name gives the answer away: {found.group()!r}"
        text = _asked(run.folder) if name == RUN_FILE else read_bytes(path, _MOST_BYTES).decode(errors="replace")
        if found := (asked_for if name == RUN_FILE else anywhere).search(text) or anywhere.search(text):
            yield str(path), f"gives the answer away: {found.group()!r}"


def _asked(folder: Path) -> str:
    """The incident and the id, as text: all of `run.yaml` that a diagnosis sees."""
    head = read_head(folder)
    return f"{head.id} " + msgspec.json.encode(head.incident, enc_hook=str).decode()
