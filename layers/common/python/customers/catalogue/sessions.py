"""Checkout sessions: who is standing at the counter, for as long as an order takes."""

from __future__ import annotations

from customers.catalogue.operation import TERMINAL, Operation

OPEN_SESSION: Operation[None] = Operation(
    "open_session", "POST", "/checkout/sessions", "planned", TERMINAL, "Open a checkout session."
)
IDENTIFY_SESSION: Operation[None] = Operation(
    "identify_session",
    "POST",
    "/checkout/sessions/{id}/identify",
    "planned",
    TERMINAL,
    "Attach an identity to an open session.",
)
READ_SESSION: Operation[None] = Operation(
    "read_session", "GET", "/checkout/sessions/{id}", "planned", TERMINAL, "Read a session."
)
