"""Traffic through the programs of Cedarcare, broken where it is told, and the metrics that come of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.facts import DATABASE, IDENTITY, MESSAGES
from evals.generator.cedarcare.voices import Hop
from evals.generator.cedarcare.world import world
from evals.generator.kit import Object, digest, later, moment
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics, counter, grid, state_metrics

CLUSTER = "svc.cluster.local"
HOPS = {
    "edge>portal": Hop("gateway/envoy", f"http://portal.frontdesk.{CLUSTER}:8080/book", "10.100.2.10:8080", 15),
    "portal>gate": Hop(
        "frontdesk/portal", f"http://session-gate.frontdesk.{CLUSTER}:8080/v1/sessions", "10.100.2.20:8080"
    ),
    "gate>identity": Hop("frontdesk/session-gate", f"https://{IDENTITY}/oauth/token", "18.197.9.11:443", 5),
    "portal>appointments": Hop(
        "frontdesk/portal", f"http://appointments.scheduling.{CLUSTER}:8080/api/appointments", "10.100.3.10:8080"
    ),
    "appointments>slots": Hop(
        "scheduling/appointments",
        f"http://slots.scheduling.{CLUSTER}:9000/clinic.slots.v1.Slots/Hold",
        "10.100.3.20:9000",
        5,
    ),
    "appointments>db": Hop("scheduling/appointments", f"postgresql://{DATABASE}:5432/clinic", "10.100.4.10:5432", 15),
    "reminders>sms": Hop("messaging/reminders", f"https://{MESSAGES}/sms/json", "119.81.44.6:443", 10),
    "intake>archive": Hop(
        "imaging/intake", f"http://archive.imaging.{CLUSTER}:9000/studies/part", "10.100.5.30:9000", 20, "PUT"
    ),
    "thumbnailer>archive": Hop(
        "imaging/thumbnailer", f"http://archive.imaging.{CLUSTER}:9000/studies/part", "10.100.5.30:9000", 20, "GET"
    ),
    "viewer>archive": Hop(
        "imaging/viewer", f"http://archive.imaging.{CLUSTER}:9000/studies/part", "10.100.5.30:9000", 20, "GET"
    ),
}


@dataclass(frozen=True)
class Break:
    """A hop that fails: by `kind` (refused, timeout, reset) or with a `status`; `share` of its calls."""

    hop: str
    kind: str = ""
    status: int = 0
    body: str = ""
    share: float = 1.0

    @property
    def seconds(self) -> float:
        """How long the caller waits for it."""
        return HOPS[self.hop].patience if self.kind == "timeout" else 0.03


class Scene:
    """One incident: the cluster, the logs, the clock. `at` is when it happens; the window is 12 minutes either way."""

    def __init__(self, seed: str, at: str, *parts: str) -> None:
        self.at, self.parts, self.seed = moment(at), parts, seed
        self.fleet, self.logs, self.metrics = world(seed, *parts), Logs("frontdesk"), Metrics()
        self.start, self.end = later(self.at, -720), later(self.at, 720)
        self.count, self.tries = int(digest(seed, length=4), 16) % 9000 + 20000, Counter[str]()
        self.breaks: tuple[Break, ...] = ()
        self.slow: dict[str, float] = {}

    def time(self, seconds: float) -> datetime:
        """Seconds after `at`."""
        return later(self.at, seconds)

    def pod(self, ref: str) -> Object:
        """A Ready pod of the workload, in turn; any running one when none is Ready."""
        pods = [p for p in self.fleet.pods(ref) if p["status"].get("containerStatuses")]
        ready = [p for p in pods if {"Ready": "True"}.items() <= _conditions(p).items()]
        return (ready or pods)[self.count % len(ready or pods)]

    def say(self, pod: Object, at: datetime, *lines: str, container: str = "", previous: bool = False) -> None:
        """Write lines into the pod's log; `container` is its first."""
        meta = pod["metadata"]
        name = container or pod["spec"]["containers"][0]["name"]
        printed = [part for line in lines for part in line.split("\n")]
        self.logs.add(f"{meta['namespace']}/{meta['name']}", name, at, *printed, previous=previous)

    def traffic(self, since: float, until: float, *breaks: Break, step: float = 96) -> None:
        """Journeys from `since` to `until` (seconds around `at`), failing at `breaks`."""
        self.breaks = breaks
        position = since + 2.4
        while position < until:
            at = self.time(position + int(digest(self.seed, position, length=3), 16) / 1024)
            self.count += 1
            if "frontdesk" in self.parts:
                self.book(at)
            elif "scheduling" in self.parts:
                self.appoint(at)
            if "messaging" in self.parts:
                self.remind(at)
            if "imaging" in self.parts:
                self.study(at)
            position += step

    def _broken(self, hop: str) -> Break | None:
        self.tries[hop] += 1
        number = self.tries[hop]
        for one in self.breaks:
            if one.hop == hop and int(number * one.share) != int((number - 1) * one.share):
                return one
        return None

    def book(self, at: datetime) -> None:
        """A patient books through the gateway: Envoy, portal, session gate, appointments."""
        edge, gone = self.pod("gateway/envoy"), self._broken("edge>portal")
        if gone:
            flags = {"refused": "UF,URX", "timeout": "UT", "reset": "UC"}.get(gone.kind, "UH")
            status = 504 if gone.kind == "timeout" else gone.status or 503
            upstream = "-" if flags == "UH" else "10.244.7.5:8080"
            self.say(edge, at, voices.envoy(at, "POST /book", status, flags, gone.seconds, upstream))
            return
        portal = self.pod("frontdesk/portal")
        status, took = self._portal(portal, at)
        done = later(at, took)
        line = f"HTTP POST /book responded {status} in {took * 1000:.4f} ms"
        self.say(portal, done, voices.serilog(done, "INF", "Serilog.AspNetCore.RequestLoggingMiddleware", line))
        address = f"{portal['status'].get('podIP', '10.244.7.5')}:8080"
        self.say(edge, later(done, 0.002), voices.envoy(done, "POST /book", status, "-", took + 0.004, address))

    def _portal(self, portal: Object, at: datetime) -> tuple[int, float]:
        for hop, work in (("portal>gate", self._gate), ("portal>appointments", self.appoint)):
            found, met = HOPS[hop], self._broken(hop)
            status, took = (met.status, met.seconds) if met else work(later(at, 0.01))
            done = later(at, took + 0.01)
            if status == 200 and not (met and met.kind):
                line = f"End processing HTTP request POST {found.url} after {took * 1000:.1f}ms - 200"
                self.say(portal, done, voices.serilog(done, "INF", f"System.Net.Http.HttpClient.{hop[7:]}", line))
                at = done
                continue
            error = voices.dotnet_failure(found, met.kind if met else "", status)
            told = f"Booking step failed: POST {found.url}\n{error}"
            self.say(portal, done, voices.serilog(done, "ERR", "Cedarcare.Portal.BookingController", told))
            return (401 if status == 401 else 504 if met and met.kind == "timeout" else 502), took + 0.02
        return 200, 0.21

    def _gate(self, at: datetime) -> tuple[int, float]:
        gate, met, hop = self.pod("frontdesk/session-gate"), self._broken("gate>identity"), HOPS["gate>identity"]
        done = later(at, met.seconds if met else 0.09)
        if met:
            error = voices.go_failure(hop, met.kind, met.status, met.body)
            self.say(gate, done, voices.zap(done, "error", "oidc/exchange.go:88", "code exchange failed", error=error))
            return (401 if met.status == 400 else 502), met.seconds + 0.01
        fields = {"url": hop.url, "status": 200, "elapsed": 0.084}
        self.say(gate, done, voices.zap(done, "info", "oidc/exchange.go:97", "code exchanged", **fields))
        return 200, 0.1

    def appoint(self, at: datetime) -> tuple[int, float]:
        """An appointment is made: slots over gRPC, then the database, then an event."""
        pod, source = self.pod("scheduling/appointments"), "Cedarcare.Appointments.BookingService"
        met, hop = self._broken("appointments>slots"), HOPS["appointments>slots"]
        took = met.seconds if met else self.slow.get("slots", 0.012)
        done = later(at, took)
        if met and not met.status:
            told = f"Could not hold slot for appointment A-{self.count} at {hop.url}"
            self.say(pod, done, voices.compact(done, "Error", source, told, voices.grpc_failure(met.kind), Uri=hop.url))
            return 500, took
        self._slots(pod, later(at, 0.003), took, met)
        if met:
            error = f'Grpc.Core.RpcException: Status(StatusCode="Internal", Detail="{met.body}")'
            told = f"Could not hold slot for appointment A-{self.count} at {hop.url}"
            self.say(pod, done, voices.compact(done, "Error", source, told, error, Uri=hop.url))
            return 500, took
        line = f"End processing HTTP request after {took * 1000:.4f}ms - 200"
        client = "System.Net.Http.HttpClient.Slots.LogicalHandler"
        self.say(pod, done, voices.compact(done, "Information", client, line, HttpMethod="POST", Uri=hop.url))
        met = self._broken("appointments>db")
        if met:
            error = voices.npgsql_failure(HOPS["appointments>db"].address, met.kind)
            done = later(done, met.seconds)
            self.say(pod, done, voices.compact(done, "Error", source, f"Appointment A-{self.count} not saved", error))
            return 500, met.seconds
        told = f"Appointment A-{self.count} saved and announced on appointments.booked"
        self.say(pod, later(done, 0.02), voices.compact(later(done, 0.02), "Information", source, told))
        return 200, took + 0.05

    def _slots(self, caller: Object, at: datetime, took: float, met: Break | None) -> None:
        pod = self.pod("scheduling/slots")
        peer = f"{caller['status'].get('podIP', '10.244.7.8')}:{41000 + self.count % 9000}"
        fields = {"grpc.method": "Hold", "grpc.service": "clinic.slots.v1.Slots", "peer.address": peer}
        if met:
            fields |= {"grpc.code": "Internal", "error": met.body}
            self.say(pod, at, voices.zap(at, "error", "grpc/logging.go:61", "finished call", **fields))
            return
        took_ms = {"grpc.time_ms": round(took * 1000, 1)}
        fields |= {"grpc.code": "OK"}
        self.say(pod, at, voices.zap(at, "info", "grpc/logging.go:61", "finished call", **took_ms, **fields))

    def remind(self, at: datetime) -> None:
        """A reminder is taken from the stream and sent as a text message."""
        pod, met, hop = self.pod("messaging/reminders"), self._broken("reminders>sms"), HOPS["reminders>sms"]
        done, booking = later(at, met.seconds if met else 0.3), f"A-{self.count}"
        if met:
            error = voices.requests_failure(hop, met.kind, met.status)
            line = voices.structlog(done, "error", "reminder_not_sent", appointment=booking, attempt=1, error=error)
        else:
            line = voices.structlog(done, "info", "reminder_sent", appointment=booking, url=hop.url, status=200)
        self.say(pod, done, line)

    def study(self, at: datetime) -> None:
        """A scanner sends a study; it is stored, a thumbnail is made, a doctor looks at one."""
        number = f"1.2.276.0.{self.count}"
        self._store("intake>archive", "study stored", at, study=number)
        self._store("viewer>archive", "study served", later(at, 4), study=number)
        pod, met = self.pod("imaging/thumbnailer"), self._broken("thumbnailer>archive")
        done, hop = later(at, 9 + (met.seconds if met else 0.4)), HOPS["thumbnailer>archive"]
        if met:
            error = voices.requests_failure(hop, met.kind, met.status)
            self.say(pod, done, voices.structlog(done, "error", "thumbnail_failed", study=number, error=error))
            return
        self.say(pod, done, voices.structlog(done, "info", "thumbnail_made", study=number, url=hop.url, status=200))

    def _store(self, name: str, what: str, at: datetime, **fields: str) -> None:
        hop, met = HOPS[name], self._broken(name)
        pod, done = self.pod(hop.caller), later(at, met.seconds if met else 0.2)
        if met:
            error = met.body if met.kind == "own" else voices.go_failure(hop, met.kind, met.status, met.body)
            self.say(
                pod, done, voices.zap(done, "error", "store/s3.go:140", f"not done: {what}", error=error, **fields)
            )
            return
        told = {"url": hop.url, "status": 200} | fields
        self.say(pod, done, voices.zap(done, "info", "store/s3.go:152", what, **told))

    def measure(self, *refs: str, step: float = 360) -> Metrics:
        """kube-state-metrics of `refs`."""
        state_metrics(self.fleet, self.metrics, grid(self.start, self.end, step), refs)
        return self.metrics

    def requests(self, *rates: tuple[float | None, float], status: str = "200") -> None:
        """The gateway's request counter: (from when in seconds around `at`, a second)."""
        times = grid(self.start, self.end, 120)
        changes = [(None if since is None else self.time(since), rate) for since, rate in rates]
        labels = {"namespace": "gateway", "envoy_cluster_name": "frontdesk_portal", "envoy_response_code": status}
        self.metrics.add("envoy_cluster_upstream_rq_total", labels, counter(times, 184000, changes), kind="counter")


def _conditions(pod: Object) -> dict[str, str]:
    return {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
