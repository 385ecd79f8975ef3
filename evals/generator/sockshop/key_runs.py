"""The key to the vendor: exchanged, or run out."""

from evals.generator.kit import Object
from evals.generator.kit_changes import set_env
from evals.generator.kit_run import Run
from evals.generator.sockshop.live import live
from evals.generator.sockshop.orders import answered, place
from evals.generator.sockshop.scene import calm, checkout_alert, finish, ours

FAMILY = {"family": "our change"}
ASKED = "Customers can't pay: the shop tells them that the payment was declined. What is the reason?"
BACK = ("rollback", "fix_config")


def key_replaced() -> Run:
    """401 from the first charge after the key's Secret was exchanged."""
    shop = live("key-replaced", "2025-11-19")
    calm(shop, "10:20", "11:00", placed=4)

    def change(template: Object) -> None:
        set_env(template, "STRIPE_API_KEY", None)
        reference = {"secretKeyRef": {"name": "stripe-api-key-2025-11", "key": "secret"}}
        template["spec"]["containers"][0]["env"].append({"name": "STRIPE_API_KEY", "valueFrom": reference})

    shop.roll_out("payment", change, "11:01:30", manager="kubectl-edit", settle=22)
    for number, clock in enumerate(("11:03:20", "11:05:11", "11:08:42", "11:10:30")):
        place(shop, clock, 31.0 + number, answered(401, 0.14))
    label = ours(
        "payment",
        "invalid_credentials",
        ("rotate_credentials", "rollback", "fix_config"),
        "The vendor answers 401 since payment got another key.",
        modes=("bad_rollout",),
        must_not=("restart@sock-shop/payment",),
    )
    return finish(
        shop,
        ("11:00", "11:13"),
        "Key rejected after an exchange",
        label,
        alert=checkout_alert(shop, "11:09"),
        metrics=("payment",),
        **FAMILY,
    )


def key_rejected() -> Run:
    """401 with nothing changed and nothing else that speaks: probably our key ran out."""
    shop = live("key-expired", "2025-11-20")
    calm(shop, "02:20", "03:00", placed=4)
    for number, clock in enumerate(("03:01:20", "03:04:51", "03:07:12", "03:10:05")):
        place(shop, clock, 31.0 + number, answered(401, 0.14))
    label = ours(
        "payment",
        "invalid_credentials",
        ("rotate_credentials", "fix_config"),
        "401 with no change in sight: a key that ran out or was revoked is ours to renew.",
        modes=("dependency_auth_rejected",),
    )
    return finish(shop, ("03:00", "03:13"), "Key rejected, no change in sight", label, question=ASKED, **FAMILY)


def runs() -> list[Run]:
    """All runs of this family."""
    return [key_replaced(), key_rejected()]
