import pytest

from agent.detectors.proxies import detect, is_proxy

CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "front-1", "front")
PAY, EDGE, STRIPE = "http://payment/pay", "http://edge/cart", "https://api.stripe.com/v1"
REFUSED = "dial tcp 10.96.4.4:80: connect: connection refused"
NO_UPSTREAM = "no healthy upstream"
NGINX = {"image": "docker.io/library/nginx:1.27"}


def broken(calls, url, error, stop=30):
    return calls(url, -60, 5) + calls(url, 5, stop, error) + calls(url, stop, 30)


@pytest.fixture
def shop(workload, service):
    def build(ready):
        proxy = workload("edge", container=NGINX, ready=ready)
        return [*workload("orders"), *proxy, *service("edge"), *workload("payment"), *service("payment")]

    return build


def test_a_proxy_that_takes_no_calls_is_down(scene_of, shop, calls, unverified):
    scene = scene_of(shop(False), {CALLER: broken(calls, EDGE, REFUSED)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/edge", "proxy_down")
    assert unverified(scene, [found]) == []


def test_an_application_that_takes_no_calls_is_no_proxy(scene_of, workload, service, calls):
    objects = [*workload("orders"), *workload("payment", ready=False), *service("payment", ready=())]
    assert list(detect(scene_of(objects, {CALLER: broken(calls, PAY, REFUSED)}))) == []


def test_a_ready_proxy_is_not_down(scene_of, shop, calls):
    assert list(detect(scene_of(shop(True), {CALLER: broken(calls, EDGE, REFUSED)}))) == []


def test_a_proxy_that_came_back_is_not_told_as_down(scene_of, shop, calls):
    assert list(detect(scene_of(shop(True), {CALLER: broken(calls, EDGE, REFUSED, 15)}))) == []


def test_a_sidecar_that_is_not_ready_keeps_its_pod_from_calling(scene_of, shop, calls, unverified):
    objects = shop(True)
    pod = next(one for one in objects if one["kind"] == "Pod" and one["metadata"]["name"] == "orders-1")
    pod["status"]["containerStatuses"] = [{"name": "istio-proxy", "ready": False}, {"name": "orders", "ready": True}]
    scene = scene_of(objects, {CALLER: broken(calls, PAY, REFUSED)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "proxy_down")
    assert unverified(scene, [found]) == []


def test_a_proxy_that_knows_no_route_has_a_wrong_one(scene_of, shop, calls):
    [found] = detect(scene_of(shop(True), {CALLER: broken(calls, PAY, "no route found for host; no healthy upstream")}))
    assert (found.component, found.condition) == ("shop/deployment/orders", "wrong_address")


def test_a_proxy_without_an_upstream_that_others_reach_is_stale(scene_of, shop, workload, calls, unverified):
    log = {CALLER: broken(calls, PAY, NO_UPSTREAM), OTHER: calls(PAY, -60, 30)}
    scene = scene_of([*shop(True), *workload("front")], log)
    [found] = detect(scene)
    assert (found.component, found.condition, found.strength) == ("shop/deployment/orders", "proxy_down", 0.75)
    assert unverified(scene, [found]) == []


def test_a_proxy_without_an_upstream_that_has_none_is_only_the_messenger(scene_of, workload, service, calls):
    objects = [*workload("orders"), *workload("payment", ready=False), *service("payment", ready=())]
    assert list(detect(scene_of(objects, {CALLER: broken(calls, PAY, NO_UPSTREAM)}))) == []


def test_a_proxy_that_tells_how_somebody_outside_failed_leaves_the_blame_there(scene_of, shop, at, unverified):
    flags = (
        '[2026-03-02T12:10:00.000Z] "POST /v1 HTTP/1.1" 503 UF upstream_reset_before_response_started'
        '{connection_timeout} - "-" 0 91 10001 - "-" "x" "id" "api.stripe.com" "203.0.113.7:443"'
    )
    log = "".join(f"{at(minute)} {flags}\n" for minute in range(5, 30))
    scene = scene_of(shop(True), {("shop", "edge-1", "edge"): log})
    found = list(detect(scene))
    assert all(one.component in {"api.stripe.com", "203.0.113.7"} for one in found)
    assert found
    assert unverified(scene, found) == []


@pytest.mark.parametrize(
    ("image", "proxy"),
    [
        ("nginx:1.27", True),
        ("docker.io/envoyproxy/envoy:v1.31", True),
        ("registry.k8s.io/ingress-nginx/controller:v1.11", True),
        ("registry.example/payments:nginx", False),
        ("registry.example/payment-gateway:1", False),
    ],
)
def test_a_proxy_is_known_by_its_image(scene_of, workload, image, proxy):
    scene = scene_of(workload("edge", container={"image": image}))
    assert is_proxy(scene, "shop/deployment/edge") is proxy
