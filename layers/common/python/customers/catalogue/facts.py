"""What became of facts."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.facts.refused_facts_page import (
    REFUSED_FACTS_EXAMPLE,
    REFUSED_FACTS_PARAMETERS,
    RefusedFactsData,
    RefusedFactsQuery,
)

REFUSED_FACTS = Operation(
    "refused_facts",
    "GET",
    "/refused-facts",
    "planned",
    ADMIN,
    "List the enterprise's facts that could not be applied, newest first. Each has its reason. Personal data is left "
    "out. Facts that name nobody readable are not listed: only the operator can read them.",
    "facts:READ",
    handler="events.refused_facts",
    read=RefusedFactsQuery.read,
    parameters=REFUSED_FACTS_PARAMETERS,
    answer=RefusedFactsData,
    example=REFUSED_FACTS_EXAMPLE,
    budget=5,
)
