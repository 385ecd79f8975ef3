"""Ordinary noise: what every large cluster shows on a good day, and nobody is called for."""

from collections.abc import Callable
from datetime import datetime

from evals.benchmarks.estate.team import AT, BORN, NAME, Team, days_before
from evals.generator.kit import Object, condition, later
from evals.generator.kit_changes import job, roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_logs import Logs
from evals.generator.kit_objects import autoscaler, config_map, container, network_policy, pod_template, service
from evals.generator.kit_pods import add_pod, container_status, crash_loop, hold, restart, unschedulable

END = later(AT, 720)


def old_restarts(team: Team, _: Logs) -> None:
    """Containers that died once, weeks ago."""
    for word in (team.first, team.deep):
        restart(
            team.place, team.place.pods(word)[0], days_before(team.rng.uniform(2, 20)), count=team.rng.randint(1, 9)
        )


def forgotten_crash_loop(team: Team, logs: Logs) -> None:
    """A program that nobody calls has crash-looped for weeks."""
    team.deploy("legacy-sync", team.template("legacy-sync", "0.3.1"), replicas=1, pods_at=days_before(30), revision=2)
    pod = team.place.pods("legacy-sync")[0]
    crash_loop(team.place, pod, days_before(23), later(END, -95), 400, reason="Error", exit_code=1)
    line = "panic: open /etc/legacy/mapping.json: no such file or directory"
    for previous in (False, True):
        logs.add(f"{team.namespace}/{pod['metadata']['name']}", "legacy-sync", later(END, -95), line, previous=previous)


def finished_jobs(team: Team, _: Logs) -> None:
    """Jobs that ended well, and one that did not, last night."""
    for number, failed in enumerate((False, False, team.rng.random() < 0.4)):
        template = pod_template({NAME: "nightly"}, container("nightly", "registry.example.com/tools/nightly:1.2.0"))
        job(team.place, f"nightly-2926{1000 + number}", template, later(AT, -36000 - 7200 * number), failed=failed)


def evicted_leftover(team: Team, _: Logs) -> None:
    """The body of a pod evicted days ago, long since replaced."""
    owner = team.place.replica_sets(team.second)[-1]
    pod = add_pod(team.place, owner, owner["spec"]["template"], days_before(6), quiet=True)
    text = "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi."
    pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": text, "startTime": pod["status"]["startTime"]}
    team.place.sync(days_before(6))


def pending_batch(team: Team, _: Logs) -> None:
    """A batch team's pods wait for nodes with GPUs since yesterday."""
    team.deploy("batch-train", team.template("batch-train", "0.9"), replicas=2, pods_at=days_before(1), revision=2)
    text = "0/9 nodes are available: 9 Insufficient nvidia.com/gpu. preemption: 0/9 nodes are available."
    for pod in team.place.pods("batch-train"):
        unschedulable(team.place, pod, days_before(1), text, later(END, -60))


def image_trouble_in_dev(team: Team, _: Logs) -> None:
    """A branch build whose image was cleaned up."""
    team.deploy(
        "preview-442", team.template("preview-442", "branch-442"), replicas=1, pods_at=days_before(4), revision=2
    )
    for pod in team.place.pods("preview-442"):
        image = container_status(pod)["image"]
        text = f'Back-off pulling image "{image}": ErrImagePull: {image}: not found'
        hold(team.place, pod, days_before(4), "ImagePullBackOff", text)
        event(
            team.place,
            pod,
            "BackOff",
            f'Back-off pulling image "{image}"',
            later(END, -40),
            first=days_before(4),
            count=25000,
            type="Normal",
        )


def asleep_on_purpose(team: Team, _: Logs) -> None:
    """A seasonal program at 0 replicas since last month, with its Service."""
    team.deploy("seasonal", team.template("seasonal", "3.1"), replicas=1, pods_at=days_before(90), revision=7)
    scale(team.place, "seasonal", 0, days_before(31), manager="argocd-application-controller")
    address = f"10.{96 + team.index // 200}.{team.index % 200}.90"
    team.place.put(
        service("seasonal", team.namespace, BORN, {"http": (8080, 8080)}, address, selector={NAME: "seasonal"})
    )


