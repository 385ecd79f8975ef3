"""Alertmanager v4 bodies, as its webhook posts them."""

from datetime import datetime

from evals.generator.kit import Object, Part, digest, stamp


def alertmanager(at: datetime, labels: dict[str, str], annotations: dict[str, str], **parts: Part) -> Object:
    """One firing alert that began at `at`.

    `receiver` and `url` default to plain ones; `more` holds further alerts' labels.
    """
    alerts = [_alert(at, one, annotations) for one in [labels, *parts.get("more", [])]]
    same = {key: value for key, value in labels.items() if all(value == a["labels"].get(key) for a in alerts)}
    body: Object = {
        "version": "4",
        "status": "firing",
        "receiver": parts.get("receiver", "oncall"),
        "truncatedAlerts": 0,
    }
    group = {key: labels[key] for key in ("alertname", "namespace") if key in labels}
    body["groupKey"] = "{}:{" + ", ".join(f'{key}="{value}"' for key, value in group.items()) + "}"
    body |= {"groupLabels": group, "commonLabels": same, "commonAnnotations": annotations}
    return body | {"externalURL": parts.get("url", "http://kps-alertmanager.monitoring:9093"), "alerts": alerts}


def _alert(at: datetime, labels: dict[str, str], annotations: dict[str, str]) -> Object:
    alert: Object = {"status": "firing", "labels": labels, "annotations": annotations, "startsAt": stamp(at)}
    alert |= {"endsAt": "0001-01-01T00:00:00Z", "fingerprint": digest(*sorted(labels.items()), length=16)}
    return alert | {
        "generatorURL": f"http://kps-prometheus.monitoring:9090/graph?g0.expr={labels.get('alertname', '')}"
    }
