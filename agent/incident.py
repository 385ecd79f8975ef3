"""What is investigated: a question, an alert, or both, in a window. Parsed once, at the edge."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from tools.errors import InputError
from tools.evidence import Window
from tools.safe_yaml import Document, Step

PLAUSIBLE_YEARS = range(1971, 2200)
DEFAULT_LOOKBACK = timedelta(minutes=30)

# Labels under which monitoring systems name what an alert is about, most telling first.
_COMPONENT_LABELS = (
    "deployment",
    "statefulset",
    "daemonset",
    "workload",
    "kube_deployment",
    "service",
    "app",
    "app_kubernetes_io_name",
    "job_name",
    "pod",
    "container",
    "horizontalpodautoscaler",
    "queue",
)


def _none_if_zero(value: object) -> object:
    """Alertmanager writes the year 1 for "not ended"."""
    return None if isinstance(value, str) and value.startswith("0001-") else value


class Alert(BaseModel):
    """One rule that fires for one set of labels; tolerant, because others write it."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, coerce_numbers_to_str=True
    )

    status: str = "firing"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: Annotated[AwareDatetime | None, BeforeValidator(_none_if_zero)] = None
    ends_at: Annotated[AwareDatetime | None, BeforeValidator(_none_if_zero)] = None
    fingerprint: str = ""
    generator_url: str = Field("", alias="generatorURL")

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.labels.get("alertname", "")

    @property
    def about(self) -> tuple[str, ...]:
        """Names of components that the labels hold, most telling first."""
        return tuple(self.labels[key] for key in _COMPONENT_LABELS if self.labels.get(key))

    @property
    def text(self) -> str:
        """What the alert says in words."""
        words = (self.annotations.get(key, "") for key in ("summary", "description", "message"))
        return " ".join(word for word in (self.name, *words) if word)


class AlertmanagerMessage(BaseModel):
    """The body of an Alertmanager v4 webhook: a group of alerts."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, coerce_numbers_to_str=True
    )

    version: str = "4"
    status: str = "firing"
    alerts: tuple[Alert, ...] = Field(min_length=1)
    common_labels: dict[str, str] = {}
    common_annotations: dict[str, str] = {}


class Incident(BaseModel):
    """What is investigated. No field could carry an answer.

    Attributes:
        start, end: The window, UTC; a fault inside it that has healed since still counts.
        asked_at: The moment of asking; evidence is never younger.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = ""
    alerts: tuple[Alert, ...] = ()
    namespace: str = ""
    start: AwareDatetime
    end: AwareDatetime
    asked_at: AwareDatetime
    origin: Literal["cli", "run", "webhook", "chat"] = "cli"

    @property
    def window(self) -> Window:
        """The window as the tools know it."""
        return Window(self.start, self.end)

    @property
    def text(self) -> str:
        """Question and alerts in words, for finding out what is asked about."""
        return " ".join((self.question, *(alert.text for alert in self.alerts))).strip()

    @property
    def runbooks(self) -> tuple[str, ...]:
        """Links that the operators put on their alerts."""
        links = (alert.annotations.get("runbook_url", "") for alert in self.alerts)
        return tuple(dict.fromkeys(link for link in links if link))


def _shape(body: object) -> str:
    """Whether a body is a whole message or a single alert."""
    whole = isinstance(body, AlertmanagerMessage) or (isinstance(body, Mapping) and "alerts" in body)
    return "message" if whole else "alert"


class IncidentForm(BaseModel):
    """The `incident` of a run folder, or a command line, before defaults are filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = ""
    alert: (
        Annotated[
            Annotated[AlertmanagerMessage, Tag("message")] | Annotated[Alert, Tag("alert")], Discriminator(_shape)
        ]
        | None
    ) = None
    namespace: str | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


def incident_from(form: IncidentForm, now: datetime, origin: Literal["cli", "run", "webhook", "chat"]) -> Incident:
    """Fill in what is missing: the alert's start, the last half hour, the alert's namespace.

    Raises:
        InputError: the window ends before it starts, or there is neither question nor alert.
    """
    alerts = _alerts(form.alert)
    if not form.question.strip() and not alerts:
        raise InputError("incident", None, "expected a question or an alert")
    end = min(form.end or now, now)
    fired = [alert.starts_at for alert in alerts if alert.starts_at]
    start = form.start or (min(fired) - timedelta(minutes=10) if fired else end - DEFAULT_LOOKBACK)
    for moment in (start, end):
        if moment.year not in PLAUSIBLE_YEARS:
            raise InputError("incident", None, f"expected a time of our days, got {moment.isoformat()}")
    if start > end:
        raise InputError(
            "incident", None, f"expected start before end, got {start.isoformat()} after {end.isoformat()}"
        )
    named = next((alert.labels["namespace"] for alert in alerts if alert.labels.get("namespace")), "")
    return Incident(
        question=form.question.strip(),
        alerts=alerts,
        namespace=form.namespace or named,
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        asked_at=now.astimezone(UTC),
        origin=origin,
    )


def form_from(mapping: Mapping[str, object], where: str) -> IncidentForm:
    """Parse an `incident` mapping.

    Raises:
        InputError: a key is unknown or a value has the wrong type.
    """
    return form_in(Document(dict(mapping), where))


def form_in(document: Document, *path: Step) -> IncidentForm:
    """Parse the `incident` at `path` inside a document, such as run.yaml.

    Raises:
        InputError: As `form_from`, with the line in that document.
    """
    mapping = document.value
    for step in path:
        mapping = mapping.get(step) if isinstance(mapping, Mapping) else None
    try:
        return IncidentForm.model_validate(_with_zones(mapping))
    except ValidationError as error:
        place = error.errors(include_url=False)[0]["loc"]
        raise InputError(document.where, document.line(*path, *place), first_fault(error)) from None


def first_fault(error: ValidationError) -> str:
    """The first thing that pydantic did not like, as one line: where, and what was expected."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in fault["loc"])
    return f"{place}: {fault['msg']}" if place else fault["msg"]


def _alerts(body: AlertmanagerMessage | Alert | None) -> tuple[Alert, ...]:
    if isinstance(body, AlertmanagerMessage):
        return tuple(
            alert.model_copy(
                update={
                    "labels": {**body.common_labels, **alert.labels},
                    "annotations": {**body.common_annotations, **alert.annotations},
                }
            )
            for alert in body.alerts
        )
    return (body,) if body else ()


def _with_zones(value: object) -> object:
    """Unquoted YAML times come without a zone when they were written in UTC."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if isinstance(value, Mapping):
        return {key: _with_zones(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_zones(inner) for inner in value]
    return value
