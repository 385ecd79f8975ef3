"""The table of families, and the wrong variants by name."""

from collections import Counter

from evals.metamorphic.families import FAMILIES
from evals.metamorphic.suite import Outcome


def render(outcome: Outcome) -> str:
    """What the command prints."""
    families = [family.name for family in FAMILIES]
    all_of = Counter(result.family for result in outcome.results)
    right = Counter(result.family for result in outcome.results if result.right)
    width = max(len(name) for name in families)
    lines = [f"{'family':<{width}}  variants  right  wrong"]
    rows = [*((name, all_of[name], right[name]) for name in families), ("all", all_of.total(), right.total())]
    lines += [f"{name:<{width}}  {total:>8}  {good:>5}  {total - good:>5}" for name, total, good in rows]
    if outcome.results:
        lines.append(f"share right {share(outcome):.4f}")
    wrong = [result for result in outcome.results if not result.right]
    if wrong:
        lines += ["", "wrong:"]
    for result in wrong:
        lines += [f"  {result.variant}", *(f"    {fault}" for fault in result.faults)]
    if outcome.skipped:
        lines += ["", "runs that serve only where the same answer is asked for, or not at all:"]
        lines += [f"  {one.run}: {one.why}" for one in outcome.skipped]
    return "\n".join(lines) + "\n"


def share(outcome: Outcome) -> float:
    """The share of right variants; 0 without any."""
    return sum(result.right for result in outcome.results) / len(outcome.results) if outcome.results else 0.0
