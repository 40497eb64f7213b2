"""A person's rights: export and erasure, and who did what with their data."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.activity_log import ACTIVITY_EXAMPLE, ACTIVITY_PARAMETERS, ActivityLogData, ActivityQuery
from customers.wire.erasure import DRY_RUN, ERASE_EXAMPLE, EraseData, EraseRequest
from customers.wire.export.answer import EXPORT_EXAMPLE, ExportData, ExportQuery
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.identifiers.paths import ID_IN_PATH

EXPORT = Operation(
    "export",
    "GET",
    "/customers/{id}/export",
    "preview",
    ADMIN,
    "Everything that is held of one customer, as a ZIP to download: docs/export.md says what is in it.",
    "customer:EXPORT",
    door="gdpr.export",
    read=ExportQuery.read,
    parameters=(ID_IN_PATH,),
    answer=ExportData,
    example=EXPORT_EXAMPLE,
    example_completeness=100,
    also={202: "There is too much for one request: `preparing`. Ask again after the seconds in `Retry-After`."},
    budget=8,
)
ERASE = Operation(
    "erase",
    "DELETE",
    "/customers/{id}",
    "preview",
    ADMIN,
    "Erase a person. Who was never verified is deleted; of others the transactions stay, under an id that leads to "
    "nobody. From the answer on, no read tells anything of them. Money to spend is never destroyed: while there is "
    "any, this is refused, or waits for it to be settled, as the enterprise has it. It cannot be undone: preview it "
    "with `dry_run`. The answer takes some seconds: until no copy in memory shows them any more.",
    "customer:DELETE",
    door="gdpr.erase",
    read=EraseRequest.read,
    parameters=(ID_IN_PATH, DRY_RUN, IDEMPOTENCY_KEY),
    answer=EraseData,
    example=ERASE_EXAMPLE,
    also={202: "There is money to spend, and the enterprise has such erasures wait: it is done once that is settled."},
    budget=7,
)
ACTIVITY = Operation(
    "activity",
    "GET",
    "/activity",
    "planned",
    ADMIN,
    "Who did what with the operations that only administrators may call, newest first: of the whole enterprise, or by "
    "customer, by person or by operation.",
    "activity:READ",
    door="gdpr.activity",
    read=ActivityQuery.read,
    parameters=ACTIVITY_PARAMETERS,
    answer=ActivityLogData,
    example=ACTIVITY_EXAMPLE,
    budget=3,
)
