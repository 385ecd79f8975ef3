"""What Cloud-OpsBench's monitoring reported, as alerts."""

from collections.abc import Iterator, Mapping

from agent.incident import Alert


def alerts_of(answer: object, namespace: str) -> Iterator[Alert]:
    """One alert for each anomaly of a service or node, and for each failing request of users."""
    rows = answer.get("alerts") if isinstance(answer, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping):
            if isinstance(row.get("evidence"), list):
                yield from _anomalies(row, namespace)
            elif row.get("entry_service"):
                yield _failing(row, namespace)


def _anomalies(row: Mapping[str, object], namespace: str) -> Iterator[Alert]:
    about = {"node": str(row.get("name"))} if row.get("type") == "Node" else {"service": str(row.get("name"))}
    evidence = row.get("evidence")
    for one in evidence if isinstance(evidence, list) else ():
        name = str(one).partition(" ")[0]
        labels = {"alertname": name, "namespace": namespace, **about}
        yield _alert(labels, str(one))


def _failing(row: Mapping[str, object], namespace: str) -> Alert:
    said = f"{row.get('request_method')} {row.get('url')}: {row.get('occurrences')} times {row.get('raw_error')}"
    labels = {"alertname": "RequestsFail", "namespace": namespace}
    if " " not in str(row["entry_service"]):
        labels["service"] = str(row["entry_service"])
    return _alert(labels, said)


def _alert(labels: dict[str, str], summary: str) -> Alert:
    return Alert.model_validate({"labels": labels, "annotations": {"summary": summary}})
