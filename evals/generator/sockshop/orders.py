"""An order's way through the shop's programs, with the outcomes that they know."""

from dataclasses import dataclass
from datetime import datetime

from evals.generator.kit import digest, later
from evals.generator.sockshop import lines
from evals.generator.sockshop.shop import Shop

GATEWAY = "http://stripe-mock"
REQUEST = (
    "PaymentRequest{address=Address{id=null, number='7', street='Harbour Road', city='Leith', country='United "
    "Kingdom', "
    "postcode='EH6'}, card=Card{id=null, longNum='<scrubbed>', expires='12/25', ccv='<scrubbed>'}, "
    "customer=Customer{id=null, "
    "firstName='M', lastName='K', username='mkern', addresses=[], cards=[]}}"
)
IO_ERROR = "org.springframework.web.client.ResourceAccessException: I/O error on POST request for"


@dataclass(frozen=True)
class Charge:
    """What payment v2 writes about one charge. `last` is the line after the request; empty means that it hangs on."""

    last: str
    message: str
    took: float
    authorised: bool = False
    status: int | None = None


def paid(key: object, took: float = 0.78, charge: str = "") -> Charge:
    """HTTP 200 from the gateway."""
    charge = charge or "ch_" + digest("charge", key, length=15)
    return Charge(
        f"✅ Payment authorized: {charge}", f"Payment authorized (charge: {charge})", took, authorised=True, status=200
    )


def refused(ip: str, took: float = 0.0, url: str = GATEWAY) -> Charge:
    """Nobody listens at the Service's address."""
    return broken(f'Post "{url}/v1/charges": dial tcp {ip}:80: connect: connection refused', took)


def broken(error: str, took: float) -> Charge:
    """Go's http client returned `error`."""
    return Charge(f"❌ Payment gateway error: {error} ({took:.2f}s)", f"Payment gateway error: {error}", took)


def answered(status: int, took: float) -> Charge:
    """The gateway answered with an error status."""
    text = f"Payment request failed (HTTP {status})"
    if status >= 500:
        text = f"Payment gateway unavailable (HTTP {status})"
    if status == 429:
        text = "Payment gateway rate limit exceeded"
    return Charge(f"❌ {text}", text, took, status=status)


def charge(shop: Shop, at: datetime, amount: float, outcome: Charge, url: str = GATEWAY) -> None:
    """Payment v2's lines for one charge; with `url` empty it runs without a gateway."""
    shop.write("payment", at, lines.go(at, f"💳 Payment auth request: amount={amount:.2f}"))
    if not url:
        return
    call = later(at, 0.001)
    cents = int(amount * 100)
    shop.write("payment", call, lines.go(call, f"🌐 Calling payment gateway: {url}/v1/charges (amount={cents} cents)"))
    end = max(later(at, outcome.took), later(call, 0.0006))
    if outcome.status is not None:
        shop.write("payment", end, lines.go(end, f"✅ Gateway response: HTTP {outcome.status} ({outcome.took:.2f}s)"))
    shop.write("payment", later(end, 0.0005), lines.go(end, outcome.last))


def collect(shop: Shop, at: datetime) -> None:
    """An order's first half second: orders asks user and carts what it needs. `at` is when it would turn to payment."""
    shop.orders_made += 1
    who = shop.customer()
    urls = {
        "customer": f"http://user/customers/{who}",
        "address": f"http://user/addresses/{who}",
        "card": f"http://user/cards/{who}",
    }
    body = ",".join(f'"{key}":"{value}"' for key, value in urls.items())
    shop.front(later(at, -0.6), f'Posting Order: {{{body},"items":"http://carts/carts/{who}/items"}}')
    shop.orders(later(at, -0.55), "INFO", "Starting calls addressFuture")
    for number, url in enumerate((urls["customer"], f"http://carts/carts/{who}/items")):
        text = f"Requesting: <GET {url},{{Accept=[application/hal+json]}}>"
        shop.orders(later(at, -0.5 + number / 100), "INFO", text, logger=lines.ASYNC)
    shop.orders(later(at, -0.4), "INFO", "End of calls.")


def start(shop: Shop, at: datetime, order: str | None = None) -> str:
    """The part of an order before payment; the order's id."""
    collect(shop, at)
    order = order or shop.order_id(at)
    if not shop.era.status_fix:
        shop.orders(later(at, -0.02), "INFO", f"Sending payment request: {REQUEST}")
        return order
    shop.orders(later(at, -0.05), "INFO", f"Order created with ID: {order} and status: Created")
    shop.orders(later(at, -0.04), "INFO", f"Order {order} status updated to PENDING")
    shop.orders(later(at, -0.02), "INFO", f"Sending payment request for order {order}")
    return order


def answer(shop: Shop, at: datetime, status: int, body: str) -> None:
    """front-end prints the answer of orders, then its own request line."""
    kind = '"x-application-context":"orders:80","content-type":"application/json;charset=UTF-8"'
    inner = f'"headers":{{{kind},"date":"{at:%a, %d %b %Y %H:%M:%S} GMT"}}'
    shop.front(at, f'Order response: {{"statusCode":{status},"body":{body},{inner}}}', f"Order response: {body}")
    shop.front(later(at, 0.01), lines.morgan("POST", "/orders", status))


def declined_body(at: datetime, message: str) -> str:
    """Orders' 406."""
    name = "works.weave.socks.orders.controllers.OrdersController$PaymentDeclinedException"
    quoted = message.replace('"', '\\"')
    millis = int(at.timestamp() * 1000)
    head = f'{{"timestamp":{millis},"status":406,"error":"Not Acceptable","exception":"{name}"'
    return head + f',"message":"{quoted}","path":"/orders"}}'


