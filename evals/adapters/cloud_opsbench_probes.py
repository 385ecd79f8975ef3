"""Connection tests of Cloud-OpsBench, as the samples that a blackbox exporter on each node would keep."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from tools.source import Series

METRIC = "probe_success"
_TRIED = re.compile(
    r"^Debug Pod test results deployed on (?P<node>\S+?):.*?^Connection (?P<how>Succeeded|Failed)",
    re.MULTILINE | re.DOTALL,
)


def probes_of(answers: Iterable[tuple[Mapping[str, object], object]], now: datetime) -> Iterator[Series]:
    """One sample for each port of a Service and each node that tried it."""
    for asked, answer in answers:
        target = f"{asked.get('service_name')}.{asked.get('namespace')}.svc:{asked.get('port')}"
        for one in _TRIED.finditer(str(answer)):
            labels = {"instance": target, "node": one["node"]}
            yield Series(labels, [(now.timestamp(), float(one["how"] == "Succeeded"))])
