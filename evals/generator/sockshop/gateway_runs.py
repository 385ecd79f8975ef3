"""The documented outages of the payment gateway's stand-in: 2025-11-07 15:15Z and 16:52Z, 2025-11-11 06:30Z."""

from evals.generator.kit import Object
from evals.generator.kit_run import Label, Run
from evals.generator.sockshop.eras import NOVEMBER_7, NOVEMBER_11
from evals.generator.sockshop.orders import charge, paid, place, refused
from evals.generator.sockshop.scene import STRIPE, calm, checkout_alert, finish, nothing, vendor
from evals.generator.sockshop.shop import Shop

FACTS = {
    "from": "times, ids, amounts and payment lines as documented for this run; the rest modelled",
    "logs": "excerpt",
}
DOWN = vendor(
    "scaled_to_zero", "The stand-in for Stripe has no replicas; payment is healthy.", modes=("dependency_unavailable",)
)
HEALED_PARTS = {
    "names": (STRIPE, "Stripe"),
    "modes": ("healthy", "scaled_to_zero", "dependency_unavailable"),
    "verdicts": ("external",),
}


def healed(why: str) -> Label:
    """The window lies after the repair."""
    return nothing("recovered", why, **HEALED_PARTS)


def first_run(stage: int) -> Shop:
    """15:15:08 to 15:19:05: a direct call of payment from a throw-away pod, so orders writes nothing at all."""
    shop = Shop("r1", NOVEMBER_7, "2025-11-07")
    calm(shop, "14:58", "15:15", placed=0)
    if stage > 0:
        shop.scale("stripe-mock", 0, "15:15:53", settle=20)
        calm(shop, "15:16", "15:18", placed=0)
        charge(shop, shop.at("15:17:04.242848"), 50.00, refused(shop.ip("stripe-mock"), 0.21))
    if stage > 1:
        shop.scale("stripe-mock", 1, "15:18:15", endings=["9xs4w"], settle=4)
        charge(shop, shop.at("15:19:04.281"), 75.00, paid("", 0.72, charge="ch_PfECoEmld0tCCge"))
        calm(shop, "15:19:10", "15:26", placed=0)
    return shop


def second_run(stage: int) -> Shop:
    """16:52 to 16:59:11: five orders, whose ids decode to their times."""
    shop = Shop("r3", NOVEMBER_7, "2025-11-07")
    calm(shop, "16:20", "16:52", placed=4)
    if stage > 0:
        shop.scale("stripe-mock", 0, "16:54:14", settle=12)
        rows: tuple[tuple[str, float, str], ...] = (
            ("16:55:33", 45.98, "485143eb600010c78fc"),
            ("16:55:48", 53.97, "494143eb600010c78fd"),
        )
        rows += (("16:56:03", 67.97, "4a3143eb600010c78fe"), ("16:56:14", 85.12, "4ae143eb600010c78ff"))
        for clock, total, order in (*rows, ("16:56:25", 100.12, "4b9143eb600010c7900")):
            place(shop, f"{clock}.4", total, refused(shop.ip("stripe-mock")), order=f"690e2{order}")
        calm(shop, "16:56:40", "16:58:40", placed=0)
    if stage > 1:
        shop.scale("stripe-mock", 1, "16:58:50.6", endings=["9jl6m"], settle=6)
        calm(shop, "16:59:15", "17:14", placed=3)
    return shop


def third_run(stage: int) -> Shop:
    """06:30 to 06:44: failures at 06:37:53, 06:38:22 and 06:39:04."""
    shop = Shop("r5", NOVEMBER_11, "2025-11-11")
    calm(shop, "05:42", "06:29", placed=4)
    if stage > 0:
        shop.scale("stripe-mock", 0, "06:30:30", settle=15)
        calm(shop, "06:31", "06:37", placed=0)
        for clock, total in (("06:37:53.31", 77.30), ("06:38:22.47", 77.30), ("06:39:04.12", 94.45)):
            place(shop, clock, total, refused(shop.ip("stripe-mock")))
        calm(shop, "06:39:30", "06:43", placed=0)
    if stage > 1:
        shop.scale("stripe-mock", 1, "06:43:30", endings=["bzvtx"], settle=13)
        calm(shop, "06:44:10", "06:58", placed=3)
    return shop


