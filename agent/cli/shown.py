"""What `faultside show` prints: what a diagnosis rests on, before any judgement."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from agent.report.words import mode_words, moment, name, sentence, wrapped
from tools.errors import InputError
from tools.plain_text import columns, plain

if TYPE_CHECKING:
    from agent.boundary import Boundary
    from agent.cli.chosen import Chosen
    from agent.scene import Scene
    from tools.callgraph import Edge
    from tools.run_folder import RunFiles, RunHead

_SIDES = {"owned": "ours", "third_party": "third party", "unknown": "unknown"}
_MOST_SETTINGS = 3
_USER_INFO = re.compile(r"(\w[\w+.\-]*://)\S+@|[^\s/:@=]+:\S+@")
_CREDENTIALS = re.compile(r"((?:password|passwd|pwd|secret|token|key|signature)=)[^&;\s]+", re.IGNORECASE)


def demo_runs() -> list[tuple[Path, str]]:
    """The shipped runs of the demo, each with a heading.

    Raises:
        InputError: the list or one of its runs is not there.
    """
    from tools.run_folder import read_head
    from tools.safe_yaml import load_yaml

    # Read as data: the product never imports its evaluation.
    shipped = Path(str(files("evals"))) / "runs"
    listed = load_yaml(shipped / "demo.yaml", "demo.yaml")
    runs = listed.get("runs") if isinstance(listed, dict) else None
    if not isinstance(runs, list) or not runs:
        raise InputError(str(shipped / "demo.yaml"), None, "expected a list of runs")
    heads = [read_head(shipped / str(run)) for run in runs]
    return [(head.folder, sentence(head.title or head.id)) for head in heads]


def boundary_text(chosen: "Chosen") -> str:
    """Every component of a run: whose it is, and by which rule.

    Raises:
        InputError: the run or the boundary file is not as expected.
    """
    from agent.boundary import explain_rows
    from agent.ownership import facts_of

    scene, boundary = _scene(chosen)
    called: dict[str, tuple[str, ...]] = {}
    for edge in scene.graph.edges:
        called[edge.callee] = (*called.get(edge.callee, ()), *edge.names)
    components = {*scene.snapshot.components, *called}
    rows = explain_rows(boundary, [facts_of(scene, one, called.get(one, ())) for one in components])
    shown = [(name(one.component), _SIDES[one.side], name(one.owner), one.because) for one in rows]
    lines = [f"Boundary of {name(scene.snapshot.name)}, from {name(boundary.where)}", ""]
    for row, line in zip(shown, aligned([row[:3] for row in shown]), strict=True):
        lines += [line, *wrapped(sentence(row[3]), first="    ")]
    return _text(lines if shown else [*lines, "no components"])


def graph_text(chosen: "Chosen") -> str:
    """Every call that settings, logs or declarations show.

    Raises:
        InputError: the run or the boundary file is not as expected.
    """
    scene, _ = _scene(chosen)
    edges = sorted(scene.graph.edges, key=lambda edge: (edge.caller, edge.callee))
    lines = [f"Calls in {name(scene.snapshot.name)}: {len(edges)}", ""]
    for edge in edges:
        lines += edge_lines(edge)
    return _text(lines)


def edge_lines(edge: "Edge") -> list[str]:
    """A call, and how it is known."""
    lines = [f"{name(edge.caller)} -> {name(edge.callee)}"]
    if edge.in_use:
        ways = ", ".join(
            f"{count} {mode_words(way)}" for way, count in Counter(h.family for h in edge.hits).most_common()
        )
        lines += wrapped(f"{len(edge.hits)} log lines: {ways}", first="    seen in use, ")
    for place, setting, value in edge.configured[:_MOST_SETTINGS]:
        lines += wrapped(plain(f"{setting}={without_credentials(value)} ({place})", 300), first="    configured, ")
    if len(edge.configured) > _MOST_SETTINGS:
        lines.append(f"    configured in {len(edge.configured) - _MOST_SETTINGS} more places")
    if edge.declared:
        lines.append("    declared in the boundary file")
    return lines


def without_credentials(value: str) -> str:
    """A setting that names a host, without the password that it may carry beside it."""
    return _CREDENTIALS.sub(r"\1…", _USER_INFO.sub(r"\1…@", value))


def mode_text(mode: str) -> str:
    """One failure mode.

    Raises:
        InputError: there is none of that name.
    """
    from difflib import get_close_matches

    from agent.failure_modes import failure_modes

    modes = failure_modes()
    found = modes.get(mode.strip().lower().replace("-", "_"))
    if found is None:
        near = get_close_matches(mode.lower(), modes, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "`faultside show modes` lists them"
        raise InputError("show mode", None, f"no failure mode {mode!r}; {hint}")
    rows = [("means", found.means), ("seen in", ", ".join(found.seen_in) or "nothing that is recorded")]
    rows += [("told from", found.told_from), ("what to do", found.do)]
    rows += [(f"detail {detail}", meaning) for detail, meaning in found.details.items()]
    lines = [f"{found.id} ({found.group})"]
    for label, said in rows:
        lines += ["", label, *wrapped(said, first="  ")]
    return _text(lines)


def modes_text() -> str:
    """All failure modes by group."""
    from agent.failure_modes import failure_modes

    lines: list[str] = []
    group = ""
    for mode in failure_modes().values():
        if mode.group != group:
            group = mode.group
            lines += [*([""] if lines else []), group]
        lines += wrapped(mode.means, first=f"  {mode.id:<28} ")
    return _text(lines)


def providers_text(words: str) -> str:
    """Known third parties whose name, kind or host holds `words`."""
    from agent.providers import catalogue

    sought = words.strip().lower()
    rows = [
        (one.name, one.kind, one.status.url if one.status else "-", " ".join(one.hosts))
        for one in catalogue().providers
        if sought in f"{one.name} {one.kind} {' '.join(one.hosts)}".lower()
    ]
    lines = []
    for row, line in zip(rows, aligned([row[:3] for row in rows]), strict=True):
        lines += [line, *wrapped(row[3], first="    ")]
    return _text(
        [*lines, *([""] if lines else []), f"{len(rows)} known third parties" + (f" match {words!r}" if sought else "")]
    )


def run_text(folder: Path) -> str:
    """What a run folder holds: files, counts, what was left out, what could not be recorded.

    Raises:
        InputError: the folder is not as expected.
    """
    from tools.recorded_datadog import read_lines, read_series
    from tools.run_folder import read_files, read_head
    from tools.status_feeds.recorded import read_feeds

    head = read_head(folder)
    found = read_files(head)
    datadog, until = folder / "datadog", head.recorded_at
    rows = [
        ("cluster.json", _objects(found)),
        ("logs", _logs(found)),
        ("metrics.om", "not recorded" if found.series is None else _series(found)),
        ("datadog/logs.jsonl", f"{len(read_lines(datadog / 'logs.jsonl', until))} lines"),
        ("datadog/events.jsonl", f"{len(read_lines(datadog / 'events.jsonl', until))} events"),
        ("datadog/metrics.jsonl", f"{len(read_series(datadog / 'metrics.jsonl', until))} metrics"),
        ("status", ", ".join(name(feed.provider) for feed in read_feeds(folder / "status", until)) or "no feeds"),
    ]
    lines = _heading(head)
    for label, said in rows:
        lines += wrapped(said, first=f"{label:<22} ")
    lines += _listed("Left out", [sentence(note) for note in found.notes])
    gaps = [
        f"{name(gap.id)}: {gap.status}" + (f" ({plain(gap.error, 160)})" if gap.error else "") for gap in found.gaps
    ]
    return _text([*lines, *_listed("Not recorded", gaps)])


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their columns under each other."""
    if not rows:
        return []
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _scene(chosen: "Chosen") -> "tuple[Scene, Boundary]":
    from agent.cli.chosen import load
    from agent.scene import Scene
    from agent.sweep import Limits, sweep

    found = load(chosen)
    declared = tuple((edge.caller, edge.callee) for edge in found.boundary.edges)
    return Scene(found.incident, sweep(found.incident, found.sources, Limits()), declared), found.boundary


