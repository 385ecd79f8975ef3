"""The text for the vendor's ticket: what they need to find it on their side, and nothing of ours beyond that."""

from agent.diagnosis import Impact
from agent.scene import Scene
from agent.verdict import Judged
from tools.plain_text import plain


def vendor_ticket(scene: Scene, lead: Judged, impact: Impact | None) -> str:
    """Times, endpoint, error and rates, ready to paste."""
    finding = lead.candidate.finding
    endpoint, error = _sample(scene, lead)
    since = (impact.since if impact else None) or finding.since
    began = f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else "an unknown time"
    lines = [
        f"To: {lead.owner.name}",
        f"Subject: {finding.condition.replace('_', ' ')} of {endpoint}, since {began}",
        f"Since {began} (UTC) our calls to {endpoint} fail.",
    ]
    if impact and impact.total:
        span = f"{scene.window.start:%H:%M:%SZ} and {scene.window.end:%H:%M:%SZ}"
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


def _sample(scene: Scene, lead: Judged) -> tuple[str, str]:
    """The endpoint and the error of the most telling failed call."""
    finding = lead.candidate.finding
    best = None
    for edge in scene.graph.callers_of(finding.component):
        counted = scene.traffic.get((edge.caller, edge.callee))
        if counted and counted.sample and (best is None or counted.failed > best.failed):
            best = counted
    if best is None or best.sample is None:
        return finding.names[0] if finding.names else finding.component, ""
    target = best.sample.target
    host = (
        f"{target.scheme or 'tcp'}://{target.host}{f':{target.port}' if target.port else ''}{target.path or ''}"
        if target
        else finding.component
    )
    return host, plain(scene.snapshot.logs[best.sample.ref].lines[best.sample.line], 300)
