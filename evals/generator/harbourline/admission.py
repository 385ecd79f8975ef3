"""Pods, claims and Services that the API refuses to make: quotas, and a service account that is not there."""

from dataclasses import dataclass, replace

from evals.generator.harbourline import voices
from evals.generator.harbourline.facts import CREATED, NAME
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.harbourline.voices import Call
from evals.generator.harbourline.world import with_port
from evals.generator.kit import Object, condition
from evals.generator.kit_changes import deploy, roll_out
from evals.generator.kit_events import event
from evals.generator.kit_objects import pod_template, quota
from evals.generator.kit_run import Run

TARGET = "booking/reservations"
HARD = {"requests.cpu": "6", "requests.memory": "8Gi", "pods": "9"}
QUOTES = Call("GET", "http://quotes.booking.svc.cluster.local:9000/v1/quotes", "10.43.12.90:9000", 4)


@dataclass(frozen=True)
class Story:
    """One refusal. `refused` is what follows "is forbidden: "; `used` the quota's use, if a quota refused."""

    key: str
    at: str
    mode: str
    refused: str
    must: tuple[str, ...]
    why: str
    detail: str | None = None
    used: dict[str, str] | None = None
    account: str | None = None


def runs() -> list[Run]:
    """Every run of this module."""
    return [*(_refused(story) for story in STORIES), _storage(), _services()]


def _refused(story: Story) -> Run:
    """A release that removes the old pod first, and the API makes no new one."""
    scene = Scene(story.key, story.at, "booking", "data")
    scene.traffic(-880, -20)
    if story.used:
        scene.fleet.put(quota("booking-team", "booking", CREATED, HARD, story.used))

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/reservations:5.9.0"
        if story.account:
            template["spec"]["serviceAccountName"] = story.account

    pod = roll_out(scene.fleet, TARGET, change, scene.time(-10), strategy="Recreate", healthy=False, settle=0.4)[0]
    name = pod["metadata"]["name"]
    scene.fleet.remove(pod)
    scene.fleet.events = [e for e in scene.fleet.events if e["involvedObject"].get("uid") != pod["metadata"]["uid"]]
    scene.fleet.events = [e for e in scene.fleet.events if name not in e["message"]]
    owner = scene.fleet.replica_sets(TARGET)[-1]
    text = f'pods "{name}" is forbidden: {story.refused}'
    event(
        scene.fleet,
        owner,
        "FailedCreate",
        f"Error creating: {text}",
        scene.time(660),
        first=scene.time(-10),
        count=17,
        type="Warning",
    )
    scene.fleet.sync(scene.time(-9))
    for one in (owner, scene.fleet.get("Deployment", TARGET)):
        failing = condition("ReplicaFailure", True, scene.time(-10), "FailedCreate", text)
        one["status"].setdefault("conditions", []).append(failing)
    scene.traffic(0, 715, Break("storefront>reservations", "refused"))
    names = ("booking/booking-team", "namespace/booking") if story.used else ()
    label = internal(
        TARGET,
        story.mode,
        story.must,
        story.why,
        components=("booking/reservations-api", *names),
        must_not=("contact_vendor", f"restart@{TARGET}", "scale_up@booking/storefront"),
    )
    asked = alert(
        scene.time(150),
        "BookingErrors",
        "POST /api/bookings answers 502 to everybody",
        namespace="booking",
        service="storefront-web",
    )
    title = "Bookings fail after a release"
    label = replace(label, detail=story.detail)
    return run(scene, story.key, title, asked, label, family="platform", refs=("booking/storefront", TARGET))


def _storage() -> Run:
    """The cache is set up anew with a claim, which the quota refuses."""
    scene = Scene("q5", "2026-06-25T15:50:00Z", "booking", "data")
    scene.traffic(-880, -20)
    hard = {"requests.storage": "40Gi", "persistentvolumeclaims": "6"}
    used = {"requests.storage": "36Gi", "persistentvolumeclaims": "3"}
    scene.fleet.put(quota("data-team", "data", CREATED, hard, used))
    target = scene.fleet.get("StatefulSet", "data/redis-cache")
    scene.fleet.remove(scene.fleet.pods("data/redis-cache")[0])
    asked_for = "requested: requests.storage=8Gi, used: requests.storage=36Gi, limited: requests.storage=40Gi"
    text = (
        "create Pod redis-cache-0 in StatefulSet redis-cache failed error: failed to create PVC "
        'cache-redis-cache-0: persistentvolumeclaims "cache-redis-cache-0" is forbidden: exceeded quota: data-team, '
        f"{asked_for}"
    )
    at = {"first": scene.time(-10), "count": 15, "type": "Warning"}
    event(scene.fleet, target, "FailedCreate", text, scene.time(650), **at)
    scene.fleet.sync(scene.time(-10))
    scene.traffic(0, 715, Break("timetable>cache", "refused"), step=30)
    label = internal(
        "data/redis-cache",
        "quota_exceeded",
        ("raise_quota", "fix_scheduling", "free_storage"),
        "The cache was set up anew with a volume claim that the namespace's storage quota does not allow, so it has no"
        " pod and the search fails.",
        components=("data/cache", "data/data-team", "namespace/data"),
        must_not=("contact_vendor", "rollback@booking/timetable-server"),
    )
    question = "Nobody finds sailings since ten to four: the search fails with errors about the cache. Why?"
    refs = ("booking/timetable-server", "booking/storefront")
    label = replace(label, detail="storage")
    return run(scene, "no-claim", "The search fails without its cache", question, label, family="platform", refs=refs)


