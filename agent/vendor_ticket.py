"""The text for the vendor's ticket: what they need to find it on their side, and nothing of ours beyond that."""

from agent.diagnosis import Impact
from agent.finding import Finding
from agent.plain_words import FAMILIES, short
from agent.scene import Scene
from agent.verdict import Judged
from tools.plain_text import plain
from tools.traffic import Traffic
from tools.views_logs import telling

_ANSWERED = frozenset(
    {"server_error", "unavailable", "client_error", "unauthorized", "forbidden", "rate_limited", "no_upstream"}
)


def vendor_ticket(scene: Scene, lead: Judged, impact: Impact | None) -> str:
    """Times, endpoint, error and rates, ready to paste."""
    finding = lead.candidate.finding
    sampled = _most_failing(scene, lead)
    endpoint, error = _sample(scene, lead, sampled)
    since = (impact.since if impact else None) or finding.since
    began = f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else "an unknown time"
    lines = [
        f"To: {lead.owner.name}",
        f"Subject: {_trouble(finding, sampled)} at {endpoint}, since {began}",
        f"Since {began} (UTC) our calls to {endpoint} fail.",
    ]
    if impact and impact.total:
        span = f"{impact.since or scene.window.start:%H:%M:%SZ} and {scene.window.end:%H:%M:%SZ}"
        lines.append(f"Failed: {impact.failed} of {impact.total} calls between {span}.")
    if error:
        lines.append(f"Error, as our side sees it: {error}")
    lines.append(f"State when this was written: {lead.status}.{_our_side(scene, lead)}")
    lines.append("Please confirm whether an incident is open, and tell us when it is mended.")
    return "\n".join(lines)


def _our_side(scene: Scene, lead: Judged) -> str:
    """Say that nothing of ours changed only where the callers' history was read and holds no change."""
    callers = [edge.caller for edge in scene.graph.callers_of(lead.candidate.finding.component) if edge.hits]
    if not callers or not all(caller in scene.snapshot.workloads for caller in callers):
        return ""
    changed = [one for caller in callers for one in scene.recent_changes(caller) if one.field != "replicas"]
    if changed:
        return f" Our side changed as well: {changed[-1].field} of {changed[-1].component.rpartition('/')[2]}."
    return " Our callers' configuration did not change in the two hours before."


def _trouble(finding: Finding, counted: Traffic | None) -> str:
    """What the vendor can look for: the error as their callers see it."""
    if counted is None:
        mode = finding.condition
        return mode.removeprefix("dependency_").replace("_", " ") if mode.startswith("dependency_") else "no service"
    codes = {code: count for code, count in counted.statuses.items() if int(code) >= 400}
    if counted.main_family in _ANSWERED and codes:
        return f"HTTP {max(codes, key=lambda code: codes[code])}"
    return FAMILIES.get(counted.main_family, "failed calls").removeprefix("its ")


def _most_failing(scene: Scene, lead: Judged) -> Traffic | None:
    edges = scene.graph.callers_of(lead.candidate.finding.component)
    counted = [scene.traffic[edge.caller, edge.callee] for edge in edges if (edge.caller, edge.callee) in scene.traffic]
    return max((one for one in counted if one.sample), key=lambda one: one.failed, default=None)


def _sample(scene: Scene, lead: Judged, best: Traffic | None) -> tuple[str, str]:
    """The endpoint and the error of the most telling failed call."""
    finding = lead.candidate.finding
    if best is None or best.sample is None:
        return short(finding.component), ""
    target = best.sample.target
    host = (
        f"{target.scheme or 'tcp'}://{target.host}{f':{target.port}' if target.port else ''}{target.path or ''}"
        if target
        else short(finding.component)
    )
    return host, plain(telling(scene.snapshot.logs[best.sample.ref].lines, best.sample.line), 300)
