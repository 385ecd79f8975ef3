"""One incident's timeline: traffic through every program, broken where it is told, and the files that come of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from evals.generator.harbourline import voices
from evals.generator.harbourline.voices import Call
from evals.generator.harbourline.world import LEDGER, noise, world
from evals.generator.kit import Object, digest, later, moment
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics, grid, state_metrics

CALLS = {
    "storefront>timetable": Call("GET", "http://timetable.booking.svc.cluster.local:8080/v1/sailings", "10.43.12.20:8080", 4),
    "storefront>reservations": Call("POST", "http://reservations-api.booking.svc.cluster.local:8080/v2/bookings", "10.43.12.30:8080", 20),
    "reservations>cashier": Call("POST", "http://cashier-api.booking.svc.cluster.local:8000/v1/charges", "10.43.12.40:8000", 15),
    "cashier>stripe": Call("POST", "https://api.stripe.com/v1/payment_intents", "3.248.11.92:443", 10),
    "timetable>cache": Call("GET", "redis://cache.data.svc.cluster.local:6379/0", "10.43.30.20:6379", 1),
    "timetable>maps": Call("GET", "https://maps.googleapis.com/maps/api/distancematrix/json", "142.250.74.42:443", 3),
    "timetable>berths": Call("GET", "https://berths.portauthority.internal/api/v1/slots", "10.90.4.8:443", 3),
    "messenger>sendgrid": Call("POST", "https://api.sendgrid.com/v3/mail/send", "167.89.118.52:443", 8),
    "messenger>twilio": Call("POST", "https://api.twilio.com/2010-04-01/Accounts/AC71/Messages.json", "54.172.60.11:443", 8),
}  # fmt: skip
ROUTES = ("ROS-CHE", "HOL-DUB", "PME-CAE", "NCL-IJM", "DOV-CAL")
PACE = 1.9
LOOKUPS = (
    ("timetable>cache", "cache/redis.go:44", "cache write failed"),
    ("timetable>maps", "geo/client.go:87", "distance lookup failed"),
    ("timetable>berths", "berths/client.go:39", "berth lookup failed"),
)


@dataclass(frozen=True)
class Break:
    """A call that fails. `kind` is a key of the clients' tables, or `text` (a store's own words in `body`), or "" with a `status`.

    `node` limits it to callers on that node, `share` to a part of the calls; `mesh` says where a proxy gave up: `sidecar`, `gateway`
    with `flags` as Envoy prints them.
    """

    hop: str
    kind: str = ""
    status: int = 0
    body: str = ""
    node: str = ""
    share: float = 1.0
    mesh: str = ""
    flags: str = "- via_upstream"
    took: float = 0.0

    @property
    def seconds(self) -> float:
        if self.took:
            return self.took
        return CALLS[self.hop].timeout if "timeout" in self.kind and self.hop in CALLS else 0.04


@dataclass(frozen=True)
class Reply:
    status: int
    seconds: float
    body: str = ""


class Scene:
    """`at` is when something happens; the incident's window runs from 15 minutes before to 12 after unless set otherwise."""

    def __init__(self, seed: str, at: str, *parts: str) -> None:
        self.seed, self.parts, self.at = seed, parts, moment(at)
        self.fleet = world(seed, *parts)
        self.start, self.end = later(self.at, -900), later(self.at, 720)
        self.logs, self.metrics = Logs("booking"), Metrics()
        self.outcomes: list[tuple[datetime, int]] = []
        self.calls: list[tuple[datetime, str, int]] = []
        self.count, self.tries = int(digest(seed, length=4), 16) % 7000 + 41000, Counter[str]()
        self.slow: dict[str, float] = {}
        self.broken_by: tuple[Break, ...] = ()
        self.skew: dict[str, float] = {}
        noise(self.fleet, self.start)

    def time(self, seconds: float) -> datetime:
        """Seconds after `at`."""
        return later(self.at, seconds)

    def traffic(self, since: float, until: float, *breaks: Break, step: float = 50) -> None:
        """Journeys from `since` to `until` (seconds around `at`), every `step` seconds, failing at `breaks`."""
        self.broken_by = breaks
        position = since + 3.217
        while position < until:
            at = self.time(position + int(digest(self.seed, position, length=3), 16) / 1024)
            self.count += 1
            if "booking" in self.parts:
                (self.search if self.count % 3 == 0 else self.book)(at)
            if "fulfilment" in self.parts and self.count % 3:
                self.notify(later(at, 0.7))
                self.issue(later(at, 0.9))
            position += step * PACE

    def pod(self, ref: str) -> Object:
        """A Ready pod of the workload, in turn; any running one when none is Ready."""
        pods = self.fleet.pods(ref)
        ready = [
            p for p in pods if any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"]["conditions"])
        ]
        return (ready or pods)[self.count % len(ready or pods)]

    def say(self, pod: Object, at: datetime, *lines: str, container: str = "") -> None:
        meta, when = pod["metadata"], self.local(pod, at)
        self.logs.add(
            f"{meta['namespace']}/{meta['name']}", container or pod["spec"]["containers"][0]["name"], when, *lines
        )

    def local(self, pod: Object, at: datetime) -> datetime:
        """What the clock of the pod's node shows; `skew` (seconds by node) counts from `self.at` on."""
        return later(at, self.skew.get(pod["spec"]["nodeName"], 0) if at >= self.at else 0)

    def broken(self, hop: str, caller: Object, at: datetime) -> Break | None:
        """The break that this call meets. Counts the call."""
        self.tries[hop] += 1
        number, met = self.tries[hop], None
        for one in self.broken_by:
            struck = int(number * one.share) != int((number - 1) * one.share)
            if met is None and one.hop == hop and one.node in ("", caller["spec"]["nodeName"]) and struck:
                met = one
        self.calls.append((at, hop, met.status if met else 200))
        return met

    def call(self, hop: str, method: str = "") -> Call:
        found = CALLS[hop]
        if hop == "cashier>stripe" and "mesh" in self.parts:
            return Call(found.method, found.url.replace("https", "http"), "240.240.0.14:80", found.timeout)
        if hop == "timetable>maps":
            route = ROUTES[self.count % len(ROUTES)].split("-")
            return Call("GET", f"{found.url}?destinations={route[1]}&origins={route[0]}", found.address, found.timeout)
        return found

    def search(self, at: datetime) -> Reply:
        web = self.pod("booking/storefront")
        reply, path = self._timetable(web, at), f"/api/sailings?route={ROUTES[self.count % len(ROUTES)]}"
        return self._front(web, at, "GET", path, "storefront>timetable", reply)

    def book(self, at: datetime) -> Reply:
        web = self.pod("booking/storefront")
        reply = self._reservations(web, at)
        return self._front(web, at, "POST", "/api/bookings", "storefront>reservations", reply)

    def _front(self, web: Object, at: datetime, method: str, path: str, hop: str, reply: Reply) -> Reply:  # noqa: PLR0913, PLR0917
        """The storefront's and nginx's lines about a request whose backend gave `reply`; a negative status is a Break's kind."""
        name, done = web["metadata"]["name"], later(at, reply.seconds + 0.01)
        request = {"id": f"req-{self.count:x}", "method": method, "url": path}
        status = reply.status
        if status >= 500 or status == 0:
            error = voices.axios_failure(self.call(hop), reply.body if status == 0 else "", status, reply.body)
            self.say(
                web, done, voices.pino(self.local(web, done), name, 50, "backend call failed", req=request, err=error)
            )
            status = 504 if status == 504 or "timeout" in reply.body else 502
        took = int((reply.seconds + 0.012) * 1000)
        fields = {"req": request, "res": {"statusCode": status}, "responseTime": took}
        self.say(
            web,
            later(done, 0.002),
            voices.pino(self.local(web, later(done, 0.002)), name, 30, "request completed", **fields),
        )
        address = f"{web['status']['podIP']}:3000"
        self.ingress(later(done, 0.004), f"{method} {path}", status, took / 1000, address)
        return Reply(status, reply.seconds)

    def ingress(self, at: datetime, request: str, status: int, took: float, upstream: str) -> None:  # noqa: PLR0913, PLR0917
        self.outcomes.append((at, status))
        pod = self.pod("edge/ingress-nginx-controller")
        self.say(pod, at, voices.nginx_access(self.local(pod, at), request, status, took, upstream))

    def _timetable(self, web: Object, at: datetime) -> Reply:
        met = self.broken("storefront>timetable", web, at)
        if met:
            return Reply(met.status, met.seconds, met.kind)
        server = self.pod("booking/timetable-server")
        for hop, caller, what in LOOKUPS:
            met = self.broken(hop, server, at)
            if met:
                done, call = later(at, met.seconds), self.call(hop)
                text = (
                    met.body
                    if met.kind == "text"
                    else voices.go_failure(self.local(server, done), call, met.kind, met.status, met.body)
                )
                fields = {"route": ROUTES[self.count % len(ROUTES)], "error": text}
                self.say(server, done, voices.zap(self.local(server, done), "error", caller, what, **fields))
                return Reply(502, met.seconds, '{"error":"sailings unavailable"}')
        took = self.slow.get("timetable", 0.031)
        fields = {
            "route": ROUTES[self.count % len(ROUTES)],
            "status": 200,
            "took_ms": int(took * 1000),
            "distance_from": "maps.googleapis.com",
        }
        self.say(
            server,
            later(at, took),
            voices.zap(self.local(server, later(at, took)), "info", "http/handler.go:112", "sailings served", **fields),
        )
        return Reply(200, took)

    def _reservations(self, web: Object, at: datetime) -> Reply:
        met = self.broken("storefront>reservations", web, at)
        if met:
            return Reply(met.status, met.seconds, met.kind)
        java = self.pod("booking/reservations")
        met = self.broken("reservations>db", java, at)
        if met:
            done = later(at, met.seconds)
            self.say(java, done, *voices.jdbc_failure(self.local(java, done), met.body))
            return Reply(500, met.seconds, '{"title":"Internal Server Error","status":500}')
        reply = self._cashier(java, later(at, 0.03))
        done = later(at, reply.seconds + 0.05)
        if reply.status == 402:
            line = f"Booking HB-{self.count} not taken: card declined (insufficient_funds)"
            self.say(java, done, voices.spring(self.local(java, done), "INFO", "c.h.r.booking.BookingService", line))
            return Reply(402, reply.seconds + 0.05)
        if reply.status != 200:
            kind = reply.body if reply.status == 0 else ""
            self.say(
                java,
                done,
                *voices.spring_failure(
                    self.local(java, done), self.call("reservations>cashier"), kind, reply.status, reply.body
                ),
            )
            return Reply(502, reply.seconds + 0.05, '{"title":"Bad Gateway","status":502}')
        line = (
            f"Booking HB-{self.count} confirmed in {int((reply.seconds + 0.05) * 1000)} ms, event published to bookings"
        )
        self.say(java, done, voices.spring(self.local(java, done), "INFO", "c.h.r.booking.BookingService", line))
        return Reply(200, reply.seconds + 0.05)

    def _cashier(self, java: Object, at: datetime) -> Reply:
        met = self.broken("reservations>cashier", java, at)
        if met:
            return Reply(met.status, met.seconds, met.kind)
        pod, call = self.pod("booking/cashier"), self.call("cashier>stripe")
        met = self.broken("cashier>stripe", pod, at)
        took = met.seconds if met else self.slow.get("cashier", 0.19)
        done, status = later(at, took), 200
        self._mesh(pod, at, call, met)
        if met and met.status == 402:
            status = 402
            self.say(pod, done, voices.httpx_answer(self.local(pod, done), call, 402))
            told = f"payment_intent declined code=card_declined decline_code=insufficient_funds booking=HB-{self.count}"
            self.say(pod, done, voices.python_line(self.local(pod, done), "INFO", "cashier.stripe", told))
        elif met:
            self.say(pod, done, *voices.httpx_failure(self.local(pod, done), call, met.kind, met.status, met.body))
            status = 504 if "timeout" in met.kind else 502
        else:
            self.say(pod, done, voices.httpx_answer(self.local(pod, done), call, 200))
        reason = voices.REASONS.get(status, "OK")
        client = f"{java['status']['podIP']}:{40000 + self.count % 9000}"
        self.say(pod, later(done, 0.003), f'INFO:     {client} - "POST /v1/charges HTTP/1.1" {status} {reason}')
        body = '{\\"detail\\":\\"payment provider unavailable\\"}' if status > 500 else ""
        return Reply(status, took + 0.01, body)

    def _mesh(self, pod: Object, at: datetime, call: Call, met: Break | None) -> None:
        """The proxies' access lines about a call to the vendor: our sidecar's and our outbound gateway's."""
        if "mesh" not in self.parts:
            return
        status = met.status if met else 200
        at_sidecar = met is not None and met.mesh == "sidecar"
        inner = "outbound|80||outbound.edge.svc.cluster.local"
        if at_sidecar:
            self.say(
                pod,
                at,
                voices.envoy_access(at, call, status, met.flags if met else "", ("-", inner)),
                container="istio-proxy",
            )
            return
        gateway = self.pod("edge/outbound-gateway")
        host = (f"{gateway['status']['podIP']}:8080", inner)
        self.say(pod, at, voices.envoy_access(at, call, status, "- via_upstream", host), container="istio-proxy")
        flags = met.flags if met else "- via_upstream"
        self.say(
            gateway,
            at,
            voices.envoy_access(at, call, status, flags, ("3.248.11.92:443", "outbound|443||api.stripe.com")),
        )

    def notify(self, at: datetime) -> None:
        pod = self.pod("fulfilment/messenger")
        name, booking = pod["metadata"]["name"], f"HB-{self.count}"
        for hop, channel, status in (("messenger>sendgrid", "email", 202), ("messenger>twilio", "sms", 201)):
            met, call = self.broken(hop, pod, at), self.call(hop)
            done = later(at, met.seconds if met else 0.24)
            if met:
                error = voices.axios_failure(call, met.kind, met.status, met.body)
                line = voices.pino(
                    done, name, 50, f"{channel} not delivered, retry scheduled", booking=booking, attempt=1, err=error
                )
            else:
                line = voices.pino(done, name, 30, f"{channel} accepted", booking=booking, url=call.url, status=status)
            self.say(pod, done, line)

    def issue(self, at: datetime) -> None:
        pod = self.pod("fulfilment/ticket-printer")
        met = self.broken("printer>ledger", pod, at)
        done = later(at, met.seconds if met else 0.08)
        if met is None:
            told = f"ticket issued booking=HB-{self.count} ledger={LEDGER} offset={self.count + 180220}"
            self.say(pod, done, voices.python_line(self.local(pod, done), "INFO", "printer.worker", told))
            return
        self.say(pod, done, voices.python_line(self.local(pod, done), "ERROR", "printer.worker", f"ticket not issued booking=HB-{self.count}, will retry"),
                 "Traceback (most recent call last):", '  File "/srv/printer/ledger.py", line 33, in append', *met.body.split("\n"))  # fmt: skip

    def measure(self, *refs: str, calls: tuple[str, ...] = (), step: float = 300) -> Metrics:
        """kube-state-metrics of `refs`, the ingress' request counter, and client counters of the hops `calls`."""
        times = grid(self.start, self.end, step)
        state_metrics(self.fleet, self.metrics, times, refs)
        for code in sorted({status for _, status in self.outcomes}):
            labels = {"namespace": "booking", "ingress": "harbourline", "status": str(code)}
            seen = [when for when, status in self.outcomes if status == code]
            self.metrics.add("nginx_ingress_controller_requests_total", labels, _tally(times, seen), kind="counter")
        for hop in calls:
            for code in sorted({c for _, h, c in self.calls if h == hop}):
                seen = [when for when, h, c in self.calls if h == hop and c == code]
                caller = hop.split(">")[0]
                labels = {"service": caller, "host": CALLS[hop].host, "code": str(code or "error")}
                self.metrics.add("http_client_requests_total", labels, _tally(times, seen), kind="counter")
        return self.metrics


def _tally(times: list[datetime], seen: list[datetime]) -> list[tuple[datetime, float]]:
    return [(at, float(sum(when <= at for when in seen))) for at in times]
