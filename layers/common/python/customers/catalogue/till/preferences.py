"""GET /customers/{phone}/preferences."""

from __future__ import annotations

from customers.catalogue.operation import ANYONE_SIGNED_IN, Operation
from customers.wire.customers.preferences import PREFERENCES_EXAMPLE, PreferencesData
from customers.wire.identifiers.paths import PHONE_IN_PATH, ByPhone

PREFERENCES = Operation(
    "preferences",
    "GET",
    "/customers/{phone}/preferences",
    "planned",
    ANYONE_SIGNED_IN,
    "Read the customer's stored preferences.",
    handler="lookup.preferences",
    read=ByPhone.read,
    parameters=(PHONE_IN_PATH,),
    answer=PreferencesData,
    example=PREFERENCES_EXAMPLE,
    example_completeness=100,
    budget=1,
)
