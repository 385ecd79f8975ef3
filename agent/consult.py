"""One investigation by a model: briefed with what the engine has, asked within its bounds, and settled with the engine.

Whatever the model or its endpoint does, the engine's answer is there.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from agent.alone import alone
from agent.briefing import briefing
from agent.budget import Budget, Meter, Prices
from agent.conclusion import Conclusion
from agent.diagnosis import ModelSaid, Provenance, ToolCall
from agent.digest import digest
from agent.investigator import Briefing, Call, Ending, Inquiry, Investigator, Watch
from agent.plain_words import short
from agent.settle import SAYS, Settled, settle
from agent.toolbox import owner_words, toolbox_for
from agent.untrusted import readable
from agent.verdict import Engine
from tools.evidence import Cite
from tools.questions import offered
from tools.source import Sources


class Model(Struct, frozen=True):
    """A model, and how it is used.

    Attributes:
        mode: `hybrid` settles it with the engine; `llm` leaves it alone with the tools, for comparison.
        watch: Told of every step.
    """

    investigator: Investigator
    mode: Literal["hybrid", "llm"] = "hybrid"
    budget: Budget = Budget()
    prices: Prices = Prices()
    watch: Watch = lambda _: None


class Consulted(Struct, frozen=True):
    """What came of it; `cite` knows the tools' answers too."""

    settled: Settled
    ending: Ending
    briefing: Briefing
    inquiry: Inquiry
    cite: Cite


def consult(model: Model, engine: Engine, sources: Sources) -> Consulted:
    """Let the model investigate, and settle what it concludes with the engine."""
    scene, blind = engine.scene, model.mode == "llm"
    toolbox = toolbox_for(scene, sources, engine.boundary)
    read = digest(scene, owner_words(scene, engine.boundary))
    toolbox.answered[read.id] = read
    told = briefing(scene, None if blind else engine.decision, read, toolbox.cite)
    inquiry = Inquiry(told, toolbox, offered(toolbox), Meter(model.budget, model.prices), model.watch)
    ending = model.investigator.investigate(inquiry)
    settling: Callable[[Engine, Conclusion | None, Cite], Settled] = alone if blind else settle
    return Consulted(settling(engine, ending.conclusion, toolbox.cite), ending, told, inquiry, toolbox.cite)


def accounted(provenance: Provenance, model: Model, found: Consulted) -> Provenance:
    """The provenance with what model and engine said, what it cost, and every tool call."""
    meter, settled, said = found.inquiry.meter, found.settled, found.ending.conclusion
    return provenance.model_copy(
        update={
            "mode": model.mode,
            "model": found.ending.model or model.investigator.name,
            "prompt": found.briefing.prompt,
            "tokens": meter.tokens,
            "tokens_in": meter.tokens_in,
            "tokens_out": meter.tokens_out,
            "model_calls": meter.model_calls,
            "cost": round(meter.cost, 6),
            "model_said": _sentence(settled, said) if said else None,
            "settled": SAYS[settled.case] if said else f"no model had a say: {readable(found.ending.why, 300)}",
            "said": _said(settled, said) if said else None,
            "calls": tuple(map(_call, found.inquiry.calls)),
        }
    )


def _sentence(settled: Settled, said: Conclusion) -> str:
    what = f", {settled.failure_mode.replace('_', ' ')} of {short(settled.component)}" if settled.component else ""
    held = sum(claim.verified for claim in settled.claims)
    return f"{said.verdict.replace('_', ' ')}{readable(what, 200)} ({held} of {len(settled.claims)} claims hold)"


def _said(settled: Settled, said: Conclusion) -> ModelSaid:
    return ModelSaid(
        case=settled.case,
        verdict=said.verdict,
        component=settled.component or readable(said.component, 200),
        failure_mode=readable(settled.failure_mode, 60),
        summary=readable(said.summary, 800),
        claims=settled.claims,
    )


def _call(one: Call) -> ToolCall:
    arguments = {readable(name, 60): readable(str(value), 300) for name, value in one.arguments.items()}
    return ToolCall(
        tool=one.tool,
        arguments=dict(arguments),
        evidence=one.evidence,
        status=one.status,
        error=one.error,
        seconds=one.seconds,
    )
