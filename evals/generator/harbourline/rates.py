"""The vendor answers 429, or declines a card."""

from evals.generator.harbourline.finish import external, internal, nothing, run, unsure
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object
from evals.generator.kit_changes import roll_out, set_env
from evals.generator.kit_run import Run

TOO_MANY = (
    '{"code":20429,"message":"Too Many Requests","more_info":"https://www.twilio.com/docs/errors/20429","status":429}'
)


def runs() -> list[Run]:
    """Every run of this module."""
    return [_rate_up(), _rate_flat(), _rate_unknown(), _declined()]


def _rate_up() -> Run:
    scene = Scene("a6", "2026-04-08T15:20:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -20, step=75)

    def resend(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/messenger:1.8.0"
        set_env(template, "SMS_REMINDERS", "every-leg")

    roll_out(scene.fleet, "fulfilment/messenger", resend, scene.time(-15))
    scene.traffic(0, 120, step=10)
    scene.traffic(120, 715, Break("messenger>twilio", status=429, body=TOO_MANY, share=0.7), step=10)
    label = internal(
        "fulfilment/messenger",
        "own_rate_above_quota",
        ("reduce_own_rate", "rollback"),
        "Our calls to Twilio rose about sevenfold with the new messenger release, then Twilio answered 429.",
        modes=("bad_rollout", "dependency_rate_limited"),
    )
    question = (
        "Twilio refuses most of our text messages with 429 since about 15:22. Can they raise the limit, or is it us?"
    )
    return run(
        scene,
        "rate-up",
        "Twilio answers 429, first case",
        question,
        label,
        family="answers",
        refs=("fulfilment/messenger",),
        calls=("messenger>twilio", "messenger>sendgrid"),
    )


def _rate_flat() -> Run:
    scene = Scene("a7", "2026-04-09T08:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=12)
    scene.traffic(0, 715, Break("messenger>twilio", status=429, body=TOO_MANY, share=0.6), step=12)
    label = external(
        "api.twilio.com",
        "dependency_rate_limited",
        "Twilio answers 429 to 60 % although our request rate, counted before and during,"
        " did not change and nothing was released.",
        modes=("dependency_errors",),
    )
    question = (
        "Twilio refuses a good part of our text messages with 429 since eight. Have we grown, or did "
        "they change something?"
    )
    return run(
        scene,
        "rate-flat",
        "Twilio answers 429, second case",
        question,
        label,
        family="answers",
        refs=("fulfilment/messenger",),
        calls=("messenger>twilio", "messenger>sendgrid"),
    )


def _rate_unknown() -> Run:
    """Only the failures were logged, and the recording starts with them: no rate can be compared."""
    scene = Scene("a8", "2026-04-10T19:30:00Z", "fulfilment", "kafka")
    scene.start, scene.end = scene.time(0), scene.time(600)
    scene.traffic(0, 590, Break("messenger>twilio", status=429, body=TOO_MANY), step=30)
    for stream, lines in scene.logs.lines.items():
        scene.logs.lines[stream] = [
            (at, line) for at, line in lines if '"level":50' in line or "messenger" not in stream[1]
        ]
    gaps = [
        {
            "source": "prometheus",
            "what": "metrics",
            "status": "error",
            "error": "Get http://prometheus.monitoring:9090: context deadline exceeded",
        },
        {
            "source": "kubernetes",
            "what": "logs",
            "namespace": "fulfilment",
            "until": "2026-04-10T19:30:00Z",
            "status": "empty",
            "error": "log rotated",
        },
    ]
    label = unsure(
        "429 from Twilio, but neither metrics nor logs show our request rate before and during.",
        must_not=("reduce_own_rate", "scale_up@fulfilment/messenger"),
    )
    question = (
        "Text messages fail with 429 since half past seven, the log level is warn so we see errors only. Them or us?"
    )
    return run(
        scene,
        "rate-unknown",
        "Twilio answers 429, third case",
        question,
        label,
        family="answers",
        gaps=gaps,
        logs_from=scene.start,
    )


def _declined() -> Run:
    scene = Scene("a14", "2026-04-20T18:40:00Z", "booking", "data")
    scene.traffic(-880, 0, Break("cashier>stripe", status=402, share=0.25), step=32)
    scene.traffic(0, 715, Break("cashier>stripe", status=402, share=0.3), step=28)
    label = nothing(
        "business_decline",
        "Stripe answers in time and correctly: some cards are declined for insufficient funds (402), "
        "others are charged.",
        "healthy",
    )
    question = (
        "A customer and two colleagues report that their card was declined while booking a cabin this "
        "evening. Is the payment broken?"
    )
    return run(
        scene,
        "declined",
        "Some cards are declined",
        question,
        label,
        family="quiet",
        refs=("booking/cashier", "booking/reservations"),
    )
