"""How sure an answer is: the chance that its verdict and the component that it names are both right.

What the engine has in hand when it answers is turned into a few numbers from 0 to 1, each made so that more of it
never makes an answer less sure. `calibration.json` holds what each of them is worth; `faultside-evals calibrate`
fits it.
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from agent.finding import Finding
from agent.scene import Scene
from agent.verdict import Decision

TABLE = "calibration.json"
ALL_KINDS = 10
"""So many kinds of objects that could not be read count as all of them."""
SURE = 0.8
"""The strength from which on a finding is a state and no longer a likely reading."""
_SEEN_ITSELF = frozenset({"recovered", "telemetry_outage"})
"""What is seen itself when nothing is broken; the others are told because nobody complains."""

Features = dict[str, float]


class Reserved(Struct, frozen=True):
    """From `above` on a confidence is told only where the fitted chance is `needs` at least."""

    above: float
    needs: float


class Calibration(Struct, frozen=True):
    """What every feature is worth, by kind of answer.

    Attributes:
        maps: Kind to feature to the weight of that feature in a logistic sum; `intercept` is the sum without any.
        least, most: No answer is told to be less or more sure.
        fitted_on: For people: what it was fitted on.
    """

    maps: dict[str, dict[str, float]]
    reserved: Reserved
    least: float
    most: float
    fitted_on: dict[str, int | str] = {}

    def of(self, kind: str, features: Mapping[str, float]) -> float:
        """The confidence of an answer."""
        chance = self.chance(kind, features)
        told = chance if chance >= self.reserved.needs else min(chance, self.reserved.above - 0.01)
        return max(self.least, min(self.most, told))

    def chance(self, kind: str, features: Mapping[str, float]) -> float:
        """The fitted chance of being right."""
        worth = self.maps[kind]
        total = worth["intercept"] + sum(worth[name] * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def confidence_of(scene: Scene, decision: Decision) -> float:
    """The chance that verdict and component are both right."""
    return round(calibration().of(*features_of(scene, decision)), 4)


@cache
def calibration() -> Calibration:
    """The shipped table."""
    return msgspec.json.decode(files("agent").joinpath(TABLE).read_bytes(), type=Calibration)


def features_of(scene: Scene, decision: Decision) -> tuple[str, Features]:
    """The kind of an answer, and what speaks for it."""
    if decision.verdict == "inconclusive":
        measured = scene.snapshot.gap_about("metrics") is None
        return "inconclusive", {"named": float(bool(decision.causes)), "unmeasured": float(not measured)}
    if decision.causes:
        return "cause", {**_of_cause(decision), **_read(scene)}
    return "no_fault", {**_of_health(decision.quiet, len(decision.quiet_more)), **_read(scene), **_measured(scene)}


def _of_cause(decision: Decision) -> Features:
    lead = decision.causes[0].candidate
    strength = lead.finding.strength
    seen = [lead.finding, *(symptom.finding for symptom in lead.explains if symptom.finding)]
    others = (one.candidate for one in (*decision.causes[1:], *decision.ruled_out))
    next_one = max((one.score for one in others if one.finding.component != lead.finding.component), default=0.0)
    return {
        "shown": min(strength, SURE) / SURE,
        "sure": max(0.0, strength - SURE) / (1 - SURE),
        "ahead": _share(lead.score - next_one),
        "sources": _sources([lead.finding]),
        "corroborated": _sources(seen),
    }


def _of_health(quiet: Finding | None, more: int) -> Features:
    return {
        "shown": quiet.strength if quiet else 0.0,
        "seen": float(quiet is not None and quiet.condition in _SEEN_ITSELF),
        "works": _share(more / 2),
    }


def _read(scene: Scene) -> Features:
    """How much of what was asked of the cluster was answered."""
    unread = {gap.what for gap in scene.snapshot.gaps if gap.source == "kubernetes" and gap.what.lower() != "logs"}
    return {"objects": _share(1 - len(unread) / ALL_KINDS), "logs": float(not _is_near_one_unheard(scene))}


def _measured(scene: Scene) -> Features:
    return {"metrics": float(scene.snapshot.gap_about("metrics") is None)}


def _is_near_one_unheard(scene: Scene) -> bool:
    """Whether logs on the asked path, or near the question where it names nobody, could not be read."""
    hidden = (gap for gap in scene.snapshot.gaps if gap.what.lower() == "logs" and gap.pod)
    unheard = {scene.snapshot.component_of_pod_name(gap.namespace, gap.pod) for gap in hidden}
    return any(one in scene.path_of_asked if scene.asked else scene.is_near(one) for one in unheard)


def _sources(findings: Iterable[Finding]) -> float:
    """How many kinds of evidence speak: 0 for one, 1 for three and more."""
    kinds = {claim.evidence.partition("/")[0] for one in findings for claim in one.claims}
    return _share((len(kinds) - 1) / 2)


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))
