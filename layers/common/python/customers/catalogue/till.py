"""The till's reads: lookup, preferences, cached summary and badge reason."""

from __future__ import annotations

from customers.catalogue.operation import ANYONE_SIGNED_IN, Operation
from customers.wire.customers.badge_reason import BADGE_EXAMPLE, BadgeAnswer
from customers.wire.customers.examples import LOOKUP_EXAMPLE
from customers.wire.customers.lookup import LOOKUP_PARAMETERS, LookupData, LookupQuery
from customers.wire.customers.preferences import PREFERENCES_EXAMPLE, PreferencesData
from customers.wire.customers.summary import SUMMARY_HEADERS, SUMMARY_PARAMETERS, SummaryQuery
from customers.wire.identifiers.paths import PHONE_IN_PATH, ByPhone

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
SUMMARY_CACHED = Operation(
    "summary_cached",
    "GET",
    "/customers/{phone}/summary-cached",
    "planned",
    ANYONE_SIGNED_IN,
    "Read lookup's answer, at most a few seconds old and cheap to revalidate.",
    handler="lookup.summary_cached",
    read=SummaryQuery.read,
    parameters=SUMMARY_PARAMETERS,
    answer=LookupData,
    example=LOOKUP_EXAMPLE,
    example_completeness=80,
    headers=SUMMARY_HEADERS,
    budget=1,
)
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
