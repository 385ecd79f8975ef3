"""Names, addresses, images and settings of Harbourline."""

from evals.generator.kit import moment

NODES = {"hl-node-a": "10.20.0.11", "hl-node-b": "10.20.0.12"}
CREATED = moment("2026-01-12T09:14:20Z")
PODS_AT = moment("2026-02-24T07:40:11Z")
LEDGER = "tickets-ledger.c9x2kq7mvd1a.eu-west-1.rds.amazonaws.com"
NAME = "app.kubernetes.io/name"
SERVICES: dict[str, tuple[str, int, int | str, str, str]] = {
    "edge/ingress-nginx-controller": ("ingress-nginx-controller", 80, 80, "10.43.2.10", "ingress-nginx"),
    "booking/storefront-web": ("storefront", 80, "http", "10.43.12.10", "storefront"),
    "booking/timetable": ("timetable-server", 8080, "http", "10.43.12.20", "timetable-server"),
    "booking/reservations-api": ("reservations", 8080, "http", "10.43.12.30", "reservations"),
    "booking/cashier-api": ("cashier", 8000, "http", "10.43.12.40", "cashier"),
    "data/reservations-db": ("pg-reservations", 5432, "postgres", "10.43.30.10", "pg-reservations"),
    "data/cache": ("redis-cache", 6379, "redis", "10.43.30.20", "redis-cache"),
    "data/kafka-bootstrap": ("kafka", 9092, "clients", "10.43.30.30", "kafka"),
}
"""Service to (workload, port, targetPort, address, value of the name label)."""

ROUTES_OF_THE_FRONT = {
    "/timetable": ("timetable", 8080),
    "/reservations": ("reservations-api", 8080),
    "/cashier": ("cashier-api", 8000),
    "/": ("storefront-web", 80),
}
"""Paths of an Ingress that lets clients reach the services themselves: path to (Service, port)."""

IMAGES = {
    "storefront": "ghcr.io/harbourline/storefront:3.14.2",
    "timetable-server": "ghcr.io/harbourline/timetable-server:1.22.0",
    "reservations": "ghcr.io/harbourline/reservations:5.8.1",
    "cashier": "ghcr.io/harbourline/cashier:2.9.4",
    "messenger": "ghcr.io/harbourline/messenger:1.6.7",
    "ticket-printer": "ghcr.io/harbourline/ticket-printer:0.18.3",
}
SETTINGS: dict[str, dict[str, str]] = {
    "booking/storefront-env": {
        "TIMETABLE_URL": "http://timetable.booking.svc.cluster.local:8080",
        "RESERVATIONS_URL": "http://reservations-api.booking.svc.cluster.local:8080",
        "LEGACY_QUOTES_URL": "http://quotes-v1.booking.svc.cluster.local:9000",
    },
    "booking/reservations-env": {
        "SPRING_DATASOURCE_URL": "jdbc:postgresql://reservations-db.data.svc.cluster.local:5432/reservations",
        "SPRING_DATASOURCE_USERNAME": "reservations",
        "CASHIER_URL": "http://cashier-api.booking.svc.cluster.local:8000",
        "SPRING_KAFKA_BOOTSTRAP_SERVERS": "kafka-bootstrap.data.svc.cluster.local:9092",
    },
    "booking/cashier-env": {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_TIMEOUT_SECONDS": "10"},
    "fulfilment/messenger-config": {
        "messenger.yaml": "kafka:\n  brokers: [kafka-bootstrap.data.svc.cluster.local:9092]\n  topic: bookings\n"
        "email:\n  baseUrl: https://api.sendgrid.com\nsms:\n  baseUrl: https://api.twilio.com\n",
    },
    "fulfilment/ticket-printer-env": {
        "LEDGER_HOST": LEDGER,
        "LEDGER_DB": "ledger",
        "KAFKA_BROKERS": "kafka-bootstrap.data.svc.cluster.local:9092",
    },
}
