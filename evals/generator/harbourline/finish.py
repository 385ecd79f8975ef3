"""From a scene to a labelled run: labels in short form, alerts, status feeds and the Datadog export."""

from collections.abc import Callable
from datetime import datetime

from evals.generator.harbourline.facts import CREATED, NAME
from evals.generator.harbourline.scene import Scene
from evals.generator.kit import Object, Part, later, stamp
from evals.generator.kit_alerts import alertmanager
from evals.generator.kit_changes import deploy
from evals.generator.kit_datadog import Datadog
from evals.generator.kit_labels import internal, nothing
from evals.generator.kit_objects import container, namespace, pod_template
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Incident, Label, Run

__all__ = ["alert", "draft_pod", "external", "feed", "image_change", "internal", "nothing", "run", "unsure"]

ORIGIN = "invented; log lines in the formats of the named programs"
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


def external(host: str, mode: str, why: str, **parts: Part) -> Label:
    """A vendor's fault. `modes` are further right ids, `verdicts` further verdicts, `mention` a second true cause."""
    caller = CALLERS.get(host)
    must_not = tuple(f"{action}@{caller}" for action in ("restart", "scale_up", "rollback")) if caller else ()
    names = (VENDORS[host],) if host in VENDORS else ()
    also = {"components": (*names, *parts.get("components", ())), "failure_modes": tuple(parts.get("modes", ()))}
    also["verdicts"] = tuple(parts.get("verdicts", ()))
    must = parts.get("must", ("contact_vendor", "check_vendor_status", "failover", "circuit_break", "queue_and_retry"))
    return Label(
        "external",
        host,
        mode,
        must,
        parts.get("must_not", must_not),
        why,
        also,
        tuple(parts.get("mention", ())),
        detail=parts.get("detail"),
    )


def unsure(why: str, **parts: Part) -> Label:
    """The evidence cannot decide."""
    return Label(
        "inconclusive",
        None,
        None,
        ("collect_more_evidence", "check_vendor_status"),
        tuple(parts.get("must_not", ("rollback",))),
        why,
        {},
        tuple(parts.get("mention", ())),
        ("component", "failure_mode"),
    )


def alert(at: datetime, name: str, summary: str, more: Object | None = None, **labels: str) -> Object:
    """An Alertmanager body of one alert; `more` annotations, such as a runbook."""
    named = {"alertname": name, **labels, "severity": labels.get("severity", "critical")}
    body = alertmanager(at, named, {"summary": summary, **(more or {})}, receiver="harbourline-oncall")
    return {**body, "commonAnnotations": dict(body["commonAnnotations"])}


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
        {
            "name": title,
            "status": "resolved" if done else "identified",
            "impact": impact,
            "created_at": stamp(since),
            "started_at": stamp(since),
            "resolved_at": stamp(done) if done else None,
        }
        for title, impact, since, done in incidents
    ]
    page = {"name": name, "time_zone": "Etc/UTC", "updated_at": stamp(at)}
    return {
        "fetched_at": stamp(at),
        "page": page,
        "status": {"indicator": indicator, "description": description},
        "incidents": listed,
    }


def run(scene: Scene, key: str, title: str, asked: str | Object, label: Label, **parts: Part) -> Run:
    """The run of a scene; `refs` and `calls` are measured, `datadog` (Deployments) replaces every other source."""
    question, body = (asked, None) if isinstance(asked, str) else (None, asked)
    asked_of = parts.get("namespace", "booking" if "booking" in scene.parts else "fulfilment")
    incident = Incident(scene.start, scene.end, question, body, asked_of)
    files: Object = {"cluster": scene.fleet, "logs": scene.logs}
    if parts.get("refs"):
        files["metrics"] = scene.measure(*parts["refs"], calls=parts.get("calls", ()))
    if parts.get("datadog"):
        files = {"datadog": through_datadog(scene, parts["datadog"])}
    made = Run(
        f"harbourline/{key}",
        title,
        parts.get("family", "vendor"),
        parts.get("recorded_at", later(scene.end, 45)),
        incident,
        label,
        {**dict.fromkeys(files, "modelled"), "from": ORIGIN},
        **files,
    )
    made.statuses, made.gaps, made.logs_from = parts.get("statuses", {}), parts.get("gaps", []), parts.get("logs_from")
    return made


def through_datadog(scene: Scene, deployments: tuple[str, ...]) -> Datadog:
    """The same logs as Datadog holds them (lines of one moment are one entry), and replica counts of `deployments`."""
    sent = Datadog("hl-node-a", ("env:production", "cluster_name:harbourline-eu"))
    for (where, pod, program, _), lines in sorted(scene.logs.lines.items()):
        together: dict[datetime, list[str]] = {}
        for at, line in lines:
            together.setdefault(at, []).append(line)
        for at, joined in together.items():
            text = "\n".join(joined)
            deployment = pod.rsplit("-", 2)[0]
            level = "error" if any(mark in text for mark in ("ERROR", '"level":50', '"level":"error"')) else "info"
            sent.log(pod, program, at, text, namespace=where, service=program, deployment=deployment, status=level)
    for ref in deployments:
        where, name = scene.fleet.split(ref)
        for measure in ("desired", "available"):
            points = _points(scene, where, name, measure)
            sent.metric(
                f"kubernetes_state.deployment.replicas_{measure}",
                f"kube_namespace:{where},kube_deployment:{name}",
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


def _points(scene: Scene, where: str, name: str, measure: str) -> list[tuple[datetime, float]]:
    readings = [r for r in scene.fleet.history if (r.kind, r.namespace, r.name) == ("Deployment", where, name)]
    found = []
    for number in range(0, int((scene.end - scene.start).total_seconds()), 120):
        at = later(scene.start, number)
        known = [r for r in readings if r.at <= at]
        if known:
            found.append((at, known[-1].values[measure]))
    return found


def draft_pod(scene: Scene) -> None:
    """Somebody's draft crash-loops in a namespace of its own, since hours before and all the time."""
    scene.fleet.put(namespace("sandbox", CREATED))
    toy = container("pricing-spike", "ghcr.io/harbourline/pricing-spike:0.0.3-dev")
    deploy(scene.fleet, "sandbox/pricing-spike", pod_template({NAME: "pricing-spike"}, toy), later(scene.at, -7200))
    pod = scene.fleet.pods("sandbox/pricing-spike")[0]
    crash_loop(scene.fleet, pod, later(scene.at, -7100), scene.time(400), 26, reason="Error", exit_code=1)
    words = (
        "Error: Cannot find module './rates.json'",
        "    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)",
    )
    for previous in (False, True):
        scene.logs.add(
            f"sandbox/{pod['metadata']['name']}", "pricing-spike", scene.time(400), *words, previous=previous
        )


def image_change(name: str) -> Callable[[Object], None]:
    """A change for `roll_out`: the first container runs image `name`."""

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = name

    return change
