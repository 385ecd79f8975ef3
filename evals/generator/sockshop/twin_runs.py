"""Quiet twins of the runs under load: the same shop, ordinary traffic, nothing wrong."""

from evals.generator.kit import Part, later
from evals.generator.kit_events import event
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import EARLY_NOVEMBER, LATE_OCTOBER, NOVEMBER_10, Era
from evals.generator.sockshop.load import busy, old_restarts
from evals.generator.sockshop.scene import calm, finish, nothing
from evals.generator.sockshop.shop import Shop


def twin(key: str, era: Era, day: str, hours: tuple[int, int], question: str, **parts: Part) -> Run:
    """The same hour of another day: ordinary traffic, old restarts, a probe that flapped once."""
    shop = Shop(f"{key}-twin", era, day)
    old_restarts(shop, "front-end", parts.pop("restarts", 19))
    start, end = f"{hours[0]:02d}:20", f"{hours[1]:02d}:05"
    calm(shop, start, end, placed=3)
    pod = shop.cluster.pods("catalogue")[0]
    ip = pod["status"]["podIP"]
    text = f'Readiness probe failed: Get "http://{ip}:8080/health": dial tcp {ip}:8080: connect: connection refused'
    flap = shop.at(f"{hours[0]:02d}:31")
    event(shop.cluster, pod, "Unhealthy", text, flap, type="Warning", field_path="spec.containers{catalogue}")
    set_ready(shop.cluster, pod, False, flap)
    set_ready(shop.cluster, pod, True, later(flap, 5))
    span = (start, end)
    extra = (
        busy(shop, "front-end", f"{hours[1]:02d}:00", end, (0.02, 0.031, 0.05), span) if parts.pop("cpu", False) else []
    )
    label = nothing("healthy", "Pages and orders succeed; restarts are old.", modes=("recovered",))
    return finish(
        shop,
        (f"{hours[0]:02d}:50", end),
        parts.pop("title"),
        label,
        family="quiet twin",
        question=question,
        extra=extra,
        **parts,
    )


def runs() -> list[Run]:
    """One for each."""
    return [*_october(), *_november()]


def _october() -> list[Run]:
    return [
        twin(
            "i1",
            LATE_OCTOBER,
            "2025-10-28",
            (14, 15),
            "front-end shows dozens of restarts. Is it in trouble right now?",
            title="Dozens of old restarts",
            restarts=48,
            cpu=True,
            metrics=("front-end",),
        ),
        twin(
            "i2",
            LATE_OCTOBER,
            "2025-10-28",
            (17, 18),
            "Yesterday the shop was slow at this time. How is it now?",
            title="The evening after",
            restarts=56,
            cpu=True,
            metrics=("front-end", "user"),
        ),
        twin(
            "i4",
            LATE_OCTOBER,
            "2025-10-30",
            (5, 6),
            "Is page latency fine this morning?",
            title="An ordinary morning",
            cpu=True,
        ),
    ]


def _november() -> list[Run]:
    return [
        twin(
            "i7",
            NOVEMBER_10,
            "2025-11-10",
            (6, 7),
            "Is the storefront all right this morning?",
            title="One replica is enough",
            restarts=3,
            datadog=("front-end", "orders"),
        ),
        twin(
            "i8",
            EARLY_NOVEMBER,
            "2025-11-04",
            (12, 13),
            "Is the catalogue healthy?",
            title="Catalogue on a quiet day",
            metrics=("catalogue", "catalogue-db"),
        ),
    ]
