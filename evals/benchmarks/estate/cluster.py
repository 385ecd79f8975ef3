"""A whole cluster of any size as a labelled run: one team is asked about, the others are noise."""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from random import Random

from evals.benchmarks.estate.fault import Scene
from evals.benchmarks.estate.faults import FAULTS
from evals.benchmarks.estate.team import AT, BORN, NAME, Place, Team, days_before, node_address
from evals.benchmarks.estate.traffic import Break, Traffic
from evals.benchmarks.estate.unrest import END, cordon, disturb
from evals.generator.kit import Object, later
from evals.generator.kit_alerts import alertmanager
from evals.generator.kit_changes import daemon_set, deploy
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics, grid, state_metrics
from evals.generator.kit_objects import container, namespace, node, pod_template, service
from evals.generator.kit_run import Incident, Label, Run

PER_NAMESPACE = 25
PER_NODE = 35
LOGGED = 30
"""Namespaces beside the asked one whose logs are recorded, by name as a sweep reads them: more than it has room for."""
BY_NOISE = 2
"""Pods that noise adds to a namespace on average."""
BOUNDARY = "version: 1\n"
_KUBELET: Object = {
    "f:status": {f"f:{part}": {} for part in ("conditions", "containerStatuses", "hostIP", "phase", "podIP")}
}


@dataclass(frozen=True)
class Size:
    """How large a cluster is, and which of its size."""

    pods: int
    seed: int

    @property
    def namespaces(self) -> int:
        """Namespaces of teams."""
        return max(2, self.pods // PER_NAMESPACE)

    @property
    def nodes(self) -> tuple[str, ...]:
        """One node for about 35 pods."""
        return tuple(f"node-{number:03d}" for number in range(max(3, self.pods // PER_NODE)))

    @property
    def share(self) -> int:
        """Pods of one team, before noise."""
        return (self.pods - 2 * len(self.nodes)) // self.namespaces - BY_NOISE + 1

    def team(self, index: int) -> Team:
        """A team before anything of it is built."""
        return Team(self.seed, index, self.share, self.nodes)

    @cached_property
    def logged(self) -> list[int]:
        """Teams beside the asked one whose logs a sweep would come to."""
        others = range(1, self.namespaces)
        return sorted(others, key=lambda index: self.team(index).namespace)[:LOGGED]


def make(size: Size, fault: str | None) -> Run:
    """The cluster with one fault near the question, or with noise only."""
    system, logs = _system(size), Logs("kube-system")
    team = _asked(size, logs)
    traffic = _traffic(team, logs)
    traffic.run(later(AT, -3300), AT, 9)
    label = Label("no_fault", None, "healthy", (), (), "Nothing is broken.", unscored=("failure_mode", "remediation"))
    if fault is not None:
        breaks, label = FAULTS[fault](Scene(team, system, logs))
        traffic.breaks = breaks
    traffic.run(AT, END, 9)
    others = [_other(size, index) for index in range(1, size.namespaces)]
    lines = [*_lines(system), *_lines(team.place), *(line for one, _ in others for line in one)]
    for _, said in others:
        logs.lines |= said.lines
    text = '{"apiVersion":"v1","kind":"List","items":[\n' + ",\n".join(lines) + "\n]}\n"
    key = f"estate {size.pods} {size.seed} {fault}"
    asked = _question(team, Random(key))  # noqa: S311 - reproducible on purpose
    origin = {"cluster": "modelled", "logs": "modelled", "metrics": "modelled"}
    metrics = Metrics()
    state_metrics(team.place, metrics, grid(later(AT, -3300), END, 180), (team.web, team.first, team.deep))
    return Run(key, f"About {size.pods} pods", "scale", END, asked, label, origin, text, logs, metrics)


def write(run: Run, folder: Path) -> Path:
    """Write the run folder below `folder`, with the boundary file that it names beside it."""
    target = folder / run.id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "boundary.yaml").write_text(BOUNDARY, encoding="utf-8")
    for name, text in run.files().items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return target


def _asked(size: Size, logs: Logs) -> Team:
    """The team that is asked about, which calls the next one's program."""
    team = size.team(0)
    team.build(size.team(1))
    disturb(team, logs, times=1.5)
    return team


@lru_cache(maxsize=1024)
def _other(size: Size, index: int) -> tuple[list[str], Logs]:
    """The objects of a team that nobody asked about, and its logs if a sweep would come to them."""
    team, logs = size.team(index), Logs("")
    team.build(size.team(index + 1) if index + 1 < size.namespaces else None)
    disturb(team, logs, times=1.5)
    if index not in size.logged:
        return _lines(team.place), Logs("")
    _traffic(team, logs).run(later(AT, -3300), END, 30)
    return _lines(team.place), logs


def _traffic(team: Team, logs: Logs) -> Traffic:
    """A team's requests, of which some always fail."""
    slow = Break(team.deep, team.vendor, "read_timeout", share=0.02)
    return Traffic(team, logs, usual=(slow, Break(team.web, team.second, status=503, share=0.015)))


def _system(size: Size) -> Place:
    """Nodes, DNS and what runs on every node."""
    place = Place(f"{size.seed}/system", "kube-system", pod_network="10.19.0")
    place.nodes = size.nodes
    rng = Random(f"system/{size.seed}")  # noqa: S311 - reproducible on purpose
    for name in size.nodes:
        place.put(node(name, BORN, node_address(name), heartbeat=later(END, -20)))
    cordon(place.get("Node", rng.choice(size.nodes)), days_before(1))
    place.put(namespace("kube-system", BORN))
    dns = container("coredns", "registry.k8s.io/coredns/coredns:v1.12.3", (53,))
    deploy(place, "coredns", pod_template({"k8s-app": "kube-dns"}, dns), BORN, replicas=2, pods_at=days_before(30))
    selector = {"k8s-app": "kube-dns"}
    place.put(service("kube-dns", "kube-system", BORN, {"dns": (53, 53)}, "10.96.0.10", selector=selector))
    for name in ("node-agent", "network-agent"):
        template = pod_template({NAME: name}, container(name, f"registry.example.com/platform/{name}:4.1"))
        daemon_set(place, name, template, days_before(60), list(size.nodes))
    return place


def _lines(place: Place) -> list[str]:
    """Each object as one line of JSON, as the API server prints it."""
    items = place.listed(END)
    for one in items:
        if one["kind"] == "Pod":
            entry = {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1"}
            one["metadata"]["managedFields"] = [entry | {"fieldsV1": _KUBELET, "subresource": "status"}]
    return [json.dumps(one, separators=(",", ":")) for one in items]


def _question(team: Team, rng: Random) -> Incident:
    """What somebody would ask, in words or by an alert."""
    start, end = later(AT, -900), END
    asked = (
        f"Why are requests to {team.web} failing?",
        f"Customers report errors from {team.web} since about {AT:%H:%M}. What is wrong?",
        f"Is something wrong in namespace {team.namespace}?",
        None,
    )[rng.randrange(4)]
    if asked is not None:
        return Incident(start, end, asked, None, team.namespace)
    labels = {"alertname": "HighErrorRate", "namespace": team.namespace, "service": team.web, "severity": "critical"}
    body: Object = alertmanager(later(AT, 180), labels, {"summary": f"{team.web} answers 5xx"})
    return Incident(start, end, None, body, team.namespace)
