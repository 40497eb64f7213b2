"""Checkout sessions: the customer of one order."""

from __future__ import annotations

from customers.catalogue.operation import TERMINAL, Operation
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.sessions.examples import (
    IDENTIFY_SESSION_BODY_EXAMPLE,
    IDENTIFY_SESSION_EXAMPLE,
    OPEN_SESSION_BODY_EXAMPLE,
    OPEN_SESSION_EXAMPLE,
    READ_SESSION_EXAMPLE,
)
from customers.wire.sessions.identify_session import IdentifySessionBody, IdentifySessionRequest, SessionContext
from customers.wire.sessions.session import SESSION_IN_PATH, BySession, OpenSessionBody, OpenSessionRequest, SessionData

OPEN_SESSION = Operation(
    "open_session",
    "POST",
    "/checkout/sessions",
    "planned",
    TERMINAL,
    "Open an anonymous checkout session. It collects events until a customer is attached to it.",
    handler="sessions.open_session",
    read=OpenSessionRequest.read,
    parameters=(IDEMPOTENCY_KEY,),
    body=OpenSessionBody,
    body_optional=True,
    body_example=OPEN_SESSION_BODY_EXAMPLE,
    answer=SessionData,
    example=OPEN_SESSION_EXAMPLE,
    status=201,
    budget=2,
)
IDENTIFY_SESSION = Operation(
    "identify_session",
    "POST",
    "/checkout/sessions/{id}/identify",
    "planned",
    TERMINAL,
    "Attach a customer to an open session, for good. The session's events join the customer's history. An unknown "
    "customer is a 200 with status `not_found`, and the session stays as it was.",
    handler="sessions.identify_session",
    read=IdentifySessionRequest.read,
    parameters=(SESSION_IN_PATH, IDEMPOTENCY_KEY),
    body=IdentifySessionBody,
    body_example=IDENTIFY_SESSION_BODY_EXAMPLE,
    answer=SessionContext,
    example=IDENTIFY_SESSION_EXAMPLE,
    example_completeness=80,
    budget=4,
)
READ_SESSION = Operation(
    "read_session",
    "GET",
    "/checkout/sessions/{id}",
    "planned",
    TERMINAL,
    "Read a session with its customer. No further lookup is needed.",
    handler="sessions.read_session",
    read=BySession.read,
    parameters=(SESSION_IN_PATH,),
    answer=SessionData,
    example=READ_SESSION_EXAMPLE,
    example_completeness=80,
    budget=2,
)
