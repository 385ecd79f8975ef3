"""What programs of Cedarcare write when they start and when they are told to stop."""

from datetime import datetime

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.facts import PROGRAMS
from evals.generator.cedarcare.scene import Scene
from evals.generator.kit import Object, later

DOTNET = {"portal", "appointments", "kiosk"}
PYTHON = {"reports", "reminders", "thumbnailer"}


def hello(scene: Scene, pod: Object, at: datetime, wait: float = 3, **parts: object) -> None:
    """The first lines of a program that begins at `at` and serves `wait` seconds later.

    `killed` is when it is told to stop, before which nothing may come; `previous` writes the dead instance's log.
    """
    killed, previous = parts.get("killed"), bool(parts.get("previous"))
    name = pod["spec"]["containers"][0]["name"]
    lines = list(_starting(name, at, wait))
    if isinstance(killed, datetime):
        lines = [(when, line) for when, line in lines if when < killed]
        lines.append((later(killed, 0.1), _stopping(name, later(killed, 0.1))))
    for when, line in lines:
        scene.say(pod, when, line, previous=previous)


def _starting(name: str, at: datetime, wait: float) -> list[tuple[datetime, str]]:
    port = next((one.port for ref, one in PROGRAMS.items() if ref.endswith(f"/{name}")), 0)
    soon, ready = later(at, 0.4), later(at, wait)
    if name in DOTNET:
        host = "Microsoft.Hosting.Lifetime"
        write = voices.compact if name == "appointments" else _console
        return [
            (soon, write(soon, "Information", "Cedarcare.Startup", "Loading clinic calendars")),
            (ready, write(ready, "Information", host, f"Now listening on: http://[::]:{port}")),
            (ready, write(ready, "Information", host, "Application started. Press Ctrl+C to shut down.")),
        ]
    if name in PYTHON:
        return [
            (soon, voices.structlog(soon, "info", "starting", version="0.31.0", workers=2)),
            (ready, voices.structlog(ready, "info", "listening" if port else "subscribed", port=port or 4222)),
        ]
    return [
        (soon, voices.zap(soon, "info", "cmd/main.go:41", "starting", version="v3.4.2")),
        (ready, voices.zap(ready, "info", "cmd/main.go:77", "listening", addr=f":{port}")),
    ]


def _stopping(name: str, at: datetime) -> str:
    if name in DOTNET:
        write = voices.compact if name == "appointments" else _console
        return write(at, "Information", "Microsoft.Hosting.Lifetime", "Application is shutting down...")
    if name in PYTHON:
        return voices.structlog(at, "info", "shutting_down", signal="SIGTERM")
    return voices.zap(at, "info", "cmd/main.go:93", "shutting down", signal="terminated")


def _console(at: datetime, _: str, source: str, message: str) -> str:
    return voices.serilog(at, "INF", source, message)
