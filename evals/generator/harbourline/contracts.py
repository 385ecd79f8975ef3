"""400, 404, 410 and a changed schema: one of the two sides changed the contract."""

from evals.generator.harbourline import voices
from evals.generator.harbourline.finish import external, feed, internal, run, unsure
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import CALLS, Break
from evals.generator.kit import Object, later
from evals.generator.kit_changes import roll_out
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_our_parameter(), _moved_unannounced(), _retired_as_announced(), _bad_request_alone(), _new_schema()]


def _our_parameter() -> Run:
    scene = Scene("a9", "2026-04-13T14:05:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def release(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/cashier:2.10.0"

    roll_out(scene.fleet, "booking/cashier", release, scene.time(-12), manager="helm")
    body = (
        '{"error":{"code":"parameter_unknown","message":"Received unknown parameter: '
        'payment_method_optoins","type":"invalid_request_error"}}'
    )
    scene.traffic(0, 715, Break("cashier>stripe", status=400, body=body))
    label = internal(
        "booking/cashier",
        "bad_rollout",
        ("rollback", "fix_code"),
        "Stripe rejects a parameter that only our new cashier release sends; 400s begin with its rollout.",
        modes=("application_errors",),
    )
    question = "Card payments fail with 400 from Stripe since five past two. Did Stripe change its API?"
    return run(
        scene,
        "our-parameter",
        "Stripe answers 400, first case",
        question,
        label,
        family="answers",
        refs=("booking/cashier",),
    )


def _moved_unannounced() -> Run:
    scene = Scene("a10", "2026-04-14T16:33:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("timetable>maps", status=404, body="<title>Error 404 (Not Found)!!1</title>"), step=34)
    incident = (
        "Distance Matrix requests return HTTP 404 after a rollout on our side",
        "major",
        later(scene.at, -300),
        None,
    )
    label = external(
        "maps.googleapis.com",
        "dependency_errors",
        "The same request from the same release gets 404 since 16:33, and Google's feed reports it as their rollout.",
        modes=("dependency_schema_change", "dependency_unavailable"),
    )
    question = (
        "The sailings search fails since half past four, Maps says 404 for the URL we have used for "
        "years. Which side changed?"
    )
    return run(
        scene,
        "maps-404",
        "Maps answers 404",
        question,
        label,
        family="answers",
        refs=("booking/timetable-server",),
        statuses={"google-maps": feed("Google Maps Platform", scene.end, incident)},
    )


def _retired_as_announced() -> Run:
    scene = Scene("a11", "2026-04-15T00:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    for pod in scene.fleet.pods("fulfilment/messenger"):
        for seconds in (-840, -420):
            fields = {
                "url": CALLS["messenger>sendgrid"].url,
                "sunset": "Wed, 15 Apr 2026 00:00:00 GMT",
                "deprecation": "@1760486400",
            }
            at = scene.time(seconds)
            scene.say(
                pod,
                at,
                voices.pino(
                    at,
                    pod["metadata"]["name"],
                    40,
                    "response carries a Sunset header, endpoint will be removed",
                    **fields,
                ),
            )
    body = '{"errors":[{"message":"This API version was retired on 2026-04-15 as announced in October 2025"}]}'
    scene.traffic(0, 715, Break("messenger>sendgrid", status=410, body=body), step=40)
    label = internal(
        "fulfilment/messenger",
        "application_errors",
        ("fix_code", "fix_address"),
        "The API version was retired at the announced moment (Sunset"
        " header in our own logs before); moving off it was our job.",
        modes=("wrong_address", "dependency_schema_change", "bad_config"),
        unscored=("failure_mode",),
    )
    question = "Since midnight every mail is answered with 410 Gone. Is SendGrid broken?"
    return run(
        scene,
        "retired-api",
        "Mails are answered with 410",
        question,
        label,
        family="answers",
        refs=("fulfilment/messenger",),
    )


def _bad_request_alone() -> Run:
    scene = Scene("a12", "2026-04-16T11:11:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    body = (
        '{"errors":[{"message":"The template data is not valid","field":"personalizations.0.dynamic_template_data"}]}'
    )
    scene.traffic(0, 715, Break("messenger>sendgrid", status=400, body=body, share=0.5), step=34)
    gaps = [
        {
            "source": "kubernetes",
            "what": kind,
            "namespace": "fulfilment",
            "status": "denied",
            "error": f'{kind.lower()}s is forbidden: User "oncall" cannot list resource in the namespace "fulfilment"',
        }
        for kind in ("ReplicaSet", "ConfigMap")
    ]
    label = unsure(
        "400 for half of the mails; whether our template or release, or their validation changed is not "
        "in evidence: change history is denied"
        " and no feed was fetched.",
        must_not=("rollback@fulfilment/messenger",),
    )
    question = "SendGrid rejects about half of our mails with 400 since ten past eleven. Which side changed?"
    scene.fleet.remove(
        *scene.fleet.of_kind("ReplicaSet", "fulfilment"), *scene.fleet.of_kind("ConfigMap", "fulfilment")
    )
    for kind in ("Deployment", "Pod"):
        for one in scene.fleet.of_kind(kind, "fulfilment"):
            one["metadata"]["managedFields"] = []
    gaps += [
        {
            "source": "kubernetes",
            "what": "Deployment",
            "namespace": "fulfilment",
            "status": "denied",
            "error": "deployments is forbidden",
        }
    ]
    scene.fleet.remove(*scene.fleet.of_kind("Deployment", "fulfilment"))
    return run(scene, "bad-request-alone", "Mails are answered with 400", question, label, family="answers", gaps=gaps)


def _new_schema() -> Run:
    scene = Scene("a13", "2026-04-17T12:26:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    body = (
        "GET https://maps.googleapis.com/maps/api/distancematrix/json: status 200: decode response: "
        "json: cannot unmarshal string into Go struct field"
        " Element.rows.elements.distance of type struct { Value int }"
    )
    scene.traffic(0, 715, Break("timetable>maps", "text", body=body), step=34)
    label = external(
        "maps.googleapis.com",
        "dependency_schema_change",
        "Google Maps answers 200 with another type in a field since 12:26; our release, config and pods are weeks old.",
    )
    question = (
        "The sailings search fails since about 12:26 with decode errors. We deployed nothing this week. What now?"
    )
    return run(
        scene,
        "maps-schema",
        "Sailings search cannot read an answer",
        question,
        label,
        family="answers",
        refs=("booking/timetable-server",),
    )
