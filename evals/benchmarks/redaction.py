"""How many secrets redaction finds, and how much it takes that is none. Run: `python -m evals.benchmarks.redaction`."""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from evals.benchmarks.redaction_benign import benign
from evals.benchmarks.redaction_corpus import Line, secrets
from tools.redact import redacted


class Tally(Struct, frozen=True):
    """The outcome by kind: lines, and how many of them came out wrong."""

    lines: dict[str, int]
    wrong: dict[str, int]
    examples: list[str]

    def share_wrong(self) -> float:
        """Wrong lines by all lines."""
        return sum(self.wrong.values()) / max(1, sum(self.lines.values()))


def measure(lines: Iterable[Line]) -> Tally:
    """Redact every line: a secret must be gone, and a benign line be what it was."""
    seen, wrong, examples = Counter[str](), Counter[str](), []
    for line in lines:
        found = redacted(line.text)
        bad = line.word in found if line.secret else found != line.text
        seen[line.kind] += 1
        wrong[line.kind] += bad
        if bad:
            examples.append(f"{line.kind}: {line.text!r} -> {found!r}")
    return Tally(dict(seen), dict(wrong), examples)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20251111)
    parser.add_argument("--each", type=int, default=400, help="rounds; about 55 secrets each")
    parser.add_argument("--examples", type=int, default=0, help="wrong lines to show")
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - a corpus, no secret of anybody
    for title, tally in (
        ("secrets that stayed", measure(secrets(chance, chosen.each))),
        ("benign lines that were changed", measure(benign(chance, chosen.each))),
    ):
        total = sum(tally.lines.values())
        sys.stdout.write(f"{title}: {sum(tally.wrong.values())} of {total} ({tally.share_wrong():.4%})\n")
        for kind, count in tally.lines.items():
            sys.stdout.write(f"  {kind:20} {tally.wrong[kind]:6} of {count}\n")
        for example in tally.examples[: chosen.examples]:
            sys.stdout.write(f"    {example}\n")


if __name__ == "__main__":
    main()
