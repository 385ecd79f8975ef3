"""The stage of one incident: the cluster, the logs, the clock, and which calls are broken."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from evals.generator.harbourline.facts import NAME
from evals.generator.harbourline.voices import Call
from evals.generator.harbourline.world import Fleet, world
from evals.generator.kit import Object, digest, later, moment, nano
from evals.generator.kit_changes import job
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics
from evals.generator.kit_objects import container, pod_template
from evals.generator.kit_pods import restart

CALLS = {
    "storefront>timetable": Call(
        "GET", "http://timetable.booking.svc.cluster.local:8080/v1/sailings", "10.43.12.20:8080", 4
    ),
    "storefront>reservations": Call(
        "POST", "http://reservations-api.booking.svc.cluster.local:8080/v2/bookings", "10.43.12.30:8080", 20
    ),
    "reservations>cashier": Call(
        "POST", "http://cashier-api.booking.svc.cluster.local:8000/v1/charges", "10.43.12.40:8000", 15
    ),
    "cashier>stripe": Call("POST", "https://api.stripe.com/v1/payment_intents", "3.248.11.92:443", 10),
    "timetable>cache": Call("GET", "redis://cache.data.svc.cluster.local:6379/0", "10.43.30.20:6379", 1),
    "timetable>maps": Call("GET", "https://maps.googleapis.com/maps/api/distancematrix/json", "142.250.74.42:443", 3),
    "timetable>berths": Call("GET", "https://berths.portauthority.internal/api/v1/slots", "10.90.4.8:443", 3),
    "messenger>sendgrid": Call("POST", "https://api.sendgrid.com/v3/mail/send", "167.89.118.52:443", 8),
    "messenger>twilio": Call(
        "POST", "https://api.twilio.com/2010-04-01/Accounts/AC71/Messages.json", "54.172.60.11:443", 8
    ),
}
ROUTES = ("ROS-CHE", "HOL-DUB", "PME-CAE", "NCL-IJM", "DOV-CAL")
PACE = 2.1
ACCEPTED = {"messenger>sendgrid": 202, "messenger>twilio": 201}
LOOKUPS = (
    ("timetable>cache", "cache/redis.go:44", "cache write failed"),
    ("timetable>maps", "geo/client.go:87", "distance lookup failed"),
    ("timetable>berths", "berths/client.go:39", "berth lookup failed"),
)


@dataclass(frozen=True)
class Break:
    """A call that fails. `kind` is a key of the clients' tables, `text` (own words in `body`), or "" with a `status`.

    `node` limits it to callers on that node, `share` to a part of the calls; `mesh` says which of our proxies gave up:
    `sidecar` or none, with `flags` as Envoy prints them.
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
        """How long the caller waits for it."""
        if self.took:
            return self.took
        return CALLS[self.hop].timeout if "timeout" in self.kind and self.hop in CALLS else 0.04


@dataclass(frozen=True)
class Reply:
    """What a caller got: a status, or 0 with the failure's kind in `body`."""

    status: int
    seconds: float
    body: str = ""


@dataclass
class Journal(Logs):
    """Logs that keep the order of writing on nodes whose clock jumped: `jumps` maps a pod to (since, seconds)."""

    jumps: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def files(self, since: datetime, until: datetime) -> dict[str, str]:
        """As the kit's; a line's stamp is what the pod's node took for the time."""
        found = super().files(since, until)
        for (where, pod, program, previous), lines in self.lines.items():
            if pod in self.jumps:
                name = f"logs/{where}/{pod}/{program}{'.previous' if previous else ''}.log"
                ordered = sorted((pair for pair in lines if since <= pair[0] <= until), key=lambda pair: pair[0])
                found[name] = "".join(f"{nano(self._shown(pod, at))} {line}\n" for at, line in ordered)
        return found

    def _shown(self, pod: str, at: datetime) -> datetime:
        since, seconds = self.jumps[pod]
        return later(at, seconds) if at >= since else at


