"""What callers measure of their calls, beside what callees measure of their answers."""

from collections.abc import Callable, Sequence

from agent.detectors import network as detector
from agent.finding import Finding
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, object]]]
Sampled = dict[str, list[tuple[dict[str, str], list[tuple[float, float]]]]]

TILL = "shop/deployment/till"
MAPS, CACHE = "maps.example.com", "cache.shop.svc.cluster.local"


def counter(before: float, now: float, until: float = 99) -> list[tuple[float, float]]:
    total = 0.0
    points: list[tuple[float, float]] = []
    for minute in range(-30, 31):
        points.append((minute, total))
        total += 60 * (now if 5 <= minute < until else before)
    return points


def served(before: float, now: float, until: float = 99) -> Sampled:
    """Sum and count of two requests a second to `till`."""
    labels = {"namespace": "shop", "pod": "till-1"}
    return {
        "http_request_duration_seconds_sum": [(labels, counter(2 * before, 2 * now, until))],
        "http_request_duration_seconds_count": [(labels, counter(2, 2))],
    }


def called(**seconds: tuple[float, float]) -> Sampled:
    """Sum and count of two calls a second of `till` to `maps`, outside, and `cache`, inside."""
    hosts = {"maps": MAPS, "cache": CACHE}
    labels = {name: {"namespace": "shop", "pod": "till-1", "host": hosts[name]} for name in seconds}
    return {
        "http_client_request_duration_seconds_sum": [
            (labels[name], counter(2 * before, 2 * now)) for name, (before, now) in seconds.items()
        ],
        "http_client_request_duration_seconds_count": [(labels[name], counter(2, 2)) for name in seconds],
    }


def shop(workload: Build) -> list[dict[str, object]]:
    return [*workload("till"), *workload("cache")]


def causes(scene: Scene) -> list[Finding]:
    return [one for one in detector.detect(scene) if one.role == "cause"]


def named(scene: Scene) -> list[tuple[str, str]]:
    return [(one.component, one.condition) for one in causes(scene)]


def test_a_caller_that_waits_for_one_host_outside_is_not_delayed_itself(
    scene_of: SceneOf, workload: Build, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    samples = served(0.05, 1.3) | called(maps=(0.02, 1.2), cache=(0.002, 0.002))
    scene = scene_of(shop(workload), samples=samples)

    assert named(scene) == [(MAPS, "dependency_slow")]
    assert unverified(scene, causes(scene)) == []


def test_a_caller_whose_every_call_takes_longer_is_delayed_itself(scene_of: SceneOf, workload: Build) -> None:
    scene = scene_of(shop(workload), samples=served(0.05, 1.3) | called(maps=(0.02, 0.6), cache=(0.002, 0.58)))

    (one,) = causes(scene)

    assert (one.component, one.condition) == (TILL, "network_delay")
    assert one.strength > 0.8


def test_a_callee_that_answers_as_ever_while_its_caller_waits_is_behind_a_slow_network(
    scene_of: SceneOf, workload: Build
) -> None:
    samples = served(0.05, 1.3) | called(maps=(0.02, 0.02), cache=(0.002, 1.2))

    scene = scene_of(shop(workload), samples=samples, declared=[("shop/till", "shop/cache")])

    assert named(scene) == [("shop/deployment/cache", "network_delay")]


def test_calls_that_rose_too_little_to_matter_blame_nobody(scene_of: SceneOf, workload: Build) -> None:
    samples = served(0.05, 5.0) | called(maps=(0.02, 0.06), cache=(0.002, 0.002))

    assert named(scene_of(shop(workload), samples=samples)) == [(TILL, "network_delay")]


def test_waiting_that_is_over_has_an_end(scene_of: SceneOf, workload: Build) -> None:
    samples = served(0.05, 1.3, 15) | called(maps=(0.02, 1.2), cache=(0.002, 0.002))
    sums = samples["http_client_request_duration_seconds_sum"]
    samples["http_client_request_duration_seconds_sum"] = [(sums[0][0], counter(0.04, 2.4, 15)), sums[1]]

    (one,) = causes(scene_of(shop(workload), samples=samples))

    assert one.until is not None
    assert one.until.minute == 16


def dropped(before: float, now: float, until: float = 99) -> Sampled:
    row = ({"namespace": "shop", "pod": "till-1", "interface": "eth0"}, counter(before, now, until))
    return {"container_network_receive_packets_dropped_total": [row]}


def test_pods_that_drop_packets_while_answers_are_late_lose_packets(
    scene_of: SceneOf, workload: Build, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    scene = scene_of(shop(workload), samples=served(0.05, 0.4) | dropped(0.0, 12.0))

    assert named(scene) == [(TILL, "packet_loss")]
    assert unverified(scene, causes(scene)) == []


def test_drops_that_were_always_there_or_hurt_nobody_are_none(scene_of: SceneOf, workload: Build) -> None:
    assert named(scene_of(shop(workload), samples=served(0.05, 0.4) | dropped(12.0, 12.0))) == [(TILL, "network_delay")]
    assert named(scene_of(shop(workload), samples=served(0.05, 0.05) | dropped(0.0, 12.0))) == []


def test_drops_that_are_over_have_an_end(scene_of: SceneOf, workload: Build) -> None:
    (one,) = causes(scene_of(shop(workload), samples=served(0.05, 0.4, 15) | dropped(0.0, 12.0, 15)))

    assert one.until is not None
    assert one.until.minute == 16
