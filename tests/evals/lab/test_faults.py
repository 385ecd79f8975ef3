import re
from pathlib import Path

import pytest
import yaml

from evals.lab.experiment.fault import Fault, fault_names, load_fault
from tools.errors import InputError

SHOP = Path(__file__).parents[3] / "evals" / "lab" / "shop"
FAULTS = [load_fault(name) for name in fault_names()]
TELLTALE = re.compile(
    r"\b(fault|incident|experiment|chaos|inject\w*|simulat\w*|test|outage|internal|external|broken|sabotage\w*)\b",
    re.IGNORECASE,
)


def words_of(fault: Fault) -> set[str]:
    """What the answer says: its mode, in every spelling."""
    modes = [mode for mode in (fault.label.failure_mode, *fault.label.also.failure_modes) if mode]
    return {mode.replace("_", between) for mode in modes for between in "_- "} if fault.change else set()


def seen_in_the_cluster(fault: Fault) -> str:
    """Everything of an experiment that stays readable in the cluster."""
    stage = "\n".join((SHOP / f"{name}.yaml").read_text(encoding="utf-8") for name in ("namespace", *fault.stage))
    words = [word for step in (*fault.change, *fault.undo) for word in step[1:]]
    return "\n".join([stage, *words])


def touched(step: tuple[str, ...]) -> tuple[str, ...]:
    """The namespace where it is not the shop's own, and the object."""
    return next(word for word in step if word.startswith(("deployment/", "service/"))), ("-n" in step and step[1]) or ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_that_stays_in_the_cluster_or_is_asked_gives_the_answer_away(fault: Fault) -> None:
    asked = f"{fault.title}\n{fault.question}"
    found = [word for word in words_of(fault) if word in (asked + seen_in_the_cluster(fault)).casefold()]
    assert not found
    assert not TELLTALE.findall(asked)
    assert not TELLTALE.findall(seen_in_the_cluster(fault))
    assert fault.name not in asked + seen_in_the_cluster(fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_change_is_undone_where_it_was_made(fault: Fault) -> None:
    assert [touched(step) for step in fault.change] == [touched(step) for step in reversed(fault.undo)]
    outside = [step for step in (*fault.change, *fault.undo) if {"-n", "--namespace", "-A"} & set(step)]
    assert fault.cluster == bool(outside)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_stage_is_there(fault: Fault) -> None:
    names = {
        one["metadata"]["name"]
        for name in fault.stage
        for one in yaml.safe_load_all((SHOP / f"{name}.yaml").read_text(encoding="utf-8"))
    }
    assert {"payment", "orders", "customers", "stripe-mock"} <= names
    assert fault.felt is None or fault.felt.deployment in names


def test_an_unknown_fault_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"expected one of .*incident-3, incident-6"):
        load_fault("incident-66")


def test_a_wrong_fault_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("title: x\nquestion: y\nstage: [shop]\nlabel: {verdict: maybe}\n", "utf-8")
    with pytest.raises(InputError, match=r"odd\.yaml: label\.verdict"):
        load_fault("odd", tmp_path)
