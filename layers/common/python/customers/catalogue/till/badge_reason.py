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
    "Why the badge is what it is, and the gap to the next.",
    door="lookup.badge_reason",
    read=ByPhone.read,
    parameters=(PHONE_IN_PATH,),
    answer=BadgeAnswer,
    example=BADGE_EXAMPLE,
    example_completeness=80,
    budget=1,
)