def place(shop: Shop, clock: str, total: float, outcome: Charge | None = None, **parts: str) -> str:
    """An order that reaches payment.

    `order` fixes its id, `url` payment's gateway, `ship` = `refused | rejected` breaks what follows.
    """
    at = shop.at(clock)
    order = start(shop, at, parts.get("order"))
    result = outcome or (paid(order, shop.random.uniform(0.69, 0.84)) if shop.payment_v2 else _v1(total))
    if shop.payment_v2:
        charge(shop, at, total, result, parts.get("url", shop.gateway))
    else:
        took = f"{shop.random.uniform(0.7, 3):.3f}µs"
        shop.write(
            "payment",
            at,
            lines.logfmt(
                at, f"caller=logging.go:25 method=Authorise result={str(result.authorised).lower()} took={took}"
            ),
        )
    end = later(at, result.took + 0.004)
    if result.took > 5:
        timed_out(shop, later(at, 5.0))
        return order
    text = f"PaymentResponse{{authorised={str(result.authorised).lower()}, message={result.message}}}"
    fixed = shop.era.status_fix
    shop.orders(end, "INFO", f"Received payment response{f' for order {order}' if fixed else ''}: {text}")
    if not result.authorised:
        message = (
            result.message if result.message.startswith("Payment declined") else f"Payment declined. {result.message}"
        )
        answer(shop, later(end, 0.03), 406, declined_body(end, message))
        return order
    if fixed:
        shop.orders(later(end, 0.004), "INFO", f"Order {order} payment successful, status updated to PAID")
    ship(shop, later(end, 0.02), order, parts.get("ship", ""))
    return order


def _v1(total: float) -> Charge:
    if total > 105:
        return Charge("", "Payment declined: amount exceeds 105.00", 0.001)
    return Charge("", "Payment authorised", 0.001, authorised=True)


def ship(shop: Shop, at: datetime, order: str, trouble: str) -> None:
    """What follows a payment: shipping, the queue, the shipment's worker."""
    if trouble == "refused":
        text = f'{IO_ERROR} "http://shipping/shipping": Connection refused (Connection refused); nested exception is '
        failed_io(shop, at, text + "java.net.ConnectException: Connection refused (Connection refused)")
        return
    confirms = shop.era.confirms
    shop.published.append(at)
    if shop.pod("queue-master"):
        shop.taken.append(at)
    shop.write("shipping", at, f"Adding shipment to queue{' with publisher confirms' if confirms else ''}...")
    if trouble == "rejected":
        shop.write("shipping", later(at, 0.02), "Message rejected by RabbitMQ: Unknown")
        failed_io(shop, later(at, 0.03), "org.springframework.web.client.HttpServerErrorException: 503 null")
        return
    if confirms:
        shop.write("shipping", later(at, 0.02), "Message confirmed by RabbitMQ")
    shop.write("queue-master", later(at, 0.05), f"Received shipment task: {shop.customer()}")
    body = f'{{"id":"{order}","customerId":"{shop.customer()}","status":"SHIPPED"}}'
    answer(shop, later(at, 0.06), 201, body)
    shop.front(later(at, 0.2), "User cart deleted with status: 202", lines.morgan("DELETE", "/cart", 202))


def failed_io(shop: Shop, at: datetime, cause: str) -> None:
    """Orders could not do something after the payment; it answers 500."""
    shop.orders(at, "ERROR", f"Unable to create order due to unspecified IO error. {cause}")
    body = (
        '{"error":"Internal Server Error","message":"Unable to create order due to unspecified IO error.","status":500}'
    )
    answer(shop, later(at, 0.02), 500, body)


def socket_error(slow: bool) -> str:
    """Java's words for a refused or a timed-out connection, nested."""
    what = "connect timed out" if slow else "Connection refused (Connection refused)"
    kind = "SocketTimeoutException" if slow else "ConnectException"
    return f"{what}; nested exception is java.net.{kind}: {what}"


def lookup_failed(shop: Shop, at: datetime, cause: str) -> None:
    """Orders can't get the customer from user; `cause` ends Spring's sentence."""
    collect(shop, at)
    head = "java.util.concurrent.ExecutionException: I/O error on GET request for "
    failed_io(shop, later(at, 5), f'{head}"http://user/customers/{shop.customer()}": {cause}')


def timed_out(shop: Shop, at: datetime) -> None:
    """Orders' own patience of five seconds ends."""
    text = "Unable to create order due to timeout from one of the services. java.util.concurrent.TimeoutException"
    shop.orders(at, "ERROR", text)
    body = (
        '{"error":"Internal Server Error","message":"Unable to create order due to timeout from one of the '
        'services.","status":500}'
    )
    answer(shop, later(at, 0.02), 500, body)


def unpaid(shop: Shop, clock: str, timeout: bool = False, order: str | None = None) -> str:
    """An order that never reaches payment: orders' call is refused, or times out."""
    at = shop.at(clock)
    order = start(shop, at, order)
    what = "connect timed out" if timeout else "Connection refused"
    end = later(at, 5.0 if timeout else 2.4)
    text = f'{IO_ERROR} "http://payment/paymentAuth": {socket_error(timeout)}'
    shop.orders(end, "ERROR", f"Payment failed for order {order}: {text}")
    shop.orders(later(end, 0.06), "WARN", f"Order {order} status updated to PAYMENT_FAILED due to: {what}")
    gone = f"Payment service unavailable for order {order}"
    servlet = "o.a.c.c.C.[.[.[/].[dispatcherServlet]"
    shop.orders(later(end, 0.07), "ERROR", f"Servlet.service() threw exception: {gone}", servlet)
    body = f'{{"statusCode":500,"error":"Internal Server Error","message":"{gone}"}}'
    answer(shop, later(end, 0.1), 500, body)
    return order
