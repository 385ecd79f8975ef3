"""The identity provider and the text messages: their faults, and ours that look like theirs."""

from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Break, Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import Object, stamp
from evals.generator.kit_changes import roll_out
from evals.generator.kit_labels import alert, external, internal
from evals.generator.kit_run import Run

UNAUTHORIZED = '{"error":"access_denied","error_description":"Unauthorized"}'


def runs() -> list[Run]:
    """Every run of this module."""
    return [_identity_down(), _secret_rotated(), _identity_silent(), _messages_down()]


def _kept(*refs: str) -> tuple[str, ...]:
    return tuple(f"{action}@{ref}" for ref in refs for action in ("restart", "rollback", "scale_up"))


def feed(scene: Scene, name: str, title: str, since: float) -> Object:
    """A Statuspage summary with one open incident."""
    begun = stamp(scene.time(since))
    return {
        "fetched_at": stamp(scene.time(725)),
        "page": {"name": name, "time_zone": "Etc/UTC", "updated_at": stamp(scene.time(500))},
        "status": {"indicator": "major", "description": "Partial System Outage"},
        "incidents": [
            {
                "name": title,
                "status": "identified",
                "impact": "major",
                "created_at": begun,
                "started_at": begun,
                "resolved_at": None,
            }
        ],
    }


def _identity_down() -> Run:
    scene = Scene("idp-down", "2026-07-01T07:12:00Z", "frontdesk")
    scene.traffic(-700, 0)
    scene.traffic(5, 700, Break("gate>identity", status=503))
    label = external(
        "cedarcare.eu.auth0.com",
        "dependency_errors",
        "The identity provider answers 503 and says so; nothing of ours changed.",
        components=("Auth0",),
        modes=("dependency_unavailable",),
        must_not=_kept("frontdesk/session-gate", "frontdesk/portal"),
    )
    asked = "Nobody can sign in since twelve past seven. Did we break something?"
    statuses = {"auth0": feed(scene, "Auth0", "Elevated error rates on authentication in EU", 120)}
    return run(
        scene,
        "idp-down",
        "Sign-in fails",
        asked,
        label,
        family="vendor",
        refs=("frontdesk/session-gate",),
        statuses=statuses,
    )


def _secret_rotated() -> Run:
    scene = Scene("idp-secret", "2026-07-01T12:40:00Z", "frontdesk")
    scene.traffic(-700, 0)

    def another_secret(template: Object) -> None:
        for entry in template["spec"]["containers"][0]["env"]:
            if entry["name"] == "OIDC_CLIENT_SECRET":
                entry["valueFrom"] = {"secretKeyRef": {"name": "session-gate-oidc-2026q3", "key": "client-secret"}}

    for pod in roll_out(
        scene.fleet, "frontdesk/session-gate", another_secret, scene.time(0), manager="argocd-controller"
    ):
        hello(scene, pod, scene.time(3))
    scene.traffic(12, 700, Break("gate>identity", status=401, body=UNAUTHORIZED))
    label = internal(
        "frontdesk/session-gate",
        "invalid_credentials",
        ("rotate_credentials", "rollback", "fix_config"),
        "The gate was given another client secret, which the identity provider does not know.",
        modes=("bad_config", "bad_rollout"),
    )
    asked = "Nobody can sign in since twenty to one. Did we break something?"
    return run(scene, "idp-secret", "Sign-in fails", asked, label, family="vendor", refs=("frontdesk/session-gate",))


def _identity_silent() -> Run:
    scene = Scene("idp-silent", "2026-07-02T08:33:00Z", "frontdesk", "messaging")
    scene.traffic(-700, 0)
    scene.traffic(5, 700, Break("gate>identity", "timeout", share=0.8))
    label = external(
        "cedarcare.eu.auth0.com",
        "dependency_timeout",
        "Calls to the identity provider get no answer while other outside calls work.",
        components=("Auth0",),
        must_not=_kept("frontdesk/session-gate", "frontdesk/portal"),
    )
    asked = alert(
        scene.time(180),
        "PortalErrorRate",
        "The gateway answers 5xx for the portal",
        namespace="frontdesk",
        service="portal",
    )
    return run(scene, "idp-silent", "Sign-in hangs", asked, label, family="vendor", refs=("frontdesk/session-gate",))


def _messages_down() -> Run:
    scene = Scene("sms-down", "2026-07-02T14:00:00Z", "messaging")
    scene.traffic(-700, 0)
    scene.traffic(5, 700, Break("reminders>sms", status=503, share=0.9))
    label = external(
        "rest.nexmo.com",
        "dependency_errors",
        "The vendor of text messages answers 503 for most requests.",
        components=("Vonage",),
        modes=("dependency_unavailable",),
        must_not=_kept("messaging/reminders"),
    )
    asked = "Reminders by text message do not go out since two o'clock"
    return run(scene, "sms-down", "No text messages", asked, label, family="vendor", refs=("messaging/reminders",))
