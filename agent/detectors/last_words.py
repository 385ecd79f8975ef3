"""What a container said before it ended."""

from msgspec import Struct

from agent.detectors.pod_state import Troubled
from agent.finding import Predicate
from agent.scene import Scene
from tools.callgraph import FAILED
from tools.logs import LogDigest, Mention
from tools.source import LogRef

LAST_MENTIONS = 10
_BENIGN = frozenset(
    {"started", "stopping", "sigterm", "health_ok", "reloaded", "ok", "attempt", "declined", "cancelled"}
)


class LastWords(Struct, frozen=True):
    """What a container said before it ended, the last first."""

    digest: LogDigest
    mentions: tuple[Mention, ...]

    def of(self, *families: str) -> Mention | None:
        """The last own statement of one of the families."""
        return next((one for one in self.mentions if one.family in families and one.kind != "call"), None)

    @property
    def failed_call(self) -> Mention | None:
        """The last failed call."""
        return next((one for one in self.mentions if one.kind == "call" and one.family in FAILED), None)

    def line(self, mention: Mention) -> str:
        """The line of a mention."""
        return self.digest.lines[mention.line]


def last_words(scene: Scene, one: Troubled) -> LastWords:
    """The end of the previous instance's log, else of the current one's: in a crash loop both may be the same."""
    meta = one.pod.metadata
    for previous in (True, False):
        digest = scene.snapshot.logs.get(LogRef(meta.namespace, meta.name, one.status.name, previous))
        if digest is not None and digest.lines:
            telling = [said for said in digest.mentions if said.family not in _BENIGN and said.kind != "served"]
            return LastWords(digest, tuple(reversed(telling[-LAST_MENTIONS:])))
    return LastWords(LogDigest(), ())


def quote_claim(component: str, said: Mention, text: str) -> Predicate:
    """The claim that the component's log counts such a statement."""
    logs = f"logs/{component}"
    if said.kind != "call" or said.target is None:
        return Predicate(text, logs, "contains", "/own", said.family)
    return Predicate(text, logs, "count_at_least", "/lines", 1)
