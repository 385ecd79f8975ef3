"""Every failure mode and every detail of the closed list is what the engine answers somewhere: in a run, or here."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from agent.causes import rank
from agent.detectors import detect_all
from agent.diagnose import diagnose
from agent.failure_modes import failure_modes
from agent.run_input import load_run
from agent.scene import Scene

Make = Callable[..., Any]
Named = tuple[str, str | None]
RUNS = sorted(path.parent for path in (Path(__file__).parents[3] / "evals" / "runs").glob("*/*/run.yaml"))

EXCEPTIONS = {"other": "only a model answers it, with a description of its own"}
POD = "web-7d9f8b6c5d-abcde"
WEB = "ReplicaSet/web-7d9f8b6c5d"
NODES = "0/4 nodes are available: "
FORBIDDEN = 'Error creating: pods "web-7d9f8b6c5d-x2x4z" is forbidden: '
SSD = {"key": "disk", "operator": "In", "values": ["ssd"]}
TERMS = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [SSD]}]}}
SAYS_NO = "node(s) didn't match Pod's node affinity/selector"
URL = "http://stock/items"
SCHEDULING: dict[str, tuple[str, Mapping[str, object]]] = {
    "insufficient_memory": ("4 Insufficient memory.", {}),
    "node_selector_mismatch": (f"4 {SAYS_NO}.", {"nodeSelector": {"disk": "ssd"}}),
    "affinity_conflict": (f"4 {SAYS_NO}.", {"affinity": {"nodeAffinity": TERMS}}),
    "taint_not_tolerated": ("4 node(s) had untolerated taint {critical: true}.", {}),
    "node_cordoned": ("4 node(s) were unschedulable.", {}),
}
"""Mode to what the scheduler says, and to the rule of the pod."""
CREATION = {
    ("service_account_missing", None): 'error looking up service account shop/web: serviceaccount "web" not found',
    ("quota_exceeded", "cpu"): "exceeded quota: team, requested: requests.cpu=2, used: requests.cpu=9, limited: "
    "requests.cpu=10",
    ("quota_exceeded", "memory"): "exceeded quota: team, requested: limits.memory=2Gi, used: limits.memory=9Gi, "
    "limited: limits.memory=10Gi",
    ("quota_exceeded", "pods"): "exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10",
}
"""Mode and detail to why the API refuses a pod."""


class Kit(NamedTuple):
    """The builders of this folder's conftest."""

    scene_of: Make
    pod: Make
    event: Make
    deployment: Make
    workload: Make
    service: Make
    calls: Make


@pytest.fixture
def kit(request: pytest.FixtureRequest) -> Kit:
    return Kit(*(request.getfixturevalue(name) for name in Kit._fields))


def waiting(kit: Kit, mode: str) -> Scene:
    text, rule = SCHEDULING[mode]
    return kit.scene_of([kit.pod(unscheduled=NODES + text, ready_at=4, **rule)])  # type: ignore[no-any-return]


def refused(kit: Kit, named: Named) -> Scene:
    owner = [{"kind": "Deployment", "name": "web", "controller": True}]
    meta = {"name": WEB.rpartition("/")[2], "namespace": "shop", "ownerReferences": owner}
    told = kit.event(WEB, "FailedCreate", FORBIDDEN + CREATION[named], 4, 28, count=14)
    return kit.scene_of([kit.deployment(), {"kind": "ReplicaSet", "metadata": meta}, told])  # type: ignore[no-any-return]


def full(what: str) -> dict[str, Any]:
    counted = {what: "5"}
    meta = {"name": "team", "namespace": "shop"}
    return {"kind": "ResourceQuota", "metadata": meta, "status": {"hard": counted, "used": counted}}


def no_claim(kit: Kit) -> Scene:
    text = NODES + 'persistentvolumeclaim "web-store" not found.'
    lonely = kit.pod(unscheduled=text, ready_at=4)
    told = kit.event(f"Pod/{POD}", "FailedScheduling", text, 4, scheduler=True)
    return kit.scene_of([kit.deployment(), lonely, told, full("requests.storage")])  # type: ignore[no-any-return]


def no_service(kit: Kit) -> Scene:
    log = kit.calls(URL, 4, 28, "dial tcp: lookup stock on 10.96.0.10:53: no such host")
    made = [kit.deployment(), kit.deployment("stock"), kit.pod(), kit.pod("stock")]
    return kit.scene_of([*made, full("services")], {("shop", POD, "web"): log})  # type: ignore[no-any-return]


