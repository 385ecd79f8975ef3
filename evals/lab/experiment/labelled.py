"""A recording becomes a labelled run: the lab knows the answer because it made the fault."""

import re
from pathlib import Path

import yaml

from evals.lab.experiment.fault import Fault
from evals.lint import lint
from evals.run import RUN_FILE
from tools.errors import InputError
from tools.safe_yaml import load_document


def add_label(folder: Path, fault: Fault) -> None:
    """Write the title and the label into `run.yaml`, and make sure that nothing else gives them away.

    Raises:
        InputError: the recording is no good run, or gives its answer away.
    """
    path = folder / "run.yaml"
    head = load_document(path, str(path)).value
    assert isinstance(head, dict), "a recorder wrote it"  # noqa: S101
    label = fault.label.model_dump(mode="json", exclude_defaults=True)
    whole = {**head, "title": fault.title, "label": label}
    path.write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
    problems = [*lint(folder), *_named(folder, fault.name)]
    if problems:
        raise InputError(str(folder), None, "; ".join(problems[:3]))


def _named(folder: Path, name: str) -> list[str]:
    """Files that hold the experiment's name; but for `run.yaml`, which has the label too."""
    spelt = re.compile(name.replace("-", "[ _-]?"), re.IGNORECASE)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != RUN_FILE]
    return [f"{path} holds the name {name}" for path in files if spelt.search(path.read_text("utf-8", "replace"))]
