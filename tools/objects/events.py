"""Events of both APIs in one shape."""

from datetime import datetime

from tools.objects.meta import Meta, ObjectReference, Wire


class EventSource(Wire, frozen=True):
    """Who reported it (v1)."""

    component: str = ""
    host: str = ""


class EventSeries(Wire, frozen=True):
    """Repetition in the newer API."""

    count: int = 0
    last_observed_time: datetime | None = None


class Event(Wire, frozen=True):
    """A v1 or events.k8s.io/v1 Event; scheduler events have neither `count` nor `lastTimestamp`."""

    metadata: Meta
    type: str = ""
    reason: str = ""
    message: str = ""
    note: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    deprecated_count: int | None = None
    deprecated_first_timestamp: datetime | None = None
    deprecated_last_timestamp: datetime | None = None
    series: EventSeries | None = None
    involved_object: ObjectReference | None = None
    regarding: ObjectReference | None = None
    source: EventSource | None = None
    reporting_component: str = ""
    reporting_controller: str = ""

    @property
    def about(self) -> ObjectReference:
        """The object that the event is about."""
        return self.involved_object or self.regarding or ObjectReference()

    @property
    def text(self) -> str:
        """The message, whatever the API calls it."""
        return self.message or self.note

    @property
    def first(self) -> datetime | None:
        """When it was seen first, UTC."""
        return (
            self.first_timestamp
            or self.deprecated_first_timestamp
            or self.event_time
            or self.metadata.creation_timestamp
        )

    @property
    def last(self) -> datetime | None:
        """When it was seen last, UTC."""
        repeated = self.series.last_observed_time if self.series else None
        return self.last_timestamp or self.deprecated_last_timestamp or repeated or self.event_time or self.first

    @property
    def times(self) -> int:
        """How often it was seen, at least 1."""
        repeated = self.series.count if self.series else None
        return max(1, self.count or self.deprecated_count or repeated or 1)
