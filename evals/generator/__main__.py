"""`python -m evals.generator [FOLDER] [APP ...]`: write the labelled runs below FOLDER (default: evals/runs)."""

import importlib
import pkgutil
import shutil
import sys
from pathlib import Path
from types import ModuleType

import yaml

from evals import generator
from evals.generator.kit_run import Run, write

INTRODUCTION = """\
# Labelled runs

Written by `python -m evals.generator`, byte for byte the same on every machine: change the generator, not the folders.
A run's folder is its id; `faultside-evals lint` checks them all, and no input of a run holds its answer.

Each run says in `provenance` what is `raw`, an `excerpt` or `modelled`. Sock Shop's names, addresses, templates, log
formats and the documented incidents come from the public repository Pvz25/Sock-Shop-New (Apache-2.0); persons' names
are changed. In `cluster.json` fields at their default are left out, and a pod template that the list holds twice;
health checks in logs are thinned to one in some minutes.

`desk/` is not generated: `faultside-lab` recorded it on a real cluster, see docs/lab.md.
"""

RUNS = Path(__file__).parent.parent / "runs"


def applications() -> list[str]:
    """Every sub-package by its name, which is also its folder below `evals/runs`."""
    return sorted(module.name for module in pkgutil.iter_modules(generator.__path__) if module.ispkg)


def load(name: str) -> ModuleType:
    """The package of one application; ImportError when there is none."""
    return importlib.import_module(f"evals.generator.{name}")


def generate(application: ModuleType, folder: Path) -> list[Run]:
    """Write one application's runs and boundary into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "boundary.yaml").write_text(application.BOUNDARY, encoding="utf-8")
    made: list[Run] = application.runs()
    if len({run.id for run in made}) != len(made):
        raise ValueError(f"two runs of {folder.name} share an id")
    for run in made:
        write(run, folder)
    return made


def readme(runs: dict[str, list[Run]]) -> str:
    """The table of all runs."""
    lines = [INTRODUCTION]
    for name, made in runs.items():
        lines += [
            f"## {name} ({len(made)} runs)",
            "",
            "| id | title | verdict | component | failure mode | family | provenance |",
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += [_row(run) for run in sorted(made, key=lambda run: (run.family, run.key))] + [""]
    return "\n".join(lines)


def _row(run: Run) -> str:
    label = run.label
    verdict = " / ".join([label.verdict, *label.also.get("verdicts", ())])
    origin = ", ".join(f"{part} {grade}" for part, grade in run.provenance.items() if part != "from")
    cells = [run.id, run.title, verdict, label.component or "-", label.failure_mode or "-", run.family, origin]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Write what the arguments ask for; the table and the demo list only when all applications are written."""
    target = Path(arguments[0]) if arguments else RUNS
    everything = applications()
    chosen = {name: load(name) for name in arguments[1:] or everything}
    made = {name: generate(module, target / name) for name, module in chosen.items()}
    demo = [
        f"{name}/{run.id}" for name, runs in made.items() for key in chosen[name].DEMO for run in runs if run.key == key
    ]
    if sorted(chosen) == everything:
        (target / "demo.yaml").write_text(yaml.safe_dump({"runs": demo}), encoding="utf-8")
        (target / "README.md").write_text(readme(made), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
