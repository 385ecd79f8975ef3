"""Releases, settings and memory."""

from evals.generator.harbourline.finish import alert, image_change, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import managed
from evals.generator.kit_changes import roll_out, set_env
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_memory(), _bad_release(), _settings(), _misspelt()]


def _memory() -> Run:
    scene = Scene("p4", "2026-06-04T20:10:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    pod = scene.fleet.pods("fulfilment/ticket-printer")[0]
    scene.say(
        pod,
        scene.time(-2),
        "2026-06-04 20:09:58,311 INFO [printer.worker] rendering group ticket booking=HB-47712 passengers=412",
    )
    crash_loop(scene.fleet, pod, scene.time(0), scene.time(520), 6, reason="OOMKilled", exit_code=137, lived=20)
    for number in range(6):
        at = scene.time(2 + 520 * (1 - 0.5**number))
        scene.logs.add(
            f"fulfilment/{pod['metadata']['name']}",
            "ticket-printer",
            at,
            "2026-06-04 INFO [printer.worker] resuming at offset 231904, "
            "rendering group ticket booking=HB-47712 passengers=412",
            previous=number == 5,
        )
    for seconds in range(20, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    label = internal(
        "fulfilment/ticket-printer",
        "oom_killed",
        ("raise_limit", "fix_code"),
        "The printer is killed at its 384Mi limit over and over while it renders one large group ticket.",
        modes=("crash_loop", "memory_pressure"),
    )
    asked = alert(
        scene.time(400),
        "KubePodCrashLooping",
        "Pod is in waiting state (reason: CrashLoopBackOff)",
        namespace="fulfilment",
        pod=pod["metadata"]["name"],
        container="ticket-printer",
        severity="warning",
    )
    return run(
        scene,
        "printer-memory",
        "A pod crash-loops in the evening",
        asked,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def _bad_release() -> Run:
    scene = Scene("p5", "2026-06-05T10:48:00Z", "booking", "data")
    scene.traffic(-880, -15, step=40)
    change = image_change("ghcr.io/harbourline/timetable-server:1.23.0")
    roll_out(scene.fleet, "booking/timetable-server", change, scene.time(-12), manager="helm")
    body = "runtime error: index out of range [3] with length 3"
    scene.traffic(0, 715, Break("timetable>cache", "text", body=body, share=0.6), step=34)
    for lines in scene.logs.lines.values():
        lines[:] = [
            (
                at,
                line.replace(
                    '"caller":"cache/redis.go:44","msg":"cache write failed"',
                    '"caller":"sailings/merge.go:131","msg":"panic recovered"',
                ),
            )
            for at, line in lines
        ]
    label = internal(
        "booking/timetable-server",
        "bad_rollout",
        ("rollback", "fix_code"),
        "Panics in our own code begin with the release of timetable-server 1.23.0; its cache and Google Maps answer.",
        modes=("application_errors",),
    )
    question = "More than half of the sailings searches fail since about 10:48. Is it Maps again?"
    return run(
        scene,
        "bad-release",
        "Half of the searches fail",
        question,
        label,
        family="platform",
        refs=("booking/timetable-server",),
    )


def _settings() -> Run:
    scene = Scene("p6", "2026-06-08T08:30:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -8, step=40)
    settings_ = scene.fleet.get("ConfigMap", "fulfilment/ticket-printer-env")
    settings_["data"] = {key: value for key, value in settings_["data"].items() if key != "LEDGER_DB"} | {
        "LEDGER_DATABASE": "ledger"
    }
    scene.fleet.touch(
        settings_, managed("kubectl-edit", scene.time(-40), {"f:data": {"f:LEDGER_DATABASE": {}}}, api="v1")
    )
    pod = roll_out(
        scene.fleet,
        "fulfilment/ticket-printer",
        lambda t: set_env(t, "TZ", "Europe/Dublin"),
        scene.time(-6),
        strategy="Recreate",
    )[0]
    crash_loop(scene.fleet, pod, scene.time(0), scene.time(560), 7, reason="Error", exit_code=1)
    name = f"fulfilment/{pod['metadata']['name']}"
    for previous in (False, True):
        scene.logs.add(
            name,
            "ticket-printer",
            scene.time(560),
            "Traceback (most recent call last):",
            '  File "/srv/printer/__main__.py", line 14, in <module>',
            '    ledger = Ledger(os.environ["LEDGER_HOST"], os.environ["LEDGER_DB"])',
            '  File "<frozen os>", line 685, in __getitem__',
            "KeyError: 'LEDGER_DB'",
            previous=previous,
        )
    label = internal(
        "fulfilment/ticket-printer",
        "missing_config",
        ("fix_config", "rollback"),
        "The ConfigMap key LEDGER_DB was renamed; the program needs it and exits at start with KeyError.",
        modes=("crash_loop", "bad_config"),
        components=("fulfilment/ticket-printer-env",),
    )
    question = "Tickets stopped at half past eight, right when the time zone was set. Did that do it?"
    return run(
        scene,
        "printer-settings",
        "Tickets stop after a settings change",
        question,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def _misspelt() -> Run:
    scene = Scene("p9", "2026-06-11T15:25:00Z", "booking", "data")
    scene.traffic(-880, -15)
    roll_out(
        scene.fleet,
        "booking/cashier",
        lambda t: set_env(t, "STRIPE_API_BASE", "https://api.stripe.co"),
        scene.time(-12),
    )
    scene.traffic(0, 715, Break("cashier>stripe", "no_such_host"))
    for lines in scene.logs.lines.values():
        lines[:] = [
            (at, line.replace("api.stripe.com", "api.stripe.co") if at >= scene.at else line) for at, line in lines
        ]
    label = internal(
        "booking/cashier",
        "wrong_address",
        ("fix_address", "rollback", "fix_config"),
        "The address of Stripe was edited to api.stripe.co, which"
        " does not exist, and payments fail from that rollout on.",
        modes=("bad_rollout", "bad_config"),
        detail="host",
    )
    question = "Payments fail since 15:25 with a name resolution error. Is the payment vendor's DNS down?"
    return run(
        scene,
        "other-name",
        "Payments fail with a name resolution error",
        question,
        label,
        family="platform",
        refs=("booking/cashier",),
    )