def _heading(head: "RunHead") -> list[str]:
    lines = [f"Run {name(head.id)}, recorded {moment(head.recorded_at)}"]
    if head.title:
        lines += wrapped(sentence(head.title))
    question = head.incident.get("question")
    asked = [f"question: {sentence(question)}"] if isinstance(question, str) and question else []
    asked += ["an alert"] if head.incident.get("alert") else []
    return [*lines, *wrapped("; ".join(asked)), ""]


def _objects(found: "RunFiles") -> str:
    if found.objects is None:
        return "not recorded"
    return ", ".join(f"{len(several)} {name(kind)}" for kind, several in sorted(found.objects.items())) or "no objects"


def _logs(found: "RunFiles") -> str:
    size = sum(path.stat().st_size for path in found.logs.values())
    where = Counter(ref.namespace for ref in found.logs)
    shown = ", ".join(f"{count} in {name(place)}" for place, count in sorted(where.items()))
    return f"{len(found.logs)} ({shown}), {size:,} bytes" if shown else "none"


def _series(found: "RunFiles") -> str:
    series = [one for several in (found.series or {}).values() for one in several]
    return f"{len(found.series or {})} metrics, {len(series)} series, {sum(len(one.points) for one in series)} samples"


def _listed(heading: str, lines: Iterable[str]) -> list[str]:
    shown = [line for one in lines for line in wrapped(one, first="  - ")]
    return ["", heading, *shown] if shown else []


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
