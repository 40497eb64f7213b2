"""The administrators' reads: search, stats and a customer's context."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.customers.context import CONTEXT_PARAMETERS, ContextData, ContextQuery
from customers.wire.customers.examples import CONTEXT_EXAMPLE
from customers.wire.search import (
    SEARCH_BODY_EXAMPLE,
    SEARCH_DISABLED,
    SEARCH_EXAMPLE,
    SearchBody,
    SearchData,
    SearchQuery,
)
from customers.wire.stats.answer import StatsData
from customers.wire.stats.examples import STATS_EXAMPLE
from customers.wire.stats.query import STATS_PARAMETERS, StatsQuery

SEARCH = Operation(
    "search",
    "POST",
    "/customers/search",
    "planned",
    ADMIN,
    "Find customers by name or phone. A page can be short or even empty while more follow: go by `next_cursor`.",
    "customer:SEARCH",
    further_permissions=(SEARCH_DISABLED,),
    handler="lookup.search",
    read=SearchQuery.read,
    body=SearchBody,
    body_example=SEARCH_BODY_EXAMPLE,
    answer=SearchData,
    example=SEARCH_EXAMPLE,
    budget=3,
)
STATS = Operation(
    "stats",
    "GET",
    "/customers/stats",
    "planned",
    ADMIN,
    "Read the figures of a dashboard. They are the customers as they are now, and what happened on each day.",
    "customer:STATS",
    logged=False,
    handler="lookup.stats",
    read=StatsQuery.read,
    parameters=STATS_PARAMETERS,
    answer=StatsData,
    example=STATS_EXAMPLE,
    budget=5,
)
CONTEXT = Operation(
    "context",
    "GET",
    "/customers/{id}/context",
    "planned",
    ADMIN,
    "Read everything about one customer. That is profile, preferences, consent, open grants and the latest history.",
    "customer:CONTEXT",
    handler="lookup.context",
    read=ContextQuery.read,
    parameters=CONTEXT_PARAMETERS,
    answer=ContextData,
    example=CONTEXT_EXAMPLE,
    example_completeness=100,
    budget=5,
)
