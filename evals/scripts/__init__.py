"""Scripts that stand for models: what they answer follows from what they are shown. By name, from a seed."""

from collections.abc import Callable, Mapping

from evals.scripts.able import able
from evals.scripts.adversaries import ADVERSARIES
from evals.scripts.reader import reader
from evals.turns import Script

SCRIPTS: Mapping[str, Callable[[int], Script]] = {**ADVERSARIES, "able": able, "reader": lambda _: reader}
