"""A person's rights: export and erasure."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.export import EXPORT_EXAMPLE, ExportData, ExportQuery
from customers.wire.paths import ID_IN_PATH

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
    budget=7,
)
ERASE: Operation[None] = Operation(
    "erase", "DELETE", "/customers/{id}", "preview", ADMIN, "Erase, state-aware.", "customer:DELETE"
)
