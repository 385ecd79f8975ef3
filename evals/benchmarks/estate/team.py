"""One team's namespace of a large cluster: programs that call each other, a database, a vendor, another team."""

import copy
from dataclasses import dataclass
from datetime import datetime
from random import Random

from evals.generator.kit import Object, Part, later, moment
from evals.generator.kit_changes import deploy, stateful_set
from evals.generator.kit_cluster import REVISION, Cluster
from evals.generator.kit_objects import (
    autoscaler,
    claim,
    config_map,
    container,
    http_probe,
    ingress,
    namespace,
    pod_template,
    quota,
    service,
)
from evals.generator.kit_replicas import replica_set

AT = moment("2026-09-14T10:20:00Z")
"""When a fault begins."""
BORN = moment("2026-02-03T08:00:00Z")
NAME = "app.kubernetes.io/name"
_WORDS = """
catalog basket billing invoices ledger profile search pricing stock shipment coupon review loyalty returns tax
notify media export archive report session audit quote fraud booking roster payroll survey tickets travel fleet
sensor weather advert auction banner campaign comment content course credit device dispatch event feedback forum
gallery giftcard insight label lesson license locale member menu offer partner playlist policy portal recipe
region reward schedule score segment story supplier target tenant theme trial upload vehicle vendor voucher
wallet
"""
WORDS = tuple(_WORDS.split())
VENDORS = ("api.stripe.com", "api.sendgrid.com", "api.twilio.com", "maps.googleapis.com", "api.openai.com")
LANGUAGES = ("python", "go", "node")


@dataclass(frozen=True)
class Hop:
    """One program's calls to one party; `callee` is `namespace/program`, or a host."""

    caller: str
    callee: str
    url: str
    address: str


class Place(Cluster):
    """A namespace's objects; its pods spread over the cluster's nodes."""

    nodes: tuple[str, ...] = ("node-000",)

    def put(self, *added: Object) -> Object:
        """As the kit's; pods get their node here."""
        for one in added:
            if one["kind"] == "Pod" and one["spec"].get("nodeName") not in self.nodes:
                chosen = Random(f"{self.seed}/{one['metadata']['name']}").randrange(len(self.nodes))  # noqa: S311
                one["spec"]["nodeName"] = self.nodes[chosen]
                one["status"]["hostIP"] = node_address(self.nodes[chosen])
        return super().put(*added)


def node_address(name: str) -> str:
    """The address of `node-NNN`."""
    number = int(name.rpartition("-")[2])
    return f"192.168.{number // 200}.{number % 200 + 10}"


