"""What a piece of text is: marks of what kubectl prints, line by line."""

import re
from datetime import UTC, datetime
from itertools import islice

from tools.kubectl_text import events_from_table, kind_of_table
from tools.kubectl_text.tables import rows
from tools.log_lines import split_time

_HEADER = re.compile(r"(?:NAMESPACE|NAME|LAST SEEN|POD)\s{2,}[A-Z%()/ -]{3,}")
_REFUSED = re.compile(
    r"Error from server|No resources found|Unable to connect to the server|The connection to the server"
    r"|couldn't get |error: (?:the server|You must be logged|no context|unable|Metrics API|resource mapping|a container"
    r"|container |timed out|unknown|context|previous terminated|current-context|no matching|exec plugin|Unauthorized)"
)
_BANNER = re.compile(
    r"\$ \S|PS [A-Z]:\\[^>]{0,200}> ?\S|[\w.-]+@[\w.-]+:\S{0,200}[$#] \S|Warning: |```"
    r"|Client Version|Server Version|Kustomize Version|Switched to context|Context \"|CURRENT\s+NAME\s"
    r"|Kubernetes control plane is|CoreDNS is running|To further debug|Flag --"
    r"|[EIW]\d{4} [\d:.]{8,16} +\d+ (?:memcache|request|warnings)\.go"
    r"|Default(?:ed|ing) container|Found \d+ pods|Waiting for |deployment \"[\w.-]+\" successfully"
    r"|(?:deployment|statefulset|daemonset)\.apps/\S+\s*$|REVISION\s+CHANGE-CAUSE"
)
_DATE = re.compile(
    r"(?:date: ?)?(?:(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?) ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)"
    r"|[A-Z][a-z]{2},? +(?P<words>[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d) (?:UTC|GMT) (?P<year>\d{4})"
    r"|[A-Z][a-z]{2},? +(?P<day_first>\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d) (?P<numeric>UTC|GMT|[+-]\d{4}))\s*"
)
_DESCRIBED = re.compile(r"Name:\s+\S")
_YAML = re.compile(r"(?:- )?(?:apiVersion|kind):\s+\S+\s*$|items:\s*$|---\s*$")
_IN_YAML = re.compile(r"\s|#|-(?:\s|$)|---|\.\.\.|[A-Za-z][\w.-]*:(?:\s|$)|$")
_LOGGED = re.compile(
    r"[\[{(]|(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|trace|debug|info|warn|error)\b[:\] \t]"
    r"|(?:ts|time|level|msg)=|[IWEF]\d{4} \d\d:"
)
_KEY = re.compile(r"^([A-Z][\w /()-]*):", re.MULTILINE)

# Keys at the margin that only one kind's description has; the first set that a description holds decides.
_MARKS = (
    ({"Min replicas"}, "HorizontalPodAutoscaler"),
    ({"StrategyType"}, "Deployment"),
    ({"Desired Number of Nodes Scheduled"}, "DaemonSet"),
    ({"Schedule"}, "CronJob"),
    ({"Parallelism"}, "Job"),
    ({"Volume Claims", "Replicas"}, "StatefulSet"),
    ({"Update Strategy", "Replicas"}, "StatefulSet"),
    ({"Pods Status", "Pod Template", "Replicas"}, "ReplicaSet"),
    ({"Containers", "Status"}, "Pod"),
    ({"Allocatable"}, "Node"),
    ({"Reclaim Policy", "Claim"}, "PersistentVolume"),
    ({"Provisioner"}, "StorageClass"),
    ({"VolumeMode", "Volume"}, "PersistentVolumeClaim"),
    ({"Subsets"}, "Endpoints"),
    ({"AddressType"}, "EndpointSlice"),
    ({"Rules", "Default backend"}, "Ingress"),
    ({"Rules", "Ingress Class"}, "Ingress"),
    ({"TargetPort"}, "Service"),
    ({"Session Affinity"}, "Service"),
    ({"Mountable secrets"}, "ServiceAccount"),
)


def is_header(line: str) -> bool:
    """Whether a line is the header of a table that kubectl prints."""
    return _HEADER.match(line) is not None


def is_logged(line: str) -> bool:
    """Whether a line is one of a program's log: it begins with a time, a level or a record."""
    return _LOGGED.match(line) is not None or split_time(line)[0] is not None


def is_log(text: str) -> bool:
    """Whether a text is a log: a good part of its first lines are a log's."""
    told = list(islice((line for line in text.split("\n") if line.strip()), 60))
    return sum(map(is_logged, told)) * 4 >= len(told) > 0


def is_refusal(line: str) -> bool:
    """Whether kubectl says that it got nothing."""
    return _REFUSED.match(line) is not None


def is_banner(line: str) -> bool:
    """Whether a line goes with other output and says nothing of the cluster's objects."""
    return _BANNER.match(line) is not None


def is_described(line: str) -> bool:
    """Whether a description begins."""
    return _DESCRIBED.match(line) is not None


def begins_yaml(line: str) -> bool:
    """Whether a manifest or a `-o yaml` answer begins."""
    return _YAML.match(line) is not None


def continues_yaml(line: str) -> bool:
    """Whether a line at this place can belong to YAML."""
    return _IN_YAML.match(line) is not None


def is_event_row(line: str) -> bool:
    """Whether a line is a row of `get events` without its header."""
    return "/" in line and bool(events_from_table(line, "", datetime(2000, 1, 1, tzinfo=UTC)))


def kind_described(text: str) -> str:
    """The kind of one description; empty where its keys tell none."""
    keys = set(_KEY.findall(text))
    if "\nResource" in text and "Hard" in text and "Containers" not in keys and "Status" not in keys:
        return "ResourceQuota"
    if "\nData\n====" in text:
        return "Secret" if "Type" in keys else "ConfigMap"
    return next((kind for marks, kind in _MARKS if marks <= keys), "Namespace" if "No resource quota" in text else "")


def kind_tabled(text: str) -> str:
    """The kind of a table; `top` for measured use, empty where its headings tell none."""
    first = next(iter(rows(text)), {})
    if any(heading.startswith("CPU(") for heading in first):
        return "top"
    return kind_of_table(text) or ""


def date_in(line: str) -> datetime | None:
    """What `date` prints, where its zone is one that can be told."""
    found = _DATE.fullmatch(line.strip())
    if found is None:
        return None
    try:
        if found["iso"]:
            zone = "+00:00" if found["zone"] in {"Z", "UTC"} else found["zone"]
            return datetime.fromisoformat(found["iso"] + zone).astimezone(UTC)
        if found["words"]:
            text = " ".join(found["words"].split())
            return datetime.strptime(f"{text} {found['year']} +0000", "%b %d %H:%M:%S %Y %z")
        zone = found["numeric"] if found["numeric"][0] in "+-" else "+0000"
        return datetime.strptime(f"{found['day_first']} {zone}", "%d %b %Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
