"""From a scene to a labelled run: labels in short form, alerts, status feeds and the Datadog export."""

from datetime import datetime
from typing import Any

from evals.generator.harbourline.scene import Scene
from evals.generator.kit import Object, later, stamp
from evals.generator.kit_alerts import alertmanager
from evals.generator.kit_datadog import Datadog
from evals.generator.kit_run import Incident, Label, Run

MODELLED = {
    "cluster": "modelled",
    "logs": "modelled",
    "metrics": "modelled",
    "from": "invented; log formats of the named programs",
}
VENDORS = {
    "api.stripe.com": "Stripe",
    "api.twilio.com": "Twilio",
    "api.sendgrid.com": "SendGrid",
    "maps.googleapis.com": "Google Maps Platform",
    "ghcr.io": "GitHub Packages",
}
CALLERS = {
    "api.stripe.com": "booking/cashier",
    "api.twilio.com": "fulfilment/messenger",
    "api.sendgrid.com": "fulfilment/messenger",
    "maps.googleapis.com": "booking/timetable-server",
}


def external(host: str, mode: str, why: str, **parts: Any) -> Label:
    """A vendor's fault. `modes` are further right ids, `verdicts` further right verdicts, `mention` a second true cause."""
    caller = CALLERS.get(host)
    must_not = tuple(f"{action}@{caller}" for action in ("restart", "scale_up", "rollback")) if caller else ()
    names = (VENDORS[host],) if host in VENDORS else ()
    also = {"components": (*names, *parts.get("components", ())), "failure_modes": tuple(parts.get("modes", ()))}
    also["verdicts"] = tuple(parts.get("verdicts", ()))
    must = parts.get("must", ("contact_vendor", "check_vendor_status", "failover", "circuit_break", "queue_and_retry"))
    return Label(
        "external", host, mode, must, parts.get("must_not", must_not), why, also, tuple(parts.get("mention", ()))
    )


def internal(component: str | None, mode: str, must: tuple[str, ...], why: str, **parts: Any) -> Label:
    """Ours to mend. A component that nothing visible carries is None and unscored."""
    also = {"components": tuple(parts.get("components", ())), "failure_modes": tuple(parts.get("modes", ()))}
    also["verdicts"] = tuple(parts.get("verdicts", ()))
    unscored = (() if component else ("component",)) + tuple(parts.get("unscored", ()))
    must_not = tuple(parts.get("must_not", ("contact_vendor",)))
    return Label("internal", component, mode, must, must_not, why, also, tuple(parts.get("mention", ())), unscored)


def nothing(mode: str, why: str, *modes: str) -> Label:
    also = {"failure_modes": modes}
    return Label(
        "no_fault", None, mode, ("none_needed",), ("contact_vendor", "rollback", "restart", "scale_up"), why, also
    )


def unsure(why: str, **parts: Any) -> Label:
    return Label(
        "inconclusive", None, None, ("collect_more_evidence", "check_vendor_status"), tuple(parts.get("must_not", ("rollback",))), why,
        {}, tuple(parts.get("mention", ())), ("component", "failure_mode"),
    )  # fmt: skip


def alert(at: datetime, name: str, summary: str, more: Object | None = None, **labels: str) -> Object:
    """An Alertmanager body of one alert; `more` annotations, such as a runbook."""
    severity = {"severity": labels.pop("severity", "critical")}
    return alertmanager(
        at,
        {"alertname": name, **labels, **severity},
        {"summary": summary, **(more or {})},
        receiver="harbourline-oncall",
    )


