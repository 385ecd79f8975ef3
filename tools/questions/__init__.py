"""The tools: read-only questions that a model, a chat or a person asks, one file each.

To add one, write its file and name it in `QUESTIONS`; signature and docstring are its contract. A tool finds, and
`answers` alone turns what it found into evidence: redacted, bounded, under an id that the same question always has.
"""

from tools.questions.answers import MOST_CHARS, Found, told
from tools.questions.datadog_search import datadog_search
from tools.questions.dependencies import dependencies
from tools.questions.describe import describe
from tools.questions.metric_query import metric_query
from tools.questions.pod_status import pod_status
from tools.questions.promql import promql
from tools.questions.provider_status import provider_status
from tools.questions.question import Question
from tools.questions.recent_changes import recent_changes
from tools.questions.replica_counts import replica_counts
from tools.questions.search_logs import search_logs
from tools.questions.toolbox import Toolbox

__all__ = ["MOST_CHARS", "QUESTIONS", "Found", "Question", "Toolbox", "offered", "told"]

_METRICS = "pod_status and replica_counts tell restarts and replicas"

QUESTIONS: dict[str, Question] = {
    one.name: one
    for one in (
        Question(pod_status, "cluster", "ask metric_query for restarts, or datadog_search"),
        Question(replica_counts, "cluster", "ask metric_query for replicas_available"),
        Question(search_logs),
        Question(metric_query, "metrics", _METRICS),
        Question(promql, "promql", "ask metric_query for a named signal"),
        Question(recent_changes, "cluster", "ask search_logs, or datadog_search"),
        Question(dependencies),
        Question(describe, "cluster", "ask metric_query, or datadog_search"),
        Question(datadog_search, "search", "ask search_logs"),
        Question(provider_status, "status", "ask dependencies for how calls to a third party went"),
    )
}


def offered(toolbox: Toolbox) -> dict[str, Question]:
    """The tools whose systems are there, by name."""
    return {name: one for name, one in QUESTIONS.items() if one.offered(toolbox)}
