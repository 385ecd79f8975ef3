"""What a scripted model sees, taken apart: the fenced blocks, the engine's verdict and its hypotheses.

A script knows nothing else: it reads the text that a model would read.
"""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from evals.turns import Asked, Call, Turn

_BLOCK = re.compile(r'^<data id="(?P<id>[^"]*)"[^>\n]*>\n(?P<text>.*?)\n?^</data>$', re.MULTILINE | re.DOTALL)
_VERDICT = re.compile(r"\(its verdict: (\w+)\)")
_HYPOTHESIS = re.compile(r"^(\d+)\. (\S+): (\w+)[^\n]*?\((owned|third party|unknown): ([^)]*)\)", re.MULTILINE)
_COMPONENT = re.compile(r"(?<![\w/.-])[a-z0-9-]+/[a-z]+/[a-z0-9][a-z0-9.-]*[a-z0-9]")
SIDES = {"owned": "internal", "third party": "external", "unknown": "inconclusive"}


class Block(Struct, frozen=True):
    """Text of a system, under the id that it is cited by."""

    id: str
    lines: tuple[str, ...]


class Hypothesis(Struct, frozen=True):
    """A cause of the engine; `verdict` is what its owner's side would make of it."""

    number: int
    component: str
    mode: str
    verdict: str
    owner: str


class Screen(Struct, frozen=True):
    """All that was shown so far.

    Attributes:
        verdict: The engine's; empty where the model is told nothing of it.
        components: Every component id in the text, each once.
    """

    blocks: tuple[Block, ...]
    verdict: str
    hypotheses: tuple[Hypothesis, ...]
    components: tuple[str, ...]
    tools: tuple[str, ...]

    def of(self, prefix: str) -> Iterable[Block]:
        """The blocks whose id begins so."""
        return (one for one in self.blocks if one.id.startswith(prefix))


def screen_of(asked: Asked) -> Screen:
    """Read a request."""
    shown = "\n".join(one.text for one in asked.messages if one.role in {"user", "tool"})
    blocks = {
        one["id"]: Block(one["id"], tuple(filter(str.strip, one["text"].splitlines())))
        for one in _BLOCK.finditer(shown)
    }
    verdict = _VERDICT.search(shown)
    return Screen(
        blocks=tuple(blocks.values()),
        verdict=verdict[1] if verdict else "",
        hypotheses=tuple(
            Hypothesis(int(number), component, mode, SIDES[side], owner)
            for number, component, mode, side, owner in _HYPOTHESIS.findall(shown)
        ),
        components=tuple(dict.fromkeys(_COMPONENT.findall(shown))),
        tools=tuple(name for name in asked.offered if name != "Conclusion"),
    )


def cited(block: Block, line: str, says: str = "it says so") -> dict[str, str]:
    """A claim that rests on a line of a block."""
    return {"says": says, "evidence": block.id, "quote": line[:500]}


def concluded(verdict: str, summary: str, **more: Any) -> Turn:  # noqa: ANN401 - the conclusion's own fields
    """A turn that ends the investigation."""
    return Turn(calls=(Call("Conclusion", {"verdict": verdict, "summary": summary, **more}),))
