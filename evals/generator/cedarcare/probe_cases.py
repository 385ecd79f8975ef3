"""Twelve wrong probes: each of the three kinds, wrong in path, port, protocol and timing."""

from dataclasses import dataclass, field

from evals.generator.cedarcare.scene import Break
from evals.generator.kit import Object
from evals.generator.kit_objects import http_probe

REFUSED = 'Get "http://{ip}:{port}{path}": dial tcp {ip}:{port}: connect: connection refused'
NOT_FOUND = "HTTP probe failed with statuscode: 404"
LATE = 'Get "http://{ip}:{port}{path}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
PLAIN = 'Get "https://{ip}:{port}{path}": http: server gave HTTP response to HTTPS client'
FRAMES = (
    'Get "http://{ip}:{port}{path}": net/http: HTTP/1.x transport connection broken: malformed HTTP response '
    '"\\x00\\x00\\x06\\x04\\x00\\x00\\x00\\x00\\x00\\x00\\x05\\x00\\x00@\\x00"'
)
NO_PREFACE = 'timeout: failed to connect service "{ip}:{port}" within 1s: context deadline exceeded'


@dataclass(frozen=True)
class Case:
    """One wrong probe. `wait` is how many seconds the program takes to start; without `gone` the old pods stay."""

    detail: str
    at: str
    ref: str
    probe: Object
    message: str
    asked: str
    parts: tuple[str, ...]
    breaks: tuple[Break, ...] = ()
    gone: bool = False
    wait: float = 3
    more: tuple[str, ...] = field(default=())

    @property
    def which(self) -> str:
        """liveness, readiness or startup."""
        return self.detail.partition("_")[0]


GATE = Break("portal>gate", "refused")
CASES = (
    Case(
        "liveness_path",
        "2026-06-02T09:12:00Z",
        "scheduling/appointments",
        http_probe("/health/alive", "http", 10, 10),
        NOT_FOUND,
        "Patients see an error page for about every second booking since a quarter past nine",
        ("frontdesk", "scheduling"),
        (Break("portal>appointments", "refused", share=0.55),),
        gone=True,
    ),
    Case(
        "liveness_port",
        "2026-06-02T13:40:00Z",
        "imaging/viewer",
        http_probe("/healthz", 8081, 10, 10),
        REFUSED.replace("{port}", "8081"),
        "alert KubePodCrashLooping",
        ("imaging",),
    ),
    Case(
        "liveness_protocol",
        "2026-06-03T07:55:00Z",
        "scheduling/slots",
        http_probe("/healthz", "grpc", 10, 10),
        FRAMES,
        "Bookings fail again and again since this morning's deployment, why?",
        ("frontdesk", "scheduling"),
        (Break("appointments>slots", "refused", share=0.6),),
        gone=True,
    ),
    Case(
        "liveness_timing",
        "2026-06-03T10:05:00Z",
        "frontdesk/portal",
        http_probe("/health/ready", "http", 3, 2, 2) | {"timeoutSeconds": 1},
        REFUSED,
        "The booking page is down",
        ("frontdesk",),
        (Break("edge>portal", status=503),),
        gone=True,
        wait=24,
    ),
    Case(
        "readiness_path",
        "2026-06-04T06:31:00Z",
        "frontdesk/session-gate",
        http_probe("/readyz", "http", 5, 10),
        NOT_FOUND,
        "Nobody can sign in to the booking portal",
        ("frontdesk",),
        (GATE,),
        gone=True,
    ),
    Case(
        "readiness_port",
        "2026-06-04T11:20:00Z",
        "imaging/viewer",
        http_probe("/healthz", 9090, 5, 10),
        REFUSED.replace("{port}", "9090"),
        "alert KubeDeploymentReplicasMismatch",
        ("imaging",),
        more=("rollout_stuck",),
    ),
    Case(
        "readiness_protocol",
        "2026-06-05T08:02:00Z",
        "frontdesk/session-gate",
        http_probe("/healthz", "http", 5, 10) | {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTPS"}},
        PLAIN,
        "Sign-in to the portal is broken since eight o'clock",
        ("frontdesk",),
        (GATE,),
        gone=True,
    ),
    Case(
        "readiness_timing",
        "2026-06-05T12:47:00Z",
        "scheduling/reports",
        http_probe("/healthz", "http", 5, 5, 1) | {"timeoutSeconds": 1},
        LATE,
        "alert KubeDeploymentReplicasMismatch",
        ("reports",),
        more=("rollout_stuck",),
    ),
    Case(
        "startup_path",
        "2026-06-08T07:15:00Z",
        "frontdesk/kiosk",
        http_probe("/startupz", "http", 0, 5, 12),
        NOT_FOUND,
        "alert KubePodCrashLooping",
        ("kiosk",),
        more=("rollout_stuck",),
    ),
    Case(
        "startup_port",
        "2026-06-08T09:30:00Z",
        "frontdesk/session-gate",
        http_probe("/healthz", 8181, 0, 5, 12),
        REFUSED.replace("{port}", "8181"),
        "Clinics report that signing in fails",
        ("frontdesk",),
        (GATE,),
        gone=True,
    ),
    Case(
        "startup_protocol",
        "2026-06-09T06:44:00Z",
        "frontdesk/kiosk",
        {"grpc": {"port": 8080}, "periodSeconds": 5, "failureThreshold": 12, "timeoutSeconds": 1},
        NO_PREFACE,
        "alert KubePodCrashLooping",
        ("kiosk",),
        more=("rollout_stuck",),
    ),
    Case(
        "startup_timing",
        "2026-06-09T14:10:00Z",
        "scheduling/reports",
        http_probe("/healthz", "http", 0, 5, 4),
        REFUSED,
        "alert KubePodCrashLooping",
        ("reports",),
        wait=70,
        more=("rollout_stuck",),
    ),
)