BOTH = Label(
    "external",
    STRIPE,
    "scaled_to_zero",
    DOWN.must,
    DOWN.must_not,
    "The window holds the outage and its repair.",
    {
        "components": ("Stripe",),
        "failure_modes": ("dependency_unavailable", "recovered"),
        "verdicts": ("no_fault",),
    },
    unscored=("remediation",),
)


def runs() -> list[Run]:
    """Before, during and after each; plus one window that holds outage and repair."""
    return [*_first(), *_second(), *_third()]


def _first() -> list[Run]:
    shared = {
        "family": "gateway outage 2025-11-07 15:15Z",
        "metrics": ("payment", "stripe-mock", "orders"),
        "provenance": FACTS,
    }
    quiet = nothing("healthy", "Everything is Ready, the storefront answers, nothing fails.")
    down = "A payment call made by hand a minute ago came back with authorised=false although the amount is small. Why?"
    after = "Payments failed around a quarter past three. Is the payment path all right now?"
    return [
        finish(
            first_run(0),
            ("14:58", "15:15:30"),
            "First outage, before",
            quiet,
            key="r1/before",
            question="Is anything wrong in sock-shop at the moment?",
            **shared,
        ),
        finish(
            first_run(1), ("15:15", "15:18"), "First outage, during", DOWN, key="r1/during", question=down, **shared
        ),
        finish(
            first_run(2),
            ("15:19", "15:26"),
            "First outage, after",
            healed("One charge succeeded; the gateway is back."),
            key="r1/after",
            question=after,
            **shared,
        ),
    ]


def _second() -> list[Run]:
    metrics = ("payment", "stripe-mock", "orders", "front-end")
    shared = {
        "family": "gateway outage 2025-11-07 16:52Z",
        "metrics": metrics,
        "datadog": ("payment", "orders"),
        "provenance": FACTS,
    }
    quiet = nothing("healthy", "Orders succeed and nothing fails.")
    during = second_run(1)
    return [
        finish(
            second_run(0),
            ("16:25", "16:52"),
            "Second outage, before",
            quiet,
            key="r3/before",
            question="Are customers able to check out?",
            **shared,
        ),
        finish(
            during,
            ("16:52", "16:58"),
            "Second outage, during",
            DOWN,
            key="r3/during",
            alert=checkout_alert(during, "16:56:30"),
            **shared,
        ),
        *_second_later(shared),
    ]


def _second_later(shared: Object) -> list[Run]:
    return [
        finish(
            second_run(2),
            ("16:52", "17:14"),
            "Second outage, whole",
            BOTH,
            key="r3/whole",
            question="Several customers wrote in that their payment was declined shortly before five. What happened?",
            **shared,
        ),
        finish(
            second_run(2),
            ("17:00", "17:14"),
            "Second outage, after",
            healed("Orders succeed again."),
            key="r3/after",
            question="Checkout had trouble before five. Does it work now?",
            **shared,
        ),
    ]


def _third() -> list[Run]:
    shared = {
        "family": "gateway outage 2025-11-11 06:30Z",
        "datadog": ("payment", "orders", "stripe-mock"),
        "provenance": FACTS,
    }
    quiet = nothing("healthy", "Orders succeed and nothing fails.")
    return [
        finish(
            third_run(0),
            ("06:05", "06:29:30"),
            "Third outage, before",
            quiet,
            key="r5/before",
            question="Is checkout working?",
            **shared,
        ),
        finish(
            third_run(1),
            ("06:30", "06:43"),
            "Third outage, during",
            DOWN,
            key="r5/during",
            question="Customers can't complete their orders: the shop says the payment was declined. What is wrong?",
            **shared,
        ),
        finish(
            third_run(2),
            ("06:45", "06:58"),
            "Third outage, after",
            healed("Orders succeed again."),
            key="r5/after",
            question="Is checkout healthy again?",
            **shared,
        ),
    ]
