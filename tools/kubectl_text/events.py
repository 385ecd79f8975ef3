"""Events, from `kubectl get events`, `kubectl events` and the end of every description."""

import hashlib
import re
from datetime import datetime

from tools.kubectl_text.outline import Entry
from tools.kubectl_text.shape import Json, ago, compact, kind_named, said
from tools.kubectl_text.tables import Row, rows
from tools.kubectl_text.workloads import block

_HEADED = re.compile(r"\s*(?:NAMESPACE\s+)?LAST SEEN\s")
_BARE = re.compile(
    r"(?:(?P<NAMESPACE>[a-z][\w.-]*)\s+)?(?P<LAST_SEEN><unknown>|(?:\d+[ydhms])+(?: \(x\d+ over \w+\))?)\s+"
    r"(?P<TYPE>Normal|Warning)\s+(?P<REASON>\S+)\s+(?P<OBJECT>[a-zA-Z.]+/\S+)\s+(?P<MESSAGE>.*)"
)
_REPEATED = re.compile(r"(?P<last>\S+)\s+\(x(?P<count>\d+) over (?P<first>\S+)\)")


def events_from_table(text: str, namespace: str, now: datetime) -> list[Json]:
    """Events of `get events` (also `-o wide`, `-A` and `--no-headers`) and of `kubectl events`.

    `namespace` stands where none is printed.
    """
    found = []
    for row in rows(text) if _HEADED.match(text) else _bare_rows(text):
        kind, slash, name = row.get("OBJECT", "").partition("/")
        if not slash:
            continue
        about = {
            "kind": kind_named(kind) or kind,
            "name": name,
            "namespace": row.get("NAMESPACE") or namespace,
            "fieldPath": said(row.get("SUBOBJECT", "")),
        }
        found.append(_event(_named(row), compact(dict(about)), now))
    return found


def events_of(entry: Entry, raw: str, kind: str, now: datetime) -> list[Json]:
    """The events at the end of one description."""
    namespace = entry.said("Namespace") or ("default" if kind in {"Node", "PersistentVolume"} else "")
    about: Json = {"kind": kind, "name": entry.said("Name"), "namespace": namespace}
    return [_event(row, about, now) for row in rows(block(raw, "Events")) if row.get("Reason")]


def _bare_rows(text: str) -> list[Row]:
    """Rows of a table that was printed with `--no-headers`."""
    found = (_BARE.match(line) for line in text.splitlines())
    return [{key.replace("_", " "): value or "" for key, value in one.groupdict().items()} for one in found if one]


def _named(row: Row) -> Row:
    """A row of `get events` under the headings that `describe` uses."""
    source = row.get("SOURCE", "")
    found = {
        "Type": row.get("TYPE", ""),
        "Reason": row.get("REASON", ""),
        "Age": row.get("LAST SEEN", ""),
        "From": source,
        "Message": row.get("MESSAGE", ""),
    }
    if row.get("COUNT", "").isdecimal() and row.get("FIRST SEEN"):
        found["Age"] += f" (x{row['COUNT']} over {row['FIRST SEEN']})"
    return found


def _event(row: Row, about: Json, now: datetime) -> Json:
    repeated = _REPEATED.match(row.get("Age", ""))
    last = ago(repeated["last"] if repeated else row.get("Age", ""), now)
    first = ago(repeated["first"], now) if repeated else last
    text = f"{about} {row.get('Reason')} {row.get('Message')}"
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return compact(
        {
            "metadata": compact({"name": f"{about['name']}.{name}", "namespace": about.get("namespace")}),
            "type": row.get("Type", ""),
            "reason": row.get("Reason", ""),
            "message": row.get("Message", ""),
            "involvedObject": about,
            "source": compact({"component": said(row.get("From", "")).partition(",")[0]}),
            "count": int(repeated["count"]) if repeated else 1,
            "firstTimestamp": first,
            "lastTimestamp": last,
        }
    )
