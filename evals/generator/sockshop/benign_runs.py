"""Alarms about nothing that is broken in the shop.

Declines, noise of monitoring, restarts of everything, zeros on purpose.
"""

from evals.generator.kit import later, stamp
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import LATE_OCTOBER, NOVEMBER_11, OCTOBER
from evals.generator.sockshop.orders import place
from evals.generator.sockshop.scene import calm, finish, nothing, ours
from evals.generator.sockshop.shop import Shop

FAMILY = {"family": "nothing broken"}
REAL = {
    "logs": "excerpt",
    "from": "payment's, orders' and user's lines of 2025-10-18 as logged, names changed; the rest modelled",
}
DUPLICATE = 'err="E11000 duplicate key error collection: users.customers index: username_1 dup key: { : \\"mkern\\" }"'


def declined() -> Run:
    """2025-10-18 09:23:45 and 09:23:50: amounts above 105.00; a smaller order at 09:23:58 is paid."""
    shop = Shop("decline", OCTOBER, "2025-10-18")
    calm(shop, "08:58", "09:20", placed=2)
    place(shop, "09:23:45.574788", 199.98)
    place(shop, "09:23:50.571", 199.98)
    place(shop, "09:23:58.673903", 104.98)
    label = nothing(
        "business_decline", "Amounts above 105.00 are declined by rule; smaller ones are paid.", modes=("healthy",)
    )
    question = "Two customers complain that their payment was declined. Is something broken?"
    return finish(
        shop,
        ("09:15", "09:30"),
        "Two large orders declined",
        label,
        question=question,
        provenance=REAL,
        metrics=("payment", "orders"),
        **FAMILY,
    )


def duplicate_name() -> Run:
    """2025-10-18 09:32:03 to :34: somebody registers a name that exists; user and front-end make a 500 of it."""
    shop = Shop("duplicate", OCTOBER, "2025-10-18")
    calm(shop, "09:00", "09:30", placed=2)
    for clock in ("09:32:03.737371", "09:32:15.210442", "09:32:34.018113"):
        at = shop.at(clock)
        shop.write("user", at, lines.logfmt(at, f"caller=server.go:110 {DUPLICATE}"))
        shop.front(later(at, 0.01), "Error with log in: true", lines.morgan("POST", "/register", 500, "11.336"))
    label = ours(
        "user",
        "duplicate_key",
        ("fix_code",),
        "A name that exists is answered with 500 instead of 409; pods are healthy, nothing of the platform is wrong.",
        modes=("application_errors",),
        names=("sock-shop/front-end",),
        must_not=("restart@sock-shop/user", "scale_up@sock-shop/user", "restart@sock-shop/user-db"),
    )
    question = "Registering gives an internal server error for one customer. Why?"
    return finish(
        shop, ("09:25", "09:36"), "Registration answers 500", label, question=question, provenance=REAL, **FAMILY
    )


def scrape_error() -> Run:
    """The agent's permanent complaint about RabbitMQ's port 15692; the queue works."""
    shop = Shop("scrape", NOVEMBER_11, "2025-11-11")
    calm(shop, "09:00", "09:50", placed=4)
    label = nothing(
        "telemetry_outage",
        "Only the agent's scrape of a port that RabbitMQ doesn't serve is refused; messages flow.",
        modes=("healthy",),
    )
    question = "The monitoring agent logs connection refused for rabbitmq all the time. Is messaging down?"
    return finish(
        shop,
        ("09:20", "09:50"),
        "Refused on 15692",
        label,
        question=question,
        datadog=("shipping", "queue-master"),
        **FAMILY,
    )


def intake_unreachable() -> Run:
    """2025-10-30 05:34Z: the agent can't resolve Datadog's log intake.

    460 lines processed, none sent; well again at 05:45Z.
    """
    shop = Shop("intake", LATE_OCTOBER, "2025-10-30")
    calm(shop, "05:05", "05:42", placed=4)
    agent = shop.cluster.pods("datadog/datadog-agent")[0]["metadata"]["name"]
    text = (
        "Connection to the log intake cannot be established: dial tcp: lookup "
        "agent-intake.logs.us5.datadoghq.com.: no such host"
    )
    for number in range(6):
        at = later(shop.at("05:34:02"), number * 78)
        line = (
            f"{at:%Y-%m-%d %H:%M:%S} UTC | CORE | WARN | (pkg/logs/client/tcp/connection_manager.go:132 in "
            f"NewConnection) | {text}"
        )
        shop.logs.add(f"datadog/{agent}", "agent", at, line)
    gap = {"source": "datadog", "what": "logs", "status": "empty", "error": "no logs matched the query"}
    gaps = [gap | {"since": stamp(shop.at("05:34")), "until": stamp(shop.at("05:43"))}]
    label = nothing(
        "telemetry_outage",
        "The shop takes orders; only the way of its logs to Datadog is interrupted.",
        modes=("healthy",),
    )
    question = "Datadog shows no logs of sock-shop since 05:34. Is the shop down?"
    return finish(
        shop,
        ("05:30", "05:43"),
        "No logs in Datadog",
        label,
        question=question,
        gaps=gaps,
        metrics=("orders", "payment", "front-end"),
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [declined(), duplicate_name(), scrape_error(), intake_unreachable()]
