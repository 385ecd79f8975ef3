"""What a model submits at the end of an investigation. Every field is said by the model and believed by nobody."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.diagnosis import Verdict


class Cited(BaseModel):
    """One statement, and where it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    says: Annotated[str, Field(max_length=300)]
    evidence: Annotated[str, Field(max_length=300, description="id of an answer or of a claim's evidence")]
    quote: Annotated[str, Field(max_length=600, description="copied from it, word for word")]


class Conclusion(BaseModel):
    """Submit what you found: once, alone, at the end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Verdict
    hypothesis: Annotated[int, Field(ge=0, le=99, description="number that you confirm, 0 for a cause of your own")] = 0
    component: Annotated[str, Field(max_length=300, description="the cause: namespace/kind/name, or a host")] = ""
    failure_mode: Annotated[str, Field(max_length=60)] = ""
    summary: Annotated[str, Field(max_length=800)]
    claims: Annotated[tuple[Cited, ...], Field(max_length=8)] = ()
