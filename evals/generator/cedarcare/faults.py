"""Programs that run and err by themselves, in the words of .NET, Go and Python."""

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Scene
from evals.generator.kit import later
from evals.generator.kit_labels import internal
from evals.generator.kit_run import Run

DOTNET = (
    "System.NullReferenceException: Object reference not set to an instance of an object.\n"
    "   at Cedarcare.Appointments.Insurance.CoverageRules.For(Patient one) in /src/CoverageRules.cs:line 61\n"
    "   at Cedarcare.Appointments.BookingService.BookAsync(BookingRequest request) in /src/BookingService.cs:line 118"
)
GO = (
    "http: panic serving 10.244.7.3:51820: runtime error: invalid memory address or nil pointer dereference",
    "goroutine 8841 [running]:",
    "net/http.(*conn).serve.func1()",
    "\t/usr/local/go/src/net/http/server.go:1947 +0xbe",
    "main.(*renderer).overlay(0x0, {0xc0004a6000, 0x1f})",
    "\t/src/viewer/overlay.go:203 +0x51",
)
PYTHON = (
    "Traceback (most recent call last):",
    '  File "/app/thumbnailer/worker.py", line 84, in handle',
    "    window = presets[study.modality]",
    "KeyError: 'NM'",
)


def runs() -> list[Run]:
    """Every run of this module."""
    return [_dotnet(), _go(), _python()]


def _dotnet() -> Run:
    scene = Scene("null", "2026-07-03T08:10:00Z", "scheduling")
    scene.traffic(-700, 700)
    for number in range(15):
        at = scene.time(4 + number * 46)
        pod = scene.fleet.pods("scheduling/appointments")[number % 2]
        source = "Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware"
        text = "An unhandled exception has occurred while executing the request."
        scene.say(pod, at, voices.compact(at, "Error", source, text, DOTNET, RequestPath="/api/appointments"))
        told = "HTTP POST /api/appointments responded 500 in 8.1120 ms"
        middleware = "Serilog.AspNetCore.RequestLoggingMiddleware"
        scene.say(pod, at, voices.compact(at, "Error", middleware, told, StatusCode=500, RequestMethod="POST"))
    label = internal(
        "scheduling/appointments",
        "application_errors",
        ("fix_code", "rollback"),
        "The program throws for some patients; no callee fails and nothing was changed.",
    )
    asked = "Half of the bookings by privately insured patients end with an error since ten past eight"
    return run(
        scene, "null", "Some bookings end with an error", asked, label, family="code", refs=("scheduling/appointments",)
    )


def _go() -> Run:
    scene = Scene("panic", "2026-07-03T12:25:00Z", "imaging")
    scene.traffic(-700, 700)
    for number in range(14):
        at = scene.time(3 + number * 49)
        pod = scene.pod("imaging/viewer")
        scene.say(pod, at, f"{at.strftime('%Y/%m/%d %H:%M:%S')} {GO[0]}", *GO[1:])
        line = voices.zap(
            at, "error", "http/access.go:58", "request", method="GET", path="/studies/overlay", status=500, took=0.004
        )
        scene.say(pod, later(at, 0.001), line)
    label = internal(
        "imaging/viewer",
        "application_errors",
        ("fix_code", "rollback"),
        "The viewer panics in its own code while its store answers.",
    )
    asked = "Doctors get an error when they open the overlay of a study"
    return run(scene, "panic", "Overlays fail", asked, label, family="code", refs=("imaging/viewer",))


def _python() -> Run:
    scene = Scene("key", "2026-07-06T07:45:00Z", "imaging")
    scene.traffic(-700, 700)
    for number in range(14):
        at = scene.time(5 + number * 48)
        pod = scene.pod("imaging/thumbnailer")
        told = {"study": f"1.2.276.0.7{number}", "attempt": 3}
        scene.say(pod, at, voices.structlog(at, "error", "job_failed", **told, exc_info=True), *PYTHON)
    label = internal(
        "imaging/thumbnailer",
        "application_errors",
        ("fix_code", "rollback"),
        "The worker has no preset for one kind of study and fails on each of them.",
    )
    asked = "No previews for nuclear medicine since a quarter to eight, all others are there"
    return run(scene, "key", "Some previews are missing", asked, label, family="code", refs=("imaging/thumbnailer",))
