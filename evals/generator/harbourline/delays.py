"""Slow and lossy networks at a workload and at a node, and what looks like them: a vendor, a CPU limit, the night."""

from evals.generator.harbourline import timings
from evals.generator.harbourline.finish import alert, external, internal, nothing, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit_run import Run

SEARCH, CASHIER = "booking/timetable-server", "booking/cashier"
MAPS, CACHE, STRIPE = "maps.googleapis.com", "cache.data.svc.cluster.local", "api.stripe.com"
BAD = "hl-node-b"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_delayed(), _vendor(), _throttled(), _node_delayed(), _node_lossy(), _lossy(), _night()]


def _journeys(scene: Scene, *breaks: Break, **slow: float) -> None:
    scene.traffic(-880, 0, step=90)
    scene.slow.update(slow)
    scene.traffic(0, 715, *breaks, step=60)


def _delayed() -> Run:
    scene = Scene("d1", "2026-07-06T09:00:00Z", "booking", "data")
    _journeys(scene, timetable=1.25)
    timings.shop(scene, timetable=1.25, storefront=0.62)
    timings.calls(scene, SEARCH, MAPS, (0.024, 0.43))
    timings.calls(scene, SEARCH, CACHE, (0.002, 0.41))
    timings.cpu(scene, SEARCH, (0.21, 0.2), (0.0, 0.0))
    label = internal(
        SEARCH,
        "network_delay",
        ("repair_node", "fix_config"),
        "Every call of the search pods takes 0.4 s longer, to the cache as to Google Maps, and so do their own"
        " answers; their CPU is idle and nobody else is slow: the network of these pods.",
        must_not=("contact_vendor", "rollback@booking/timetable-server", "scale_up@booking/timetable-server"),
    )
    question = "The sailings search takes more than a second since nine. Is Google Maps slow?"
    return run(scene, "search-delayed", "Slow search, third case", question, label, family="network", refs=(SEARCH,))


def _vendor() -> Run:
    scene = Scene("d2", "2026-07-07T09:00:00Z", "booking", "data")
    _journeys(scene, timetable=1.25)
    timings.shop(scene, timetable=1.25, storefront=0.62)
    timings.calls(scene, SEARCH, MAPS, (0.024, 1.22))
    timings.calls(scene, SEARCH, CACHE, (0.002, 0.002))
    timings.cpu(scene, SEARCH, (0.21, 0.2), (0.0, 0.0))
    label = external(
        MAPS,
        "dependency_slow",
        "The search waits 1.2 s for Google Maps instead of 24 ms, and for the cache 2 ms as ever; its CPU is idle.",
        must_not=("rollback@booking/timetable-server", "repair_node"),
    )
    question = "The sailings search takes more than a second since nine. Is it our network again?"
    return run(scene, "maps-delayed", "Slow search, fourth case", question, label, family="network", refs=(SEARCH,))


def _throttled() -> Run:
    scene = Scene("d3", "2026-07-08T17:30:00Z", "booking", "data")
    _journeys(scene, cashier=1.9)
    timings.shop(scene, cashier=1.9, reservations=1.97, storefront=1.4)
    timings.calls(scene, CASHIER, STRIPE, (0.17, 0.18))
    timings.cpu(scene, CASHIER, (0.3, 0.99), (0.01, 0.78))
    label = internal(
        CASHIER,
        "cpu_throttled",
        ("raise_limit", "add_capacity", "scale_up"),
        "The cashier pods use the whole CPU that they may and are stopped in 78 % of periods; Stripe answers as"
        " quickly as ever, and reservations and storefront only wait for the cashier.",
        modes=("overload",),
    )
    asked = alert(
        scene.time(240),
        "BookingLatencyHigh",
        "bookings take 2 s on average",
        namespace="booking",
        service="reservations-api",
    )
    return run(scene, "cashier-throttled", "Slow bookings", asked, label, family="network", refs=(CASHIER,))