class Stage:
    """`at` is when something happens; the incident's window runs from 15 minutes before to 12 after by default."""

    def __init__(self, seed: str, at: str, *parts: str) -> None:
        self.seed, self.parts, self.at = seed, parts, moment(at)
        self.fleet = world(seed, *parts)
        self.start, self.end = later(self.at, -900), later(self.at, 720)
        self.logs, self.metrics = Journal("booking"), Metrics()
        self.outcomes: list[tuple[datetime, int]] = []
        self.calls: list[tuple[datetime, str, int]] = []
        self.count, self.tries = int(digest(seed, length=4), 16) % 7000 + 41000, Counter[str]()
        self.slow: dict[str, float] = {}
        self.broken_by: tuple[Break, ...] = ()
        self.skew: dict[str, float] = {}
        self.tls: frozenset[str] = frozenset()
        noise(self.fleet, self.start)

    def time(self, seconds: float) -> datetime:
        """Seconds after `at`."""
        return later(self.at, seconds)

    def pod(self, ref: str) -> Object:
        """A Ready pod of the workload, in turn; any running one when none is Ready."""
        pods = self.fleet.pods(ref)
        ready = [
            p for p in pods if any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"]["conditions"])
        ]
        return (ready or pods)[self.count % len(ready or pods)]

    def say(self, pod: Object, at: datetime, *lines: str, container: str = "") -> None:
        """Write lines into the pod's log at true time `at`; `container` is its first."""
        meta = pod["metadata"]
        if pod["spec"]["nodeName"] in self.skew:
            self.logs.jumps[meta["name"]] = (self.at, self.skew[pod["spec"]["nodeName"]])
        name = f"{meta['namespace']}/{meta['name']}"
        printed = [part for line in lines for part in line.split("\n")]
        self.logs.add(name, container or pod["spec"]["containers"][0]["name"], at, *printed)

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
        self.calls.append((at, hop, met.status if met else ACCEPTED.get(hop, 200)))
        return met

    def takes(self, name: str, pod: Object, usual: float) -> float:
        """Seconds that a program takes for an answer: as `slow` says of `NAME@NODE` or of `NAME`, else as usual."""
        return self.slow.get(f"{name}@{pod['spec']['nodeName']}", self.slow.get(name, usual))

    def call(self, hop: str) -> Call:
        """The request of a hop, as this scene's callers send it."""
        found = CALLS[hop]
        if hop == "cashier>stripe" and "mesh" in self.parts:
            return Call(found.method, found.url.replace("https", "http"), "240.240.0.14:80", found.timeout)
        if hop == "timetable>maps":
            route = ROUTES[self.count % len(ROUTES)].split("-")
            return Call("GET", f"{found.url}?destinations={route[1]}&origins={route[0]}", found.address, found.timeout)
        if hop in self.tls:
            return Call(found.method, found.url.replace("http:", "https:"), found.address, found.timeout)
        return found


def noise(fleet: Fleet, at: datetime) -> None:
    """What every real cluster shows: old restarts, and a job of somebody else, finished or, with some seeds, failed."""
    for ref, ago in (("booking/reservations", 190000), ("fulfilment/messenger", 420000)):
        if ("Deployment", *fleet.split(ref)) in fleet.objects:
            restart(fleet, fleet.pods(ref)[0], later(at, -ago), reason="Error", exit_code=1, count=2)
    home = next(n for n in ("booking", "fulfilment", "data") if ("Namespace", "", n) in fleet.objects)
    failed = int(digest("noise", fleet.seed, length=2), 16) % 3 == 0
    name = "sitemap-builder-29532960" if failed else "fare-archive-29533020"
    image = "ghcr.io/harbourline/chores:0.4.0"
    job(
        fleet,
        f"{home}/{name}",
        pod_template({NAME: "chores"}, container("chores", image)),
        later(at, -5400),
        failed=failed,
    )