def autoscaler_at_maximum(team: Team, _: Logs) -> None:
    """An autoscaler that has been at its maximum for days, without anybody waiting."""
    text = "the desired replica count is more than the maximum replica count"
    limited = condition("ScalingLimited", True, days_before(3), "TooManyReplicas", text)
    status: Object = {"currentReplicas": 2, "desiredReplicas": 2, "conditions": [limited]}
    team.place.put(autoscaler(team.second, team.namespace, BORN, team.second, (1, 2), status=status))


def probe_warnings(team: Team, _: Logs) -> None:
    """A readiness probe that misses now and then."""
    pod = team.place.pods(team.first)[0]
    text = 'Readiness probe failed: Get "http://10.1.1.1:8080/healthz": context deadline exceeded'
    event(team.place, pod, "Unhealthy", text, later(AT, -1500), first=days_before(5), count=14, type="Warning")


def unused_service(team: Team, _: Logs) -> None:
    """A Service whose selector matches nothing, which nobody calls."""
    address = f"10.{96 + team.index // 200}.{team.index % 200}.91"
    put = team.place.put
    put(service("old-front", team.namespace, BORN, {"http": (80, 8080)}, address, selector={NAME: "old-front-v1"}))


def strict_policy(team: Team, _: Logs) -> None:
    """A deny-all policy for a label that only forgotten things carry."""
    spec = {"podSelector": {"matchLabels": {NAME: "legacy-sync"}}, "policyTypes": ["Ingress", "Egress"]}
    team.place.put(network_policy("isolate-legacy", team.namespace, days_before(40), spec))


def start_up_errors(team: Team, logs: Logs) -> None:
    """A rollout this morning whose first seconds showed refused calls that then worked."""
    for pod in roll_out(team.place, team.deep, _newer, later(AT, -4000)):
        name = f"{team.namespace}/{pod['metadata']['name']}"
        line = '{"level":"error","msg":"warm-up","error":"dial tcp 10.96.0.77:8080: connect: connection refused"}'
        logs.add(name, team.deep, later(AT, -3996), line)


def _newer(template: Object) -> None:
    template["spec"]["containers"][0]["image"] += ".1"


def routine_changes(team: Team, _: Logs) -> None:
    """Deployments, scalings and edits of the morning that went well."""
    roll_out(team.place, team.others[0], _newer, later(AT, -team.rng.randint(600, 6000)))
    scale(team.place, team.others[1], 2, later(AT, -team.rng.randint(300, 5000)))
    values = {"BANNER": "autumn"}
    team.place.put(config_map("flags", team.namespace, later(AT, -2000), values))


def stack_traces(team: Team, logs: Logs) -> None:
    """Application errors of a worker, as frequent as ever."""
    for pod in team.place.pods("worker-1")[:1]:
        name = f"{team.namespace}/{pod['metadata']['name']}"
        at = later(AT, -6000)
        while at < END:
            logs.add(
                name, "worker-1", at, "ERROR item skipped: KeyError: 'colour'", "Traceback (most recent call last):"
            )
            at = later(at, 240)


NOISE: tuple[tuple[Callable[[Team, Logs], None], float], ...] = (
    (old_restarts, 0.3),
    (forgotten_crash_loop, 0.06),
    (finished_jobs, 0.35),
    (evicted_leftover, 0.1),
    (pending_batch, 0.03),
    (image_trouble_in_dev, 0.05),
    (asleep_on_purpose, 0.15),
    (autoscaler_at_maximum, 0.08),
    (probe_warnings, 0.25),
    (unused_service, 0.15),
    (strict_policy, 0.1),
    (start_up_errors, 0.1),
    (routine_changes, 0.35),
    (stack_traces, 0.15),
)
"""What may trouble a namespace, and in what share of them it does."""


def disturb(team: Team, logs: Logs, times: float = 1.0, spared: frozenset[str] = frozenset()) -> list[str]:
    """Let noise into a team's namespace, `times` as often as usual; names what came, but for those `spared`."""
    found = []
    for act, share in NOISE:
        if team.rng.random() < share * times and act.__name__ not in spared:
            act(team, logs)
            found.append(act.__name__)
    return found


def cordon(node: Object, since: datetime) -> None:
    """A node that is kept free of new pods."""
    node["spec"]["unschedulable"] = True
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": f"{since:%FT%TZ}"}
    ]