def _services() -> Run:
    """A new backend runs, and the quota of Services leaves it without a name."""
    scene = Scene("q6", "2026-06-26T10:00:00Z", "booking", "data")
    scene.traffic(-880, 715)
    hard = {"services": "4"}
    scene.fleet.put(quota("booking-team", "booking", CREATED, hard, hard))
    main = with_port("quotes", "ghcr.io/harbourline/quotes:0.9.1", "http", 9000)
    deploy(
        scene.fleet, "booking/quotes", pod_template({NAME: "quotes"}, main), scene.time(-40), pods_at=scene.time(-39)
    )
    for seconds in range(2, 710, 25):
        at = scene.time(seconds)
        pod = scene.pod("booking/storefront")
        scene.count += 1
        wanted = {"id": f"req-{scene.count:x}", "method": "GET", "url": "/api/quotes"}
        error = voices.axios_failure(QUOTES, "no_such_host", 0, "")
        told = voices.pino(at, pod["metadata"]["name"], 50, "backend call failed", req=wanted, err=error)
        scene.say(pod, at, told)
        scene.ingress(at, "GET /api/quotes", 502, 0.02, f"{pod['status']['podIP']}:3000")
    label = internal(
        "booking/quotes",
        "quota_exceeded",
        ("raise_quota", "fix_scheduling"),
        "The new quotes backend runs but has no Service: the namespace's quota of four Services is used up.",
        components=("booking/booking-team", "namespace/booking"),
        must_not=("contact_vendor", "fix_dns", "rollback@booking/storefront"),
    )
    question = "The new price quotes fail for everybody since they went live at ten. The rest of the shop works. Why?"
    label = replace(label, detail="services")
    refs = ("booking/storefront", "booking/quotes")
    return run(scene, "no-name", "New quotes never work", question, label, family="platform", refs=refs)


_CPU = Story(
    "quota-cores",
    "2026-06-23T08:15:00Z",
    "quota_exceeded",
    "exceeded quota: booking-team, requested: requests.cpu=2, used: requests.cpu=5, limited: requests.cpu=6",
    ("raise_quota", "fix_scheduling", "rollback"),
    "The old pod was removed first, and the namespace's CPU quota has no room for the new revision's request.",
    detail="cpu",
    used={"requests.cpu": "5", "requests.memory": "3Gi", "pods": "6"},
)
STORIES = (
    _CPU,
    replace(
        _CPU,
        key="quota-memory",
        at="2026-06-23T17:35:00Z",
        refused="exceeded quota: booking-team, requested: requests.memory=4Gi, used: requests.memory=6Gi, "
        "limited: requests.memory=8Gi",
        why="The old pod was removed first, and the namespace's memory quota has no room for the new request.",
        detail="memory",
        used={"requests.cpu": "3", "requests.memory": "6Gi", "pods": "6"},
    ),
    replace(
        _CPU,
        key="quota-pods",
        at="2026-06-24T12:25:00Z",
        refused="exceeded quota: booking-team, requested: pods=1, used: pods=9, limited: pods=9",
        why="Others filled the namespace up to its quota of pods while the release had removed the old one.",
        detail="pods",
        used={"requests.cpu": "3", "requests.memory": "3Gi", "pods": "9"},
    ),
    replace(
        _CPU,
        key="no-account",
        at="2026-06-24T18:05:00Z",
        mode="service_account_missing",
        refused='error looking up service account booking/reservations-v5: serviceaccount "reservations-v5" not found',
        must=("fix_config", "rollback"),
        why="The new revision runs under a service account that nobody made.",
        detail=None,
        used=None,
        account="reservations-v5",
    ),
)
