"""GET /customers/lookup."""

from __future__ import annotations

from customers.catalogue.operation import ANYONE_SIGNED_IN, Operation
from customers.wire.customers.examples import LOOKUP_EXAMPLE
from customers.wire.customers.lookup import LOOKUP_PARAMETERS, LookupData, LookupQuery

LOOKUP = Operation(
    "lookup",
    "GET",
    "/customers/lookup",
    "beta",
    ANYONE_SIGNED_IN,
    "Identify the customer at the counter. An unknown customer is a 200 with status `not_found`.",
    handler="lookup.lookup",
    read=LookupQuery.read,
    parameters=LOOKUP_PARAMETERS,
    answer=LookupData,
    example=LOOKUP_EXAMPLE,
    example_completeness=80,
    budget=1,
)
