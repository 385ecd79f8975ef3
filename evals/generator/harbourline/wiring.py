"""Calls that are sent to the wrong place or in the wrong tongue, and what a program lacks to make them."""

from dataclasses import replace

from evals.generator.harbourline import voices
from evals.generator.harbourline.database import REFUSED
from evals.generator.harbourline.facts import CREATED, ROUTES_OF_THE_FRONT
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, later, stamp
from evals.generator.kit_changes import roll_out
from evals.generator.kit_objects import ingress
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_database_port(), _route(), _protocol(), _certificate(), _binding()]


def _edit(scene: Scene, one: Object, manager: str, seconds: float, owned: Object) -> None:
    """Sign a change of an object that was made `seconds` after the scene's moment."""
    signed = {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": stamp(scene.time(seconds))}
    scene.fleet.touch(one, signed | {"fieldsType": "FieldsV1", "fieldsV1": {"f:spec": owned}})
    scene.fleet.sync(scene.time(seconds))


def _database_port() -> Run:
    """The address moved into a Secret that nobody may read; only the dying program tells what it tried."""
    scene = Scene("w1", "2026-06-02T08:30:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def hidden(template: Object) -> None:
        source = {"secretKeyRef": {"name": "reservations-datasource", "key": "url"}}
        box = template["spec"]["containers"][0]
        box["env"] = [*box["env"], {"name": "SPRING_DATASOURCE_URL", "valueFrom": source}]

    [pod] = roll_out(scene.fleet, "booking/reservations", hidden, scene.time(-12), strategy="Recreate", healthy=False)
    crash_loop(scene.fleet, pod, scene.time(8), scene.time(560), 7)
    refused = REFUSED.replace("5432", "5433")
    for previous, seconds in ((True, 557), (False, 640)):
        at = scene.time(seconds)
        lines = (
            voices.spring(at, "ERROR", "com.zaxxer.hikari.pool.HikariPool", "HikariPool-1 - Exception during pool "
                          "initialization.", "main"),
            f"org.postgresql.util.PSQLException: {refused}",
            "\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)",
            "Caused by: java.net.ConnectException: Connection refused",
            voices.spring(at, "ERROR", "o.s.boot.SpringApplication", "Application run failed", "main"),
        )  # fmt: skip
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        printed = [part for line in lines for part in line.split("\n")]
        scene.logs.add(name, "reservations", at, *printed, previous=previous)
    scene.traffic(20, 715, Break("storefront>reservations", "refused"))
    label = internal(
        "booking/reservations",
        "wrong_address",
        ("fix_address", "fix_config", "rollback"),
        "The new revision looks for PostgreSQL on 5433, where its Service has no port; the database is Ready on 5432.",
        modes=("bad_rollout", "crash_loop"),
        must_not=("contact_vendor", "restart@data/pg-reservations", "scale_up@booking/reservations"),
    )
    question = "reservations does not start since half past eight, it cannot reach its database. Is PostgreSQL down?"
    return run(
        scene,
        "database-port",
        "One program cannot reach its database",
        question,
        replace(label, detail="port"),
        family="network",
        refs=("booking/reservations", "data/pg-reservations"),
    )


def _route() -> Run:
    """The front's Ingress sends one path to a neighbour that has never heard of it."""
    scene = Scene("w2", "2026-06-03T14:20:00Z", "booking", "data")
    front = ingress("harbourline", "booking", CREATED, "www.harbourline.example", ROUTES_OF_THE_FRONT)
    scene.fleet.put(front)
    scene.traffic(-880, 0)
    paths = front["spec"]["rules"][0]["http"]["paths"]
    moved = next(one for one in paths if one["path"] == "/cashier")
    moved["backend"]["service"] = {"name": "timetable", "port": {"number": 8080}}
    _edit(scene, front, "kubectl-edit", -4, {"f:rules": {}})
    scene.traffic(0, 715)
    server = scene.fleet.pods("booking/timetable-server")[0]
    for seconds in range(6, 700, 31):
        at = scene.time(seconds)
        scene.say(server, at, voices.zap(at, "warn", "http/router.go:61", "no such page", path="/cashier/v1/vouchers",
                                         status=404))  # fmt: skip
        scene.ingress(later(at, 0.01), "GET /cashier/v1/vouchers", 404, 0.004, f"{server['status']['podIP']}:8080")
    label = internal(
        "booking/harbourline",
        "wrong_address",
        ("fix_address", "fix_config", "rollback"),
        "The Ingress was edited and sends /cashier to the timetable, which answers 404; the cashier is well.",
        components=("booking/cashier",),
        must_not=("contact_vendor", "restart@booking/cashier", "restart@booking/timetable-server"),
    )
    question = "Vouchers answer 404 since twenty past two: GET /cashier/v1/vouchers. Booking works. Who broke it?"
    return run(
        scene,
        "front-route",
        "Vouchers answer 404",
        question,
        replace(label, detail="route"),
        family="network",
        refs=("booking/cashier", "booking/timetable-server"),
    )


def _protocol() -> Run:
    """The Service now leads to the port where the pods speak TLS, while everybody calls it in plain HTTP."""
    scene = Scene("w3", "2026-06-04T09:05:00Z", "booking", "data")
    for kind in ("Deployment", "ReplicaSet", "Pod"):
        for one in scene.fleet.of_kind(kind, "booking"):
            spec = one["spec"] if kind == "Pod" else one["spec"]["template"]["spec"]
            if spec["containers"][0]["name"] == "reservations":
                spec["containers"][0]["ports"].append({"name": "https", "containerPort": 8443, "protocol": "TCP"})
    scene.traffic(-880, 0)
    service = scene.fleet.get("Service", "booking/reservations-api")
    service["spec"]["ports"][0]["targetPort"] = "https"
    ports: Object = {'k:{"port":8080,"protocol":"TCP"}': {"f:targetPort": {}}}
    _edit(scene, service, "argocd-controller", -4, {"f:ports": ports})
    scene.traffic(0, 715, Break("storefront>reservations", "not_http"))
    label = internal(
        "booking/reservations-api",
        "protocol_mismatch",
        ("fix_port", "fix_config", "rollback"),
        "The Service was pointed at the pods' TLS port; callers speak plain HTTP and read what is no HTTP answer.",
        components=("booking/reservations",),
        modes=("target_port_mismatch",),
        must_not=("contact_vendor", "restart@booking/reservations", "scale_up@booking/reservations"),
    )
    asked = alert(
        scene.time(130), "StorefrontErrorRateHigh", "storefront answers 502 to bookings", namespace="booking",
        service="storefront",
    )  # fmt: skip
    return run(
        scene,
        "tls-port",
        "Bookings answer 502 after a deploy",
        asked,
        label,
        family="network",
        refs=("booking/reservations", "booking/storefront"),
    )


def _certificate() -> Run:
    """The storefront talks TLS to reservations, whose certificate of our own CA ended at night."""
    scene = Scene("w4", "2026-06-07T00:00:00Z", "booking", "data")
    scene.tls = frozenset({"storefront>reservations"})
    settings = scene.fleet.get("ConfigMap", "booking/storefront-env")["data"]
    settings["RESERVATIONS_URL"] = settings["RESERVATIONS_URL"].replace("http:", "https:")
    scene.traffic(-880, 0)
    scene.traffic(0, 715, Break("storefront>reservations", "cert_expired"))
    label = internal(
        "booking/reservations",
        "certificate_expired",
        ("renew_certificate",),
        "The certificate that our reservations service shows inside the cluster passed its end at midnight.",
        components=("booking/reservations-api",),
        modes=("dependency_tls_failure",),
        must_not=("contact_vendor", "scale_up@booking/reservations"),
    )
    question = "No booking goes through since midnight, the storefront complains of a certificate. Whose is it?"
    return run(
        scene,
        "inner-certificate",
        "No booking goes through after midnight",
        question,
        label,
        family="network",
        refs=("booking/reservations", "booking/storefront"),
    )


def _binding() -> Run:
    """A clean-up of the cashier's manifest took the reference to its key along."""
    scene = Scene("w5", "2026-06-09T16:40:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def without(template: Object) -> None:
        template["spec"]["containers"][0]["env"] = []

    pods = roll_out(scene.fleet, "booking/cashier", without, scene.time(-12), strategy="Recreate", healthy=False)
    for number, pod in enumerate(pods):
        crash_loop(scene.fleet, pod, scene.time(6 + number), scene.time(570 + number), 7)
        name = f"booking/{pod['metadata']['name']}"
        for previous, seconds in ((True, 569 + number), (False, 655 + number)):
            at = scene.time(seconds)
            lines = (
                voices.python_line(at, "CRITICAL", "cashier.main", "settings are not complete, giving up"),
                "Traceback (most recent call last):",
                '  File "/app/cashier/settings.py", line 19, in load',
                "cashier.settings.SettingsError: environment variable STRIPE_API_KEY is not set",
            )
            scene.logs.add(name, "cashier", at, *lines, previous=previous)
    scene.traffic(20, 715, Break("reservations>cashier", "refused"))
    label = internal(
        "booking/cashier",
        "missing_secret_binding",
        ("fix_config", "rollback"),
        "The new template no longer passes the key in that the program asks for; the revision before bound a Secret.",
        modes=("missing_config", "bad_rollout"),
        must_not=("contact_vendor", "scale_up@booking/cashier"),
    )
    question = "The cashier dies at once since twenty to five and no payment works. Is it Stripe?"
    return run(
        scene,
        "lost-binding",
        "The cashier dies at once",
        question,
        label,
        family="platform",
        refs=("booking/cashier",),
    )
