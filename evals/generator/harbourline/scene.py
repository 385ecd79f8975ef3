"""Traffic through every program of the shop, broken where it is told, and the metrics that come of it."""

from datetime import datetime

from evals.generator.harbourline import voices
from evals.generator.harbourline.facts import LEDGER
from evals.generator.harbourline.stage import CALLS, LOOKUPS, PACE, ROUTES, Break, Reply, Stage
from evals.generator.harbourline.voices import Call
from evals.generator.kit import Object, digest, later
from evals.generator.kit_metrics import Metrics, grid, state_metrics


class Scene(Stage):
    """A stage on which customers search, book, and are sent mails, messages and tickets."""

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

    def search(self, at: datetime) -> Reply:
        """A customer looks for sailings."""
        web = self.pod("booking/storefront")
        reply, path = self._timetable(web, at), f"/api/sailings?route={ROUTES[self.count % len(ROUTES)]}"
        return self._front(web, at, "GET", path, "storefront>timetable", reply)

    def book(self, at: datetime) -> Reply:
        """A customer books a sailing and pays."""
        web = self.pod("booking/storefront")
        reply = self._reservations(web, at)
        return self._front(web, at, "POST", "/api/bookings", "storefront>reservations", reply)

    def _front(self, web: Object, at: datetime, method: str, path: str, hop: str, reply: Reply) -> Reply:
        """The storefront's and nginx's lines about a request whose backend gave `reply`."""
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

    def ingress(self, at: datetime, request: str, status: int, took: float, upstream: str) -> None:
        """Nginx's access line of a request; `upstream` is "-" when it answered by itself."""
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
                route = ROUTES[self.count % len(ROUTES)]
                line = voices.zap(self.local(server, done), "error", caller, what, route=route, error=text)
                self.say(server, done, line)
                return Reply(502, met.seconds, '{"error":"sailings unavailable"}')
        took = self.takes("timetable", server, 0.031)
        fields: dict[str, str | int] = {
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
        took = met.seconds if met else self.takes("cashier", pod, 0.19)
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
        body = '{"detail":"payment provider unavailable"}' if status > 500 else ""
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
        """The messenger sends a mail and a text message about a booking."""
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
        """The printer writes a ticket into the ledger."""
        pod = self.pod("fulfilment/ticket-printer")
        met = self.broken("printer>ledger", pod, at)
        done = later(at, met.seconds if met else 0.08)
        if met is None:
            told = f"ticket issued booking=HB-{self.count} ledger={LEDGER} offset={self.count + 180220}"
            self.say(pod, done, voices.python_line(self.local(pod, done), "INFO", "printer.worker", told))
            return
        self.say(
            pod,
            done,
            voices.python_line(
                self.local(pod, done),
                "ERROR",
                "printer.worker",
                f"ticket not issued booking=HB-{self.count}, will retry",
            ),
            "Traceback (most recent call last):",
            '  File "/srv/printer/ledger.py", line 33, in append',
            *met.body.split("\n"),
        )

    def measure(self, *refs: str, calls: tuple[str, ...] = (), step: float = 300) -> Metrics:
        """kube-state-metrics of `refs`, the ingress' request counter, and client counters of the hops `calls`."""
        times = grid(self.start, self.end, step)
        state_metrics(self.fleet, self.metrics, times, refs)
        for code in sorted({status for _, status in self.outcomes}):
            labels = {"namespace": "booking", "ingress": "harbourline", "status": str(code)}
            seen = [when for when, status in self.outcomes if status == code]
            self.metrics.add("nginx_ingress_controller_requests", labels, _tally(times, seen), kind="unknown")
        for hop in calls:
            for code in sorted({c for _, h, c in self.calls if h == hop}):
                seen = [when for when, h, c in self.calls if h == hop and c == code]
                caller = hop.split(">")[0]
                labels = {"service": caller, "host": CALLS[hop].host, "code": str(code or "error")}
                self.metrics.add("http_client_requests_total", labels, _tally(times, seen), kind="counter")
        return self.metrics


def _tally(times: list[datetime], seen: list[datetime]) -> list[tuple[datetime, float]]:
    return [(at, float(sum(when <= at for when in seen))) for at in times]
