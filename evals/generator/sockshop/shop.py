"""A Sock Shop that lives through a window.

Changes to its cluster, and what its programs write while customers use it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from evals.generator.kit import Object, Part, digest, later, moment
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_logs import Logs
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import Era
from evals.generator.sockshop.world import build, restarted

HTTP_THREAD = "p-nio-80-exec-{}"
SOCKS = (("Holy", 99.99), ("Colourful", 18.0), ("SuperSport XL", 15.0), ("Crossed", 17.32), ("Figueroa", 14.0))
SOCK = "03fef6ac-1896-4ce8-bd69-b798f85c6e0b"


@dataclass(frozen=True)
class Life:
    """A pod of `workload` that was there between the two times."""

    workload: str
    pod: str
    born: datetime
    died: datetime | None = None


@dataclass
class Shop:
    """One scene. Changes and orders have to come in the order of time; `day` is prefixed to bare clock times."""

    key: str
    era: Era
    day: str
    payment_v2: bool = True
    gateway: str = "http://stripe-mock"
    lives: dict[str, Life] = field(default_factory=dict)
    orders_made: int = 0
    published: list[datetime] = field(default_factory=list)
    taken: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cluster = build(self.era, self.key)
        if self.era.kubelet == "v1.32.0" and self.era.created < self.day < "2025-11-07":
            self.cluster.scale_wording = "to {new} from {old}"
        self.logs = Logs("sock-shop")
        self.random = Random(self.key)  # noqa: S311
        self.payment_v2 = self.era.payment_v2
        self.machine = self.era.machine
        self._see(restarted(self.era))

    def at(self, clock: str) -> datetime:
        """`06:30` or `06:30:15.25` on the scene's day, UTC; a full timestamp is taken as it is."""
        text = clock if "T" in clock else f"{self.day}T{clock if clock.count(':') == 2 else clock + ':00'}Z"
        return moment(text)

    def _see(self, at: datetime) -> None:
        """Notice pods that came or went."""
        present: dict[str, str] = {}
        for pod in self.cluster.of_kind("Pod", "sock-shop"):
            present[pod["metadata"]["name"]] = pod["metadata"]["labels"].get("name", "")
        for pod_name, life in self.lives.items():
            if pod_name not in present and life.died is None:
                self.lives[pod_name] = Life(life.workload, pod_name, life.born, at)
        for pod_name, workload in present.items():
            if workload and pod_name not in self.lives:
                self.lives[pod_name] = Life(workload, pod_name, at)

    def scale(self, name: str, replicas: int, clock: str, **parts: Part) -> None:
        """See `kit_changes.scale`."""
        scale(self.cluster, name, replicas, self.at(clock), **parts)
        self._see(self.at(clock))

    def roll_out(self, name: str, change: Part, clock: str, **parts: Part) -> list[Object]:
        """See `kit_changes.roll_out`."""
        pods = roll_out(self.cluster, name, change, self.at(clock), **parts)
        self._see(self.at(clock))
        return pods

    def pod(self, name: str) -> str | None:
        """A running pod's name (the busiest is the first); None when there is none."""
        pods = self.cluster.pods(name)
        return pods[self.orders_made % len(pods)]["metadata"]["name"] if pods else None

    def warn(self, pod: Object, reason: str, text: str, span: tuple[str, str], count: int) -> None:
        """A repeated Warning event of the pod's first container, seen from `span[0]` to `span[1]`."""
        path = f"spec.containers{{{pod['spec']['containers'][0]['name']}}}"
        first, last = self.at(span[0]), self.at(span[1])
        event(self.cluster, pod, reason, text, last, count=count, first=first, type="Warning", field_path=path)

    def pod_ip(self, name: str) -> str:
        """Address of the workload's current pod."""
        return str(self.cluster.get("Pod", self.pod(name) or "")["status"]["podIP"])

    def ip(self, name: str) -> str:
        """ClusterIP of a Service."""
        return str(self.cluster.get("Service", name)["spec"]["clusterIP"])

    def write(self, name: str, at: datetime, *texts: str, container: str | None = None) -> None:
        """Lines of the workload's current pod; nothing when it has none."""
        pod = self.pod(name)
        if pod is not None:
            self.logs.add(pod, container or name, at, *texts)

    def front(self, at: datetime, *texts: str) -> None:
        """Lines of front-end, which stamps none itself."""
        self.write("front-end", at, *texts)

    def orders(self, at: datetime, level: str, text: str, logger: str = lines.CONTROLLER) -> None:
        """A line of orders."""
        form = HTTP_THREAD if self.era.status_fix else "nio-8080-exec-{}"
        thread = form.format(1 + self.orders_made % 10)
        self.write("orders", at, lines.spring(at, level, "orders", (thread, logger), text))

    def order_id(self, at: datetime) -> str:
        """The next ObjectId: seconds, machine, counter."""
        return f"{int(at.timestamp()):08x}{self.machine}{0x89E4E3 + self.orders_made:06x}"

    def customer(self) -> str:
        """One of a few customers' ids."""
        return digest(self.key, "customer", self.orders_made % 4, length=24)

    def browse(self, at: datetime) -> None:
        """Somebody looks at socks."""
        name, _ = SOCKS[self.random.randrange(len(SOCKS))]
        took = self.random.uniform(1.5, 9)
        self.front(at, lines.morgan("GET", f"/catalogue/{SOCK}", 200))
        text = f"caller=logging.go:56 method=Get id={SOCK} sock={SOCK} err=null took={took:.6f}ms"
        self.write("catalogue", later(at, 0.02), lines.logfmt(later(at, 0.02), text))
        if name == "Holy":
            self.front(later(at, 1), "Request received: /cart, undefined", lines.morgan("GET", "/cart", 200))

    def login(self, at: datetime) -> None:
        """Somebody logs in."""
        text = f"caller=middlewares.go:31 method=Login took={self.random.uniform(20, 45):.6f}ms"
        self.write("user", at, lines.logfmt(at, text))
        self.front(later(at, 0.05), lines.morgan("GET", "/login", 200, f"{self.random.uniform(40, 70):.3f}"))
