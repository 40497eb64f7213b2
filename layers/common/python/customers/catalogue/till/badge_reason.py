"""GET /customers/{phone}/badge-reason."""

from __future__ import annotations

from customers.catalogue.operation import ANYONE_SIGNED_IN, Operation
from customers.wire.customers.badge_reason import BADGE_EXAMPLE, BadgeAnswer
from customers.wire.identifiers.paths import PHONE_IN_PATH, ByPhone

BADGE_REASON = Operation(
    "badge_reason",
    "GET",
    "/customers/{phone}/badge-reason",
    "planned",
    ANYONE_SIGNED_IN,
    "Explain the customer's badge and the gap to the next one.",
    handler="lookup.badge_reason",
    read=ByPhone.read,
    parameters=(PHONE_IN_PATH,),
    answer=BadgeAnswer,
    example=BADGE_EXAMPLE,
    example_completeness=80,
    budget=1,
)
