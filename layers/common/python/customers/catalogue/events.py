"""What customers do that is no purchase."""

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
    "Record what a customer did that is no purchase: it joins the history, and other domains are told of it.",
    door="events.record_event",
    read=EventRequest.read,
    parameters=(PHONE_IN_PATH, IDEMPOTENCY_KEY),
    body=EventBody,
    body_example=EVENT_BODY_EXAMPLE,
    answer=EventData,
    example=EVENT_EXAMPLE,
    example_completeness=80,
    status=201,
    also={200: "Nobody is known here by this phone: `not_found`, and nothing is recorded."},
    budget=3,
)
