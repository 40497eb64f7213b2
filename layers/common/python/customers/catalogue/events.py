"""Non-purchase events."""

from __future__ import annotations

from customers.catalogue.operation import TERMINAL, Operation
from customers.wire.events.record_event import EVENT_BODY_EXAMPLE, EVENT_EXAMPLE, EventBody, EventData, EventRequest
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.identifiers.paths import PHONE_IN_PATH

RECORD_EVENT = Operation(
    "record_event",
    "POST",
    "/customers/{phone}/events",
    "planned",
    TERMINAL,
    "Record a non-purchase event. It joins the customer's history and is published to other domains.",
    handler="events.record_event",
    read=EventRequest.read,
    parameters=(PHONE_IN_PATH, IDEMPOTENCY_KEY),
    body=EventBody,
    body_example=EVENT_BODY_EXAMPLE,
    answer=EventData,
    example=EVENT_EXAMPLE,
    example_completeness=80,
    status=201,
    also={200: "`not_found`: no customer has this phone. Nothing is recorded."},
    budget=3,
)