def own_resolver(kit: Kit) -> Scene:
    made = kit.workload("web")
    made[0]["spec"]["template"]["spec"] |= {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.66.1.1"]}}
    cluster_dns = kit.service("kube-dns", {"k8s-app": "kube-dns"}, namespace="kube-system", cluster_ip="10.96.0.10")
    dead = "dial tcp: lookup stock on 10.66.1.1:53: read udp 10.244.0.9:4->10.66.1.1:53: i/o timeout"
    log = kit.calls(URL, -60, 5) + kit.calls(URL, 5, 30, dead)
    objects = [*made, *kit.workload("stock"), *kit.service("stock"), *cluster_dns]
    return kit.scene_of(objects, {("shop", "web-1", "web"): log})  # type: ignore[no-any-return]


def moved_path(kit: Kit) -> Scene:
    was, now = ({"env": [{"name": "STOCK_URL", "value": f"http://stock/{path}"}]} for path in ("items", "itmes"))
    log = kit.calls(URL, -60, 5) + kit.calls("http://stock/itmes", 5, 30, "unexpected status 404 Not Found")
    objects = [*kit.workload("web", container=now, before=was), *kit.workload("stock"), *kit.service("stock")]
    return kit.scene_of(objects, {("shop", "web-1", "web"): log})  # type: ignore[no-any-return]


def latency(**levels: tuple[float, float]) -> dict[str, Any]:
    """The quantiles 0.5 and 0.9 of Services, before minute 5 and from then on."""
    rows = []
    for name, (before, now) in levels.items():
        for quantile, factor in (("0.5", 1.0), ("0.9", 1.5)):
            points = [(minute, factor * (now if minute >= 5 else before)) for minute in range(-30, 31)]
            rows.append(({"namespace": "shop", "service": name, "quantile": quantile}, points))
    return {"http_request_duration_seconds": rows}


def late(kit: Kit) -> Scene:
    samples = latency(door=(0.04, 2.6), till=(0.02, 2.3), stock=(0.005, 1.2))
    objects = [one for name in ("door", "till", "stock") for one in kit.workload(name)]
    return kit.scene_of(objects, samples=samples, declared=CHAIN)  # type: ignore[no-any-return]


CHAIN = (("shop/door", "shop/till"), ("shop/till", "shop/stock"))


def lossy(kit: Kit) -> Scene:
    samples = latency(door=(0.04, 0.3), till=(0.02, 0.25), stock=(0.005, 0.2))
    rows = []
    for name, rate in (("node-1", 0.9), ("node-2", 12.0)):
        points = [(minute, 6.0 * minute + 60 * max(0, minute - 5) * rate) for minute in range(-30, 31)]
        rows.append(({"instance": f"{name}:9100"}, points))
    objects = [one for name in ("door", "till") for one in kit.workload(name)] + kit.workload("stock", node="node-2")
    nodes = [{"kind": "Node", "metadata": {"name": name}} for name in ("node-1", "node-2")]
    samples["node_netstat_Tcp_RetransSegs"] = rows
    return kit.scene_of([*objects, *nodes], samples=samples, declared=CHAIN)  # type: ignore[no-any-return]


def crowd(kit: Kit) -> Scene:
    limits = {"resources": {"limits": {"cpu": "100m", "memory": "100Mi"}}}
    labels = {"namespace": "shop", "pod": "web-1", "container": "web"}
    used = [(minute, 100 + 60 * (0.02 * (minute + 30) + 0.08 * max(0, minute - 5))) for minute in range(-30, 31)]
    text = 'Liveness probe failed: Get "http://10.0.0.1:80/": context deadline exceeded'
    told = [
        kit.event("Pod/web-1", "Unhealthy", text, 18, 20, count=6),
        kit.event("Pod/web-1", "Killing", "Container web failed liveness probe, will be restarted", 18, 20, count=6),
    ]
    answers = [(minute, *(("500", 6000) if minute % 2 else ("200", 4000))) for minute in range(6, 29)]
    log = "".join(f"2026-03-02T12:{m:02d}:00Z GET /list {status} {took}.000 ms - 99\n" for m, status, took in answers)
    samples = {"container_cpu_usage_seconds_total": [(labels, used)]}
    return kit.scene_of([*kit.workload("web", container=limits), *told], {("shop", "web-1", "web"): log}, samples)  # type: ignore[no-any-return]


def component_down(kit: Kit, kind: str, status: str, message: str) -> Scene:
    """A node whose own condition tells which of its daemons is down."""
    down = {"type": kind, "status": status, "message": message, "lastTransitionTime": "2026-03-02T12:05:00Z"}
    node = {"kind": "Node", "metadata": {"name": "node-a"}, "status": {"conditions": [down]}}
    sufferer = kit.pod(unready_at=6)
    if kind == "KubeSchedulerUnhealthy":
        # Nobody places new pods, and nobody says why.
        sufferer = kit.pod(unscheduled="-", ready_at=4)
        sufferer["status"] |= {"conditions": []}
        node["metadata"]["labels"] = {"node-role.kubernetes.io/control-plane": ""}  # type: ignore[index]
    return kit.scene_of([node, sufferer, kit.deployment()])  # type: ignore[no-any-return]


DAEMONS = {
    "containerd": ("Ready", "False", "container runtime is down"),
    "kubelet": ("KubeletUnhealthy", "True", "kubelet does not answer its health check"),
    "kube_proxy": ("KubeProxyUnhealthy", "True", "kube-proxy does not answer its health check"),
    "scheduler": ("KubeSchedulerUnhealthy", "True", "kube-scheduler does not answer its health check"),
}
"""Daemon to the type, status and message of the condition that tells of it."""


KINDS = {"events": "events", "logs": "logs", "metric": "samples", "status": "feeds"}
"""The beginning of an evidence's id to its kind; all others are objects and what is read off them."""

HERE: dict[Named, Callable[[Kit], Scene]] = {
    **{(mode, None): (lambda kit, mode=mode: waiting(kit, mode)) for mode in SCHEDULING},  # type: ignore[misc]
    **{named: (lambda kit, named=named: refused(kit, named)) for named in CREATION},  # type: ignore[misc]
    ("quota_exceeded", "storage"): no_claim,
    ("quota_exceeded", "services"): no_service,
    ("dns_misconfigured", None): own_resolver,
    ("wrong_address", "path"): moved_path,
    ("network_delay", None): late,
    ("packet_loss", None): lossy,
    ("overload", None): crowd,
    **{
        ("node_component_down", name): (lambda kit, name=name: component_down(kit, *DAEMONS[name]))  # type: ignore[misc]
        for name in DAEMONS
    },
}
"""What no run answers with: a small scene each."""


@cache
def answered() -> dict[Named, frozenset[str]]:
    """What the engine answers with on shipped runs, as their labels want it, and the kinds of evidence it cites."""
    found: dict[Named, frozenset[str]] = {}
    for folder in RUNS:
        label = yaml.safe_load((folder / "run.yaml").read_text())["label"]
        wanted = (label["failure_mode"], label.get("detail"))
        if wanted[0] is None or wanted in found:
            continue
        run = load_run(folder)
        diagnosis = diagnose(run.incident, run.sources, run.boundary)
        detail = diagnosis.causes[0].detail if diagnosis.causes else None
        if diagnosis.failure_mode == wanted[0]:
            cited = [claim.evidence.partition("/")[0] for cause in diagnosis.causes[:1] for claim in cause.claims]
            kinds = frozenset(KINDS.get(one, "objects") for one in cited)
            found.setdefault((wanted[0], detail), kinds)
            found.setdefault((wanted[0], None), kinds)
    return found


@pytest.mark.parametrize("named", HERE, ids=lambda named: " ".join(filter(None, named)))
def test_a_small_scene_is_answered_with_its_mode(named: Named, kit: Kit) -> None:
    scene = HERE[named](kit)

    leading = rank(scene, detect_all(scene))[0].finding

    assert (leading.condition, leading.detail if named[1] else None) == named


def test_nothing_on_the_list_is_without_an_answer() -> None:
    wanted: set[Named] = {(name, None) for name in failure_modes()}
    wanted |= {(name, detail) for name, mode in failure_modes().items() for detail in mode.details}
    known = {*answered(), *HERE, *((name, None) for name, _ in HERE), *((name, None) for name in EXCEPTIONS)}

    assert sorted(map(str, wanted - known)) == []
    assert sorted(EXCEPTIONS) == ["other"]


def test_what_a_cause_cites_is_what_its_mode_says_that_it_is_seen_in() -> None:
    """Beside the failing calls of those who suffer, which logs always tell."""
    modes = failure_modes()
    more = {name: kinds - {"logs"} - set(modes[name[0]].seen_in) for name, kinds in answered().items()}

    assert {" ".join(filter(None, name)): sorted(kinds) for name, kinds in more.items() if kinds} == {}