def _node_delayed() -> Run:
    scene = Scene("d4", "2026-07-09T13:10:00Z", "booking", "data")
    _journeys(scene, **{f"timetable@{BAD}": 0.93, f"cashier@{BAD}": 1.3})
    timings.shop(scene, BAD, timetable=0.93, cashier=1.3)
    label = internal(
        f"node/{BAD}",
        "network_delay",
        ("repair_node", "fix_scheduling"),
        "Search and cashier, which do not call each other, became slow at once, and only in their pods on hl-node-b;"
        " their twins on hl-node-a answer as ever.",
        must_not=("contact_vendor", "rollback@booking/cashier", "rollback@booking/timetable-server"),
    )
    question = "Since ten past one about half of searches and payments take more than a second. Where does it hang?"
    refs = (SEARCH, CASHIER)
    return run(scene, "node-delayed", "Half of everything is slow", question, label, family="network", refs=refs)


def _node_lossy() -> Run:
    scene = Scene("d5", "2026-07-10T19:40:00Z", "booking", "data")
    breaks = (
        Break("timetable>maps", "connect_timeout", node=BAD, share=0.3),
        Break("cashier>stripe", "reset", node=BAD, share=0.3),
    )
    _journeys(scene, *breaks, **{f"timetable@{BAD}": 0.26})
    timings.shop(scene, BAD, timetable=0.26, cashier=0.62)
    timings.retransmitted(scene, hl_node_a=0.9, hl_node_b=22.0)
    label = internal(
        f"node/{BAD}",
        "packet_loss",
        ("repair_node", "fix_scheduling"),
        "hl-node-b sends 22 TCP segments a second again instead of 0.2, hl-node-a hardly more than usual; pods on it"
        " are slow, and some of their calls to Stripe and Google Maps time out or are reset.",
        modes=("network_delay", "egress_down"),
        must_not=("contact_vendor", "rollback@booking/cashier"),
    )
    question = "Payments and searches fail now and then since twenty to eight, and many are slow. Are the vendors down?"
    refs = (SEARCH, CASHIER)
    return run(scene, "node-lossy", "Calls fail now and then", question, label, family="network", refs=refs)


def _lossy() -> Run:
    scene = Scene("d6", "2026-07-13T08:20:00Z", "booking", "data")
    _journeys(scene, Break("reservations>cashier", "reset", share=0.35), cashier=0.71)
    timings.shop(scene, cashier=0.71, reservations=0.83, storefront=0.64)
    timings.dropped(scene, CASHIER, 17.0)
    timings.cpu(scene, CASHIER, (0.3, 0.29), (0.01, 0.01))
    label = internal(
        CASHIER,
        "packet_loss",
        ("repair_node", "fix_config"),
        "The interfaces of both cashier pods drop 17 packets a second since twenty past eight, none before; since then"
        " calls to the cashier are reset or slow, while its CPU is idle.",
        modes=("dependency_resets", "network_delay"),
        must_not=("contact_vendor", "rollback@booking/cashier"),
    )
    question = "A third of the bookings fail with connection resets since twenty past eight. What is wrong?"
    return run(scene, "cashier-lossy", "Bookings are reset", question, label, family="network", refs=(CASHIER,))


def _night() -> Run:
    scene = Scene("d7", "2026-07-14T22:45:00Z", "booking", "data")
    scene.traffic(-880, -300, step=25)
    scene.traffic(-300, 240, step=45)
    scene.traffic(240, 715, step=90)
    pace = timings.fading(scene, (0.8, 0.62, 0.46, 0.33, 0.27))
    for ref in timings.SERVICES:
        timings.answers(scene, ref, shares=pace)
    label = nothing(
        "healthy",
        "Fewer people book at night: requests fell step by step to a quarter at every service alike, none fails, and"
        " answers take as long as ever.",
    )
    asked = alert(
        scene.time(600), "TrafficLow", "requests fell by two thirds", namespace="booking", service="storefront-web"
    )
    return run(scene, "quiet-night", "Traffic fell", asked, label, family="network", refs=("booking/storefront",))