class Team:
    """The namespace at rest. `routes` are chains of hops that begin at `web`, the program that users meet."""

    def __init__(self, seed: int, index: int, pods: int, nodes: tuple[str, ...]) -> None:
        """Build about `pods` pods (at least 12)."""
        self.rng = Random(f"estate/{seed}/{index}")  # noqa: S311 - reproducible on purpose
        self.index = index
        words = self.rng.sample(WORDS, 8)
        self.namespace = f"{words[7]}-{index:03d}"
        self.place = Place(f"{seed}/{index}", self.namespace, pod_network=f"10.{20 + index // 200}.{index % 200}")
        self.place.nodes = nodes
        self.web, self.first, self.second, self.deep, *self.others = words[:7]
        self.store = f"{self.first}-db"
        self.vendor = VENDORS[index % len(VENDORS)]
        self.language = {word: self.rng.choice(LANGUAGES) for word in words}
        self.hops: dict[tuple[str, str], Hop] = {}
        self.routes: list[list[Hop]] = []
        self._number = 0
        self._pods = pods

    def build(self, foreign: "Team | None") -> None:
        """Put everything up; `foreign` is the team whose program ours calls as well."""
        self.place.put(namespace(self.namespace, BORN))
        hop = self._hop
        self.routes = [
            [hop(self.web, self.first), hop(self.first, self.deep), self._outside(self.deep)],
            [hop(self.web, self.first), self._to_store()],
            [hop(self.web, self.second), *([hop(self.second, foreign.first, foreign)] if foreign else [])],
        ]
        self.routes += [[hop(other, self.second)] for other in self.others]
        for word in (self.web, self.first, self.second, self.deep, *self.others):
            self._program(word, 2 if word in (self.web, self.first, self.second, self.deep) else 1)
        self._store()
        self._rest()

    def address(self, word: str) -> str:
        """The cluster address of a program's Service."""
        order = [self.web, self.first, self.second, self.deep, *self.others, self.store]
        return f"10.{96 + self.index // 200}.{self.index % 200}.{10 + order.index(word)}"

    def _hop(self, caller: str, callee: str, team: "Team | None" = None) -> Hop:
        owner = team or self
        host = callee if team is None else f"{callee}.{owner.namespace}.svc.cluster.local"
        made = Hop(
            caller, f"{owner.namespace}/{callee}", f"http://{host}:8080/v1/items", f"{owner.address(callee)}:8080"
        )
        return self.hops.setdefault((caller, callee), made)

    def _outside(self, caller: str) -> Hop:
        made = Hop(caller, self.vendor, f"https://{self.vendor}/v1/requests", "203.0.113.40:443")
        return self.hops.setdefault((caller, self.vendor), made)

    def _to_store(self) -> Hop:
        url = f"postgresql://app@{self.store}:5432/{self.first}"
        made = Hop(self.first, f"{self.namespace}/{self.store}", url, f"{self.address(self.store)}:5432")
        return self.hops.setdefault((self.first, self.store), made)

    def _program(self, word: str, replicas: int) -> None:
        settings = {
            f"{callee.split('.')[0].replace('-', '_').upper()}_URL": hop.url
            for (caller, callee), hop in self.hops.items()
            if caller == word
        }
        extra: Object = {}
        if settings and self.rng.random() < 0.5:
            self.place.put(config_map(f"{word}-settings", self.namespace, BORN, settings))
            extra, settings = {"envFrom": [{"configMapRef": {"name": f"{word}-settings"}}]}, {}
        revision = self.rng.randint(4, 60)
        template = self.template(word, f"2.{revision}.0", env={"LOG_LEVEL": "info", **settings}, **extra)
        born = later(AT, -self.rng.randint(2, 60) * 86400)
        self.deploy(word, template, replicas=replicas, pods_at=born, revision=revision)
        self.place.put(
            service(word, self.namespace, BORN, {"http": (8080, 8080)}, self.address(word), selector={NAME: word})
        )

    def template(self, word: str, version: str, **parts: Part) -> Object:
        """The pod template of a program."""
        probe = {
            "readinessProbe": http_probe("/healthz", 8080, 5, 10),
            "livenessProbe": http_probe("/livez", 8080, 9, 10),
        }
        sizes = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}
        main = container(
            word, f"registry.example.com/{self.namespace}/{word}:{version}", (8080,), **sizes, **probe, **parts
        )
        return pod_template({NAME: word, "team": self.namespace}, main)

    def deploy(self, word: str, template: Object, **parts: Part) -> Object:
        """A Deployment with one old revision beside the current one."""
        made = deploy(self.place, word, template, BORN, **parts)
        old = copy.deepcopy(template)
        old["spec"]["containers"][0]["image"] += "-rc1"
        earlier = replica_set(self.place, made, old, later(parts["pods_at"], -9 * 86400))
        earlier["metadata"]["annotations"][REVISION] = str(parts["revision"] - 1)
        return made

    def _store(self) -> None:
        main = container(
            "postgres", "docker.io/library/postgres:17.2", (5432,), requests={"cpu": "250m", "memory": "1Gi"}
        )
        stateful_set(
            self.place, self.store, pod_template({NAME: self.store}, main), BORN, pods_at=later(AT, -40 * 86400)
        )
        self.place.put(claim(f"data-{self.store}-0", self.namespace, BORN, ("gp3", "50Gi"), f"pvc-{self.namespace}"))
        ports = {"postgres": (5432, 5432)}
        self.place.put(
            service(self.store, self.namespace, BORN, ports, self.address(self.store), selector={NAME: self.store})
        )

    def _rest(self) -> None:
        """An Ingress, an autoscaler, a quota, and workers until the namespace is as large as wanted."""
        put, where = self.place.put, self.namespace
        put(ingress(self.web, where, BORN, f"{self.web}.{where}.example", {"/": (self.web, 8080)}))
        put(autoscaler(self.first, where, BORN, self.first, (2, 6)))
        put(quota("team", where, BORN, {"pods": "120", "requests.cpu": "60"}, {"pods": "30", "requests.cpu": "9"}))
        missing = self._pods - len(self.place.of_kind("Pod"))
        while missing > 0:
            self._number += 1
            replicas = min(missing, self.rng.randint(2, 5))
            word = f"worker-{self._number}"
            self.deploy(
                word, self.template(word, "1.0.3"), replicas=replicas, pods_at=later(AT, -3 * 86400), revision=3
            )
            missing -= replicas


def days_before(days: float) -> datetime:
    """A moment that many days before `AT`."""
    return later(AT, -days * 86400)
