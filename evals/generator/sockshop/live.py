"""The shop with the vendor's real host behind payment, instead of the stand-in."""

from datetime import datetime

from evals.generator.kit import Object, later, stamp
from evals.generator.kit_changes import set_env
from evals.generator.kit_metrics import grid
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.shop import Shop

HOST = "https://api.stripe.com"
ADDRESS = "54.187.174.169"


def live(key: str, day: str) -> Shop:
    """Payment has called api.stripe.com since 2025-11-17 06:12Z, with a key from a Secret; there is no stand-in."""
    shop = Shop(key, NOVEMBER_LATE, day)
    shop.gateway = HOST

    def change(template: Object) -> None:
        set_env(template, "PAYMENT_GATEWAY_URL", HOST)
        reference = {"secretKeyRef": {"name": "stripe-api-key", "key": "secret"}}
        template["spec"]["containers"][0]["env"].append({"name": "STRIPE_API_KEY", "valueFrom": reference})

    shop.roll_out("payment", change, "2025-11-17T06:12:00Z", manager="kubectl-client-side-apply")
    gone = [o for o in shop.cluster.objects.values() if o["metadata"]["name"].startswith("stripe-mock")]
    shop.cluster.remove(*gone)
    shop.lives = {name: life for name, life in shop.lives.items() if life.workload != "stripe-mock"}
    return shop


def agent_posts(shop: Shop, since: str, until: str) -> None:
    """The Datadog agent reaches its intake: other names of the outside resolve, other TLS works."""
    agent = shop.cluster.pods("datadog/datadog-agent")[0]["metadata"]["name"]
    for at in grid(shop.at(since), shop.at(until), 240):
        text = (
            "CORE | INFO | (comp/forwarder/defaultforwarder/transaction/transaction.go:468 in internalProcess) | "
            "Successfully posted "
        )
        url = (
            '"https://7-72-1-app.agent.us5.datadoghq.com/api/v2/series", the agent will only log transaction '
            "success every 500 transactions"
        )
        shop.logs.add(f"datadog/{agent}", "agent", at, f"{at:%Y-%m-%d %H:%M:%S} UTC | {text}payload to {url}")


def status_feed(at: datetime, impact: str, title: str, part: str) -> Object:
    """A statuspage summary with one open incident."""
    opened = stamp(later(at, -600))
    incident = {"name": title, "status": "investigating", "impact": impact, "created_at": opened, "updated_at": opened}
    body: Object = {"page": {"name": "Stripe", "url": "https://status.stripe.com"}, "incidents": [incident]}
    body["components"] = [{"name": part, "status": "major_outage"}, {"name": "Dashboard", "status": "operational"}]
    body["status"] = {"indicator": impact, "description": "Partial system outage"}
    return {"fetched_at": stamp(at), "url": "https://status.stripe.com/api/v2/summary.json", "body": body}
