"""Cedarcare, a group of clinics: an invented application on Go, .NET and Python, with faults on all sides."""

from evals.generator.cedarcare import (
    demand,
    faults,
    images,
    nodes,
    outside,
    probes,
    programs,
    proxies,
    quiet,
    rollouts,
    volumes,
)
from evals.generator.cedarcare.facts import BOUNDARY
from evals.generator.kit_run import Run

__all__ = ["BOUNDARY", "DEMO", "runs"]

DEMO: list[str] = []


def runs() -> list[Run]:
    """All runs of the clinics."""
    parts = (demand, faults, images, nodes, outside, probes, programs, proxies, quiet, rollouts, volumes)
    return [run for part in parts for run in part.runs()]
