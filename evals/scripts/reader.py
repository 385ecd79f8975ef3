"""A scripted investigator that reads: it asks a fixed set of tools, and looks for known words in what they print.

It stands for a model of modest wit. It sees nothing but the text that a model sees, follows one strategy for every
incident (states first, then changes, then failing calls), and knows no run.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from evals.turns import Asked, Call, Turn
from tools.safe_yaml import load_yaml

_BLOCK = re.compile(r'^<data id="([^"]*)"[^>\n]*>\n(.*?)\n?^</data>$', re.MULTILINE | re.DOTALL)
_NAMESPACE = re.compile(r"^Window:.*namespace: (\S+)$", re.MULTILINE)
_VERDICT = re.compile(r"\(its verdict: (\w+)\)")
_FAILING = re.compile(r"^(\S+) -> (\S+): (\d+) of \d+ calls failed", re.MULTILINE)
_ELSEWHERE = re.compile(
    r"(?<![\w./-])([a-z0-9-]+)/(?:(?:deployment|statefulset|daemonset|service)/)?[a-z0-9][a-z0-9.-]+"
)
_KINDS = frozenset({"deployment", "statefulset", "daemonset", "service", "replicaset"})
_TOOLS = ("pod_status", "replica_counts", "recent_changes", "search_logs")
_MOST_NAMESPACES = 3


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """Words in a line of one tool's answer, and the failure mode that they tell of."""

    tool: str
    words: str
    mode: str
    also: str = ""


@cache
def rules() -> tuple[Rule, ...]:
    """The reader's rules in their order."""
    text = files("evals.scripts").joinpath("reader.yaml").read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text, "reader.yaml"), dict[str, tuple[Rule, ...]])["rules"]


class Seen(Struct, frozen=True):
    """A rule that fits a line."""

    order: int
    mode: str
    who: str
    namespace: str
    block: str
    line: str


def reader(asked: Asked) -> Turn:
    """The reader's next turn: look, look next door, conclude."""
    shown = "\n".join(one.text for one in asked.messages if one.role in {"user", "tool"})
    blocks = dict(_BLOCK.findall(shown))
    wanted = [
        Call(tool, {"namespace": namespace})
        for namespace in _namespaces(shown, blocks)
        for tool in _TOOLS
        if tool in asked.offered and not any(name.startswith(f"{tool}/{namespace}") for name in blocks)
    ]
    if wanted and asked.round < 2:
        return Turn(calls=tuple(wanted))
    return _concluded(shown, blocks)


def _namespaces(shown: str, blocks: dict[str, str]) -> list[str]:
    """The asked namespace, and those that its failing calls lead to."""
    asked = _NAMESPACE.search(shown)
    text = "\n".join(line for line in blocks.get("sweep", "").splitlines() if "->" in line or "asked about" in line)
    text += "\n".join(line for name, block in blocks.items() for line in block.splitlines() if "failed (" in line)
    named = [asked[1]] if asked and asked[1] != "not" else []
    named += [one for one in _ELSEWHERE.findall(text) if one not in _KINDS]
    return list(dict.fromkeys(named))[:_MOST_NAMESPACES]


def _concluded(shown: str, blocks: dict[str, str]) -> Turn:
    seen = sorted(_seen(blocks), key=lambda one: (not _concerns(one, blocks), one.order))
    if not seen:
        verdict = _VERDICT.search(shown)
        kept = verdict[1] if verdict else "inconclusive"
        said = {"verdict": kept, "hypothesis": 1, "summary": "nothing else is seen"}
        return Turn(calls=(Call("Conclusion", said),))
    best = seen[0]
    claim = {"says": f"{best.who}: {best.mode}", "evidence": best.block, "quote": best.line[:300]}
    outside = "/" not in best.who and "." in best.who
    theirs = outside or f"{best.who.rpartition('/')[2]} third party" in blocks.get("sweep", "")
    said = {
        "verdict": "external" if theirs else "internal",
        "component": best.who if outside or best.who.count("/") != 1 else f"{best.namespace}/{best.who}",
        "failure_mode": best.mode,
        "summary": f"{best.who} shows {best.mode.replace('_', ' ')}.",
        "claims": [claim],
    }
    return Turn(calls=(Call("Conclusion", said),))


def _seen(blocks: dict[str, str]) -> Iterator[Seen]:
    everything = "\n".join(blocks.values())
    names = _workloads(blocks)
    for order, rule in enumerate(rules()):
        if rule.also and not re.search(rule.also, everything):
            continue
        for block, text in blocks.items():
            for line in text.splitlines() if block.startswith(f"{rule.tool}/") else ():
                for found in re.finditer(rule.words, line):
                    who = found.groupdict().get("who") or _workload(line.split(":")[0], names)
                    yield Seen(order, rule.mode, who.rstrip(":;,"), block.split("/")[1], block, line)


def _workloads(blocks: dict[str, str]) -> set[str]:
    """Names of workloads, as the answers about replicas print them."""
    text = "\n".join(text for name, text in blocks.items() if name.startswith("replica_counts/"))
    listed = re.findall(r"^available as desired: (.*)$", text, re.MULTILINE)
    well = (one.split()[0] for row in listed for one in row.split(", "))
    return {*re.findall(r"^\w+/(\S+):", text, re.MULTILINE), *well}


def _workload(pod: str, names: set[str]) -> str:
    return max((one for one in names if pod.startswith(f"{one}-") or pod == one), key=len, default=pod)


def _concerns(one: Seen, blocks: dict[str, str]) -> bool:
    """Whether a component is one end of a failing call, was asked about, or is no workload."""
    sweep = blocks.get("sweep", "")
    ends = {end.rpartition("/")[2] for pair in _FAILING.findall(sweep) for end in pair[:2]}
    asked = sweep.partition("\n")[0]
    name = one.who.rpartition("/")[2]
    return name in ends or f"/{name}" in asked or not ends
