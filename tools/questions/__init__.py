"""The tools: read-only questions that a model, a chat or a person asks, one file each.

To add one, write its file and name it in `QUESTIONS`; signature and docstring are its contract.
"""

from tools.questions.question import Question, Toolbox
from tools.questions.replica_counts import replica_counts

__all__ = ["QUESTIONS", "Question", "Toolbox"]

QUESTIONS: dict[str, Question] = {one.name: one for one in (Question(replica_counts),)}
