"""Connection tests of Cloud-OpsBench, as the samples that a blackbox exporter on each node would keep."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from tools.source import Series

METRIC = "probe_success"
_TRIED = re.compile(r"^Debug Pod test results deployed on (?P<node>\S+?):", re.MULTILINE)
_ENDED = re.compile(r"\bConnection (Succeeded|Failed)")


def probes_of(answers: Iterable[tuple[Mapping[str, object], object]], now: datetime) -> Iterator[Series]:
    """One sample for each port of a Service and each node that tried it; some tests do not say from where."""
    for asked, answer in answers:
        target = f"{asked.get('service_name')}.{asked.get('namespace')}.svc:{asked.get('port')}"
        # Text before the first node, then each node with its text.
        before, *tried = _TRIED.split(str(answer))
        for node, text in (("", before), *zip(tried[::2], tried[1::2], strict=True)):
            ended = _ENDED.search(text)
            if ended is not None:
                labels = {"instance": target} | ({"node": node} if node else {})
                yield Series(labels, [(now.timestamp(), float(ended[1] == "Succeeded"))])
