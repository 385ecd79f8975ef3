"""Names, addresses, programs and settings of Cedarcare, a group of clinics."""

from dataclasses import dataclass, field

from evals.generator.kit import Part, moment

NODES = {"worker-1a": "10.60.1.21", "worker-1b": "10.60.2.21", "worker-1c": "10.60.3.21"}
CREATED = moment("2026-03-02T08:11:40Z")
PODS_AT = moment("2026-05-18T06:20:05Z")
NAME = "app.kubernetes.io/name"
REGISTRY = "registry.cedarcare.example"
DATABASE = "pg-clinic-rw.platform.svc.cluster.local"
IDENTITY = "cedarcare.eu.auth0.com"
MESSAGES = "rest.nexmo.com"


@dataclass(frozen=True)
class Program:
    """One workload as its chart renders it; `port` 0 is a worker that nobody calls."""

    image: str
    port: int
    part: str
    address: str = ""
    replicas: int = 1
    revision: int = 3
    probe: str = "/healthz"
    env: dict[str, Part] = field(default_factory=dict)
    memory: str = "256Mi"


def secret(name: str, key: str) -> dict[str, Part]:
    """The `valueFrom` of a Secret's key."""
    return {"secretKeyRef": {"name": name, "key": key}}


PROGRAMS: dict[str, Program] = {
    "gateway/envoy": Program("docker.io/envoyproxy/envoy:v1.35.3", 10080, "edge", "10.100.1.10", probe="/ready"),
    "frontdesk/portal": Program(
        f"{REGISTRY}/frontdesk/portal:2026.21.3",
        8080,
        "frontdesk",
        "10.100.2.10",
        2,
        41,
        "/health/ready",
        {
            "Services__SessionGate": "http://session-gate.frontdesk.svc.cluster.local:8080",
            "Services__Appointments": "http://appointments.scheduling.svc.cluster.local:8080",
        },
        "512Mi",
    ),
    "frontdesk/session-gate": Program(
        f"{REGISTRY}/frontdesk/session-gate:1.18.0",
        8080,
        "frontdesk",
        "10.100.2.20",
        1,
        17,
        env={"OIDC_ISSUER": f"https://{IDENTITY}/", "OIDC_CLIENT_SECRET": secret("session-gate-oidc", "client-secret")},
    ),
    "frontdesk/kiosk": Program(f"{REGISTRY}/frontdesk/kiosk:2026.19.0", 8080, "kiosk", "10.100.2.30"),
    "scheduling/appointments": Program(
        f"{REGISTRY}/scheduling/appointments:2026.20.1",
        8080,
        "scheduling",
        "10.100.3.10",
        2,
        58,
        "/health/ready",
        {
            "ConnectionStrings__Clinic": f"Host={DATABASE};Port=5432;Database=clinic;Username=appointments",
            "PGPASSWORD": secret("pg-clinic-app", "password"),
            "Services__Slots": "http://slots.scheduling.svc.cluster.local:9000",
            "Nats__Url": "nats://nats.platform.svc.cluster.local:4222",
        },
        "512Mi",
    ),
    "scheduling/slots": Program(
        f"{REGISTRY}/scheduling/slots:3.4.2",
        9000,
        "scheduling",
        "10.100.3.20",
        2,
        23,
        env={"DATABASE_HOST": DATABASE, "DATABASE_PORT": "5432"},
    ),
    "scheduling/reports": Program(
        f"{REGISTRY}/scheduling/reports:0.31.0", 8000, "reports", "10.100.3.30", memory="1Gi"
    ),
    "messaging/reminders": Program(
        f"{REGISTRY}/messaging/reminders:1.9.4",
        0,
        "messaging",
        env={
            "NATS_URL": "nats://nats.platform.svc.cluster.local:4222",
            "SMS_BASE_URL": f"https://{MESSAGES}",
            "SMS_API_SECRET": secret("vonage", "api-secret"),
        },
    ),
    "imaging/intake": Program(
        f"{REGISTRY}/imaging/intake:5.2.0",
        8104,
        "imaging",
        "10.100.5.10",
        env={"ARCHIVE_URL": "http://archive.imaging.svc.cluster.local:9000", "SPOOL_DIR": "/var/spool/intake"},
    ),
    "imaging/thumbnailer": Program(
        f"{REGISTRY}/imaging/thumbnailer:0.14.1",
        0,
        "imaging",
        env={
            "ARCHIVE_URL": "http://archive.imaging.svc.cluster.local:9000",
            "NATS_URL": "nats://nats.platform.svc.cluster.local:4222",
        },
        memory="768Mi",
    ),
    "imaging/viewer": Program(
        f"{REGISTRY}/imaging/viewer:4.0.7",
        8080,
        "imaging",
        "10.100.5.20",
        env={"ARCHIVE_URL": "http://archive.imaging.svc.cluster.local:9000"},
    ),
}
"""Deployments by namespace/name. Databases, brokers and the object store are made apart."""
NAMESPACES = {
    "edge": ("gateway",),
    "frontdesk": ("frontdesk", "gateway", "scheduling", "platform"),
    "kiosk": ("frontdesk",),
    "scheduling": ("scheduling", "platform"),
    "reports": ("scheduling",),
    "messaging": ("messaging", "platform"),
    "imaging": ("imaging", "platform"),
}
BOUNDARY = """\
version: 1
third_party:
  - name: Auth0
    hosts: ["*.auth0.com"]
    status: {kind: statuspage, url: "https://status.auth0.com/api/v2/summary.json"}
    contact: "the identity team opens a ticket in the Auth0 support centre"
    fallback: "front desks book by phone with local accounts"
  - name: Vonage
    hosts: ["*.nexmo.com", "*.vonage.com"]
    status: {kind: statuspage, url: "https://vonageapi.statuspage.io/api/v2/summary.json"}
    contact: "messaging on-call writes to Vonage API support"
owned:
  - {namespaces: ["frontdesk", "scheduling", "messaging", "imaging", "platform", "gateway"]}
"""
