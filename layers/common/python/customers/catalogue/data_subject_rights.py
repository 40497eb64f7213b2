"""The rights of a data subject: export, erasure, and the log of the requests about the data."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.activity_log import ACTIVITY_EXAMPLE, ACTIVITY_PARAMETERS, ActivityLogData, ActivityQuery
from customers.wire.erasure import DRY_RUN, ERASE_EXAMPLE, EraseData, EraseRequest
from customers.wire.erasures import (
    ERASURE_EXAMPLE,
    ERASURES_EXAMPLE,
    ERASURES_PARAMETERS,
    ErasureData,
    ErasureQuery,
    ErasuresData,
    ErasuresQuery,
)
from customers.wire.export.answer import EXPORT_EXAMPLE, ExportData
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.identifiers.by_customer import ByCustomer
from customers.wire.identifiers.paths import ERASURE_IN_PATH, ID_IN_PATH

EXPORT = Operation(
    "export",
    "GET",
    "/customers/{id}/export",
    "preview",
    ADMIN,
    "Download everything stored about one customer as a ZIP. docs/export.md describes its files.",
    "customer:EXPORT",
    handler="gdpr.export",
    read=ByCustomer.read,
    parameters=(ID_IN_PATH,),
    answer=ExportData,
    example=EXPORT_EXAMPLE,
    example_completeness=100,
    also={
        202: "`preparing`: the history is too long for one request. Send it again after the seconds in `Retry-After`."
    },
    budget=12,
)
ERASE = Operation(
    "erase",
    "DELETE",
    "/customers/{id}",
    "preview",
    ADMIN,
    "Erase a person. A customer who was never verified and has only promotional grants is deleted. For others the "
    "transactions stay, under an id that identifies nobody. From the answer on, no read returns personal data of this "
    "person, and download links of earlier exports lead nowhere. Erasure never destroys spendable money: while the "
    "customer has any, the request is refused, or the erasure waits until the money is settled (the enterprise's "
    "`erasure_policy` decides). You cannot undo an erasure: preview it with `dry_run`.",
    "customer:DELETE",
    handler="gdpr.erase",
    read=EraseRequest.read,
    parameters=(ID_IN_PATH, DRY_RUN, IDEMPOTENCY_KEY),
    answer=EraseData,
    example=ERASE_EXAMPLE,
    also={202: "`escalated`: the customer has spendable money. The erasure runs once the money is settled."},
    budget=7,
)
ACTIVITY = Operation(
    "activity",
    "GET",
    "/activity",
    "planned",
    ADMIN,
    "List who did what, newest first. It has the requests to the operations that only administrators may call, of the "
    "enterprise, or by customer, by person or by operation.",
    "activity:READ",
    handler="lookup.activity",
    read=ActivityQuery.read,
    parameters=ACTIVITY_PARAMETERS,
    answer=ActivityLogData,
    example=ACTIVITY_EXAMPLE,
    budget=3,
)
ERASURES = Operation(
    "erasures",
    "GET",
    "/erasures",
    "preview",
    ADMIN,
    "List the enterprise's erasures, newest first. Each has its status and what blocks it.",
    "erasure:READ",
    handler="gdpr.erasures",
    read=ErasuresQuery.read,
    parameters=ERASURES_PARAMETERS,
    answer=ErasuresData,
    example=ERASURES_EXAMPLE,
    budget=5,
)
ERASURE = Operation(
    "erasure",
    "GET",
    "/erasures/{id}",
    "preview",
    ADMIN,
    "Read one erasure. It has its status, what blocks it, and once it is done its signed receipt.",
    "erasure:READ",
    handler="gdpr.erasure",
    read=ErasureQuery.read,
    parameters=(ERASURE_IN_PATH,),
    answer=ErasureData,
    example=ERASURE_EXAMPLE,
    budget=2,
)
