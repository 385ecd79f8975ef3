"""Restarts of the whole cluster, over before anybody asks."""

from evals.generator.kit import dump_json, later
from evals.generator.kit_events import event
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import NOVEMBER_7, NOVEMBER_11
from evals.generator.sockshop.scene import calm, finish, nothing
from evals.generator.sockshop.shop import Shop
from evals.generator.sockshop.world import dump

FAMILY = {"family": "nothing broken"}
REAL = {
    "logs": "excerpt",
    "from": "payment's, orders' and user's lines of 2025-10-18 as logged, names changed; the rest modelled",
}
DUPLICATE = 'err="E11000 duplicate key error collection: users.customers index: username_1 dup key: { : \\"mkern\\" }"'


def startup_noise(shop: Shop) -> None:
    """What programs and the kubelet say while everything comes back at once."""
    at = shop.at("05:15:52")
    shop.front(at, "Error: connect ECONNREFUSED 10.96.83.233:6379", lines.morgan("GET", "/", 500, "3.1"))
    shop.front(
        later(at, 3),
        "Error: connect ECONNREFUSED 10.96.201.201:80",
        lines.morgan("GET", "/catalogue?size=5", 500, "2.2"),
    )
    refusal = "java.net.ConnectException: Connection refused (Connection refused)"
    line = lines.spring(
        later(at, 4),
        "ERROR",
        "queue-master",
        ("cTaskExecutor-1", "o.s.a.r.l.SimpleMessageListenerContainer"),
        f"Failed to check/redeclare auto-delete queue(s). {refusal}",
    )
    shop.write("queue-master", later(at, 4), line)
    pod = shop.cluster.pods("payment")[0]
    ip = pod["status"]["podIP"]
    text = f'Readiness probe failed: Get "http://{ip}:8080/health": dial tcp {ip}:8080: connect: connection refused'
    shop.warn(pod, "Unhealthy", text, ("05:15:52", "05:15:56"), 2)
    for one in shop.cluster.of_kind("Pod", "sock-shop"):
        if one["metadata"]["name"] in shop.lives:
            event(
                shop.cluster,
                one,
                "SandboxChanged",
                "Pod sandbox changed, it will be killed and re-created.",
                shop.at("05:15:46"),
            )


def all_restarted(recorded: str, question: str, key: str) -> Run:
    """2025-11-11 05:15Z: the machine restarted.

    Every pod has one more restart, exit code 255, and the first calls failed.
    """
    shop = Shop("all-restarted", NOVEMBER_11, "2025-11-11")
    startup_noise(shop)
    for clock in ("05:17:12", "05:24:40", "05:33:05"):
        shop.front(shop.at(clock), lines.morgan("GET", "/", 200, "6.2"))
    calm(shop, "05:18", recorded, placed=4)
    parts = {"names": ("-/node/sockshop-worker",), "modes": ("healthy", "node_not_ready"), "verdicts": ("internal",)}
    label = nothing("recovered", "The whole cluster restarted at once; since then orders succeed.", **parts)
    window = ("05:10", recorded) if key.endswith("whole") else ("05:25", recorded)
    return finish(
        shop,
        window,
        "Everything restarted" if key.endswith("whole") else "After the restart",
        label,
        key=key,
        question=question,
        since="05:12",
        **FAMILY,
    )


def real_dump() -> Run:
    """The dump of 2025-11-09: two restarts of everything within six minutes, all Ready since 07:25Z."""
    shop = Shop("dump", NOVEMBER_7, "2025-11-09")
    label = nothing(
        "recovered",
        "Every pod restarted with the machine (exit code 255) and is Ready since 07:25Z.",
        names=("-/node/sockshop-worker",),
        modes=("healthy", "node_not_ready"),
        verdicts=("internal",),
    )
    gaps: list[dict[str, str]] = [
        {"source": "kubernetes", "what": kind, "status": "error", "error": f"{kind} were not part of the dump"}
        for kind in ("logs", "events", "endpointslices", "nodes")
    ]
    question = "Every pod in sock-shop shows recent restarts. Which of them still need attention?"
    run = finish(
        shop,
        ("07:15", "07:33"),
        "A dump after two restarts",
        label,
        question=question,
        gaps=gaps,
        no_logs=True,
        **FAMILY,
    )
    run.cluster = dump_json(dump())
    run.provenance = {
        "cluster": "excerpt",
        "from": "kubectl dump of 2025-11-09 07:33Z; old ReplicaSets and a Job left out",
    }
    return run


def runs() -> list[Run]:
    """All runs of this family."""
    return [
        all_restarted("05:40", "All pods restarted this morning. Did anything stay broken?", "all-restarted/whole"),
        all_restarted("05:50", "Is sock-shop healthy after this morning's restart?", "all-restarted/after"),
        real_dump(),
    ]
