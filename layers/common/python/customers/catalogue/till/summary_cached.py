"""GET /customers/{phone}/summary-cached."""

from __future__ import annotations

from customers.catalogue.operation import ANYONE_SIGNED_IN, Operation
from customers.wire.customers.examples import LOOKUP_EXAMPLE
from customers.wire.customers.lookup import LookupData
from customers.wire.customers.summary import SUMMARY_HEADERS, SUMMARY_PARAMETERS, SummaryQuery

SUMMARY_CACHED = Operation(
    "summary_cached",
    "GET",
    "/customers/{phone}/summary-cached",
    "planned",
    ANYONE_SIGNED_IN,
    "Read lookup's answer with cache headers. Show it for a few seconds, then revalidate it without a body.",
    handler="lookup.summary_cached",
    read=SummaryQuery.read,
    parameters=SUMMARY_PARAMETERS,
    answer=LookupData,
    example=LOOKUP_EXAMPLE,
    example_completeness=80,
    headers=SUMMARY_HEADERS,
    budget=1,
)
