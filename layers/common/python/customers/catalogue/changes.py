"""What this system publishes, for systems that cannot listen to its bus."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.events.changes import CHANGES_EXAMPLE, CHANGES_PARAMETERS, ChangesData, ChangesQuery

CHANGES = Operation(
    "changes",
    "GET",
    "/changes",
    "planned",
    ADMIN,
    "Read all published events of the last 30 days, at least once. Events of one customer come in the bus's order. "
    "Keep `next_cursor` and ask again with it: no event is left out, however late it was committed.",
    "events:READ",
    handler="lookup.changes",
    read=ChangesQuery.read,
    parameters=CHANGES_PARAMETERS,
    answer=ChangesData,
    example=CHANGES_EXAMPLE,
    budget=10,
)
