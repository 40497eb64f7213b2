"""Record event: the request and the answer. Plain types only: the catalogue imports this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from customers.domain.customers.status import Status
from customers.domain.enterprise import Settings
from customers.domain.events.recorded import (
    EVENT_TYPES,
    MAX_ATTRIBUTES,
    MAX_NESTING,
    Event,
    EventEntry,
    EventType,
    event_type,
)
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import parse_instant, show_instant, sortable_instant
from customers.wire.events.types import EXAMPLES, require_attributes
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Choices, Described, Instant, TypedDict
from customers.wire.identifiers.paths import read_phone


class EventBody(TypedDict):
    """A non-purchase event. Where null is allowed, it means the same as leaving the field out."""

    event_type: Annotated[str, Choices(*EVENT_TYPES)]
    """The type of the event. `GET /capabilities` lists the types with their known attributes."""
    attributes: NotRequired[
        Annotated[
            dict[str, Any] | None,
            Described(
                f"Details of the event; names are free. At most {MAX_ATTRIBUTES} bytes of compact JSON in UTF-8 and "
                f"{MAX_NESTING} levels of objects and lists, counting this object as the first."
            ),
        ]
    ]
    occurred_at: NotRequired[Instant | None]
    """When it happened, with any UTC offset; not before 1970, at most five minutes ahead. Default: the moment that we
    record it."""


@dataclass(frozen=True, slots=True)
class EventRequest:
    """The customer's phone, and the event to record."""

    phone: Phone
    entry: EventEntry

    @staticmethod
    def read(request: Request, settings: Settings) -> EventRequest:
        """Raises `ValidationError` naming the field to mend."""
        return EventRequest(read_phone(request, settings), read_event_entry(read_body(request, EventBody)))

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"phone": self.phone.e164, **event_payload(self.entry)}


def read_event_entry(body: EventBody) -> EventEntry:
    """The event in a body. Raises `ValidationError` naming the field to mend."""
    kind, attributes, occurred_at = event_type(body["event_type"]), body.get("attributes"), body.get("occurred_at")
    require_attributes(kind, attributes or {})
    return EventEntry(
        kind, None if occurred_at is None else parse_instant(occurred_at, "occurred_at"), attributes or {}
    )


def event_payload(entry: EventEntry) -> dict[str, Any]:
    """Plain JSON, equal for two events with the same content."""
    return {
        "type": entry.type,
        "attributes": entry.attributes,
        "occurred_at": None if entry.occurred_at is None else sortable_instant(entry.occurred_at),
    }


class RecordedEvent(TypedDict):
    event_id: str
    event_type: EventType
    attributes: dict[str, Any]
    """The attributes as you sent them."""
    customer_id: str
    branch_id: str | None
    """The caller's branch, from the token."""
    occurred_at: Instant
    recorded_at: Instant


class EventData(TypedDict):
    status: Status
    """As in a lookup. An unknown customer is `not_found` at HTTP 200, and nothing is recorded."""
    event: RecordedEvent | None
    """Null when the status is `not_found`."""


def event_data(status: Status, event: Event | None) -> EventData:
    """The answer about a customer, or about a stranger."""
    return {"status": status, "event": _recorded(event) if event else None}


def _recorded(event: Event) -> RecordedEvent:
    return {
        "event_id": event.id,
        "event_type": event.type,
        "attributes": dict(event.attributes),
        "customer_id": event.customer_id,
        "branch_id": event.branch_id,
        "occurred_at": show_instant(event.occurred_at),
        "recorded_at": show_instant(event.recorded_at),
    }


EVENT_BODY_EXAMPLE: EventBody = {
    "event_type": "check_in",
    "attributes": EXAMPLES["check_in"],
    "occurred_at": "2026-06-05T09:08:30Z",
}
EVENT_EXAMPLE: EventData = {
    "status": "registered",
    "event": {
        "event_id": "evt_1c7f6a0f3b8d4c2e9a5b6d7e8f901234",
        "event_type": "check_in",
        "attributes": EXAMPLES["check_in"],
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "branch_id": "22222222-2222-2222-2222-222222222222",
        "occurred_at": "2026-06-05T09:08:30Z",
        "recorded_at": "2026-06-05T09:10:00Z",
    },
}