def feed(name: str, at: datetime, *incidents: tuple[str, str, datetime, datetime | None]) -> Object:
    """A Statuspage summary fetched at `at`; each incident is (title, impact, since, resolved or None)."""
    open_ = [one for one in incidents if one[3] is None]
    rank = "major" if any(one[1] in ("major", "critical") for one in open_) else "minor"
    indicator = rank if open_ else "none"
    description = {
        "none": "All Systems Operational",
        "minor": "Minor Service Outage",
        "major": "Partial System Outage",
    }[indicator]
    listed = [
        {"name": title, "status": "resolved" if done else "identified", "impact": impact, "created_at": stamp(since),
         "started_at": stamp(since), "resolved_at": stamp(done) if done else None}
        for title, impact, since, done in incidents
    ]  # fmt: skip
    page = {"name": name, "time_zone": "Etc/UTC", "updated_at": stamp(at)}
    return {
        "fetched_at": stamp(at),
        "page": page,
        "status": {"indicator": indicator, "description": description},
        "incidents": listed,
    }


def run(scene: Scene, key: str, title: str, asked: str | Object, label: Label, **parts: Any) -> Run:
    """The run of a scene. `family`, `namespace` (None for none), `refs` to measure, `calls`, `statuses`, `gaps`, `recorded_at`."""
    question, body = (asked, None) if isinstance(asked, str) else (None, asked)
    namespace = parts.get("namespace", "booking" if "booking" in scene.parts else "fulfilment")
    incident = Incident(scene.start, scene.end, question, body, namespace)
    files: dict[str, Any] = {"cluster": scene.fleet, "logs": scene.logs}
    if parts.get("refs"):
        files["metrics"] = scene.measure(*parts["refs"], calls=parts.get("calls", ()))
    if parts.get("datadog"):
        files = {"datadog": through_datadog(scene, parts["datadog"])}
    made = Run(
        f"harbourline/{key}", title, parts.get("family", "vendor"), parts.get("recorded_at", later(scene.end, 45)), incident, label,
        MODELLED, **files,
    )  # fmt: skip
    made.statuses, made.gaps, made.logs_from = parts.get("statuses", {}), parts.get("gaps", []), parts.get("logs_from")
    return made


def through_datadog(scene: Scene, deployments: tuple[str, ...]) -> Datadog:
    """The same logs as Datadog holds them (lines of one moment are one entry), and replica counts of `deployments`."""
    sent = Datadog("hl-node-a", ("env:production", "cluster_name:harbourline-eu"))
    for (namespace, pod, container, _), lines in sorted(scene.logs.lines.items()):
        together: dict[datetime, list[str]] = {}
        for at, line in lines:
            together.setdefault(at, []).append(line)
        for at, joined in together.items():
            text = "\n".join(joined)
            deployment = pod.rsplit("-", 2)[0]
            level = "error" if any(mark in text for mark in ("ERROR", '"level":50', '"level":"error"')) else "info"
            sent.log(
                pod, container, at, text, namespace=namespace, service=container, deployment=deployment, status=level
            )
    for ref in deployments:
        namespace, name = scene.fleet.split(ref)
        for measure in ("desired", "available"):
            points = _points(scene, namespace, name, measure)
            sent.metric(
                f"kubernetes_state.deployment.replicas_{measure}",
                f"kube_namespace:{namespace},kube_deployment:{name}",
                points,
            )
    for one in scene.fleet.events:
        about = one["involvedObject"]
        if about["kind"] in ("Deployment", "ReplicaSet") and one["lastTimestamp"]:
            tags = (f"kube_namespace:{about.get('namespace', '')}", f"kube_name:{about['name']}")
            sent.event(
                datetime.fromisoformat(one["lastTimestamp"]), f"{one['reason']}: {about['name']}", one["message"], tags
            )
    return sent


def _points(scene: Scene, namespace: str, name: str, measure: str) -> list[tuple[datetime, float]]:
    readings = [r for r in scene.fleet.history if (r.kind, r.namespace, r.name) == ("Deployment", namespace, name)]
    found = []
    for number in range(0, int((scene.end - scene.start).total_seconds()), 120):
        at = later(scene.start, number)
        known = [r for r in readings if r.at <= at]
        if known:
            found.append((at, known[-1].values[measure]))
    return found
