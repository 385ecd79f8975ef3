"""What the shop writes whether or not anything is wrong. Health lines are thinned to one in several minutes."""

from datetime import datetime

from evals.generator.kit import later
from evals.generator.kit_metrics import grid
from evals.generator.sockshop import lines
from evals.generator.sockshop.shop import Life, Shop
from evals.generator.sockshop.world import restarted


def fill(shop: Shop, since: datetime, until: datetime, step: float = 540) -> None:
    """Add the ordinary chatter of every pod for the time that it lived in the window."""
    for number, life in enumerate(shop.lives.values()):
        start, end = max(since, later(life.born, 25)), min(until, life.died or until)
        for at in grid(later(start, number * 7.3 % 60), end, step) if start < end else ():
            _chatter(shop, life, later(at, shop.random.uniform(0, 5)))
        _start_lines(shop, life)
    agent = shop.cluster.pods("datadog/datadog-agent")[0]["metadata"]["name"]
    for at in grid(later(since, 11), until, step * 2):
        shop.logs.add(f"datadog/{agent}", "agent", at, lines.agent_scrape_error(at, _rabbit_ip(shop)))


def _rabbit_ip(shop: Shop) -> str:
    pods = shop.cluster.pods("rabbitmq")
    return pods[0]["status"]["podIP"] if pods else "10.244.1.31"


def _chatter(shop: Shop, life: Life, at: datetime) -> None:
    name, took = life.workload, shop.random.uniform(6, 60)
    text, container = "", name
    if name == "user":
        text = lines.logfmt(at, f"caller=middlewares.go:153 method=Health result=2 took={took * 15:.3f}µs")
    elif name == "catalogue":
        text = lines.logfmt(at, f"caller=logging.go:81 method=Health result=2 took={took:.3f}µs")
    elif name == "payment" and not shop.payment_v2:
        text = lines.logfmt(at, f"caller=logging.go:36 method=Health result=1 took={took / 3:.3f}µs")
    elif name in ("carts-db", "orders-db") and at.minute % 3 == 1:
        text = lines.checkpoint(at, int(at.timestamp()) // 30 % 9000)
    elif name == "rabbitmq":
        text, container = lines.exporter(at, took / 2), "rabbitmq-exporter"
    elif name == "session-db" and at.minute % 5 == 0:
        text = f"1:M {at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03d} * 100 changes in 300 seconds. Saving..."
    if text:
        shop.logs.add(life.pod, container, at, text)


def _start_lines(shop: Shop, life: Life) -> None:
    """A started payment v2 or gateway stand-in says so; old pods said it when the cluster last came back."""
    at = later(life.born, 2)
    if life.born == restarted(shop.era):
        at = later(life.born, 1)
    if life.workload == "payment" and shop.payment_v2:
        url = _gateway(shop, life.pod)
        first = f"✅ Payment gateway: {url}" if url else "⚠️ PAYMENT_GATEWAY_URL not set, running in mock mode"
        shop.logs.add(
            life.pod, "payment", at, lines.go(at, first), lines.go(at, "🚀 Payment service starting on port 8080")
        )
    if life.workload == "stripe-mock":
        for text in (
            "Routing to 399 path(s) and 572 endpoint(s) with 572 validator(s)",
            "Listening for HTTP at address: [::]:12111",
        ):
            shop.logs.add(life.pod, "stripe-mock", at, lines.go(at, text))


def _gateway(shop: Shop, pod: str) -> str:
    found = shop.cluster.objects.get(("Pod", "sock-shop", pod))
    entries = found["spec"]["containers"][0].get("env", []) if found else []
    urls = [entry.get("value", "") for entry in entries if entry["name"] == "PAYMENT_GATEWAY_URL"]
    return str(urls[0]) if urls else ("" if found else "http://stripe-mock")
