"""Who may be the same person, and who is not."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, Operation
from customers.wire.duplicates import (
    DUPLICATES_EXAMPLE,
    NOT_THE_SAME_BODY_EXAMPLE,
    NOT_THE_SAME_EXAMPLE,
    DuplicatesData,
    NotTheSameBody,
    NotTheSameData,
    NotTheSameRequest,
)
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.identifiers.by_customer import ByCustomer
from customers.wire.identifiers.paths import ID_IN_PATH

DUPLICATES = Operation(
    "duplicates",
    "GET",
    "/customers/{id}/duplicates",
    "planned",
    ADMIN,
    "Find at most 20 customers who may be the same person, each with the evidence. Nobody is merged by it: merge them, "
    "or say with a POST to the same path that they are not the same person.",
    "customer:SEARCH",
    handler="lookup.duplicates",
    read=ByCustomer.read,
    parameters=(ID_IN_PATH,),
    answer=DuplicatesData,
    example=DUPLICATES_EXAMPLE,
    budget=5,
)
NOT_THE_SAME = Operation(
    "not_the_same",
    "POST",
    "/customers/{id}/duplicates",
    "planned",
    ADMIN,
    "Say that two customers are not the same person. From then on neither is among the duplicates of the other, also "
    "after a merge of one of them with a third. You can still merge the two.",
    "customer:MERGE",
    handler="identity.not_the_same",
    read=NotTheSameRequest.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    body=NotTheSameBody,
    body_example=NOT_THE_SAME_BODY_EXAMPLE,
    answer=NotTheSameData,
    example=NOT_THE_SAME_EXAMPLE,
    budget=7,
)
