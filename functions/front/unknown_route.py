"""Answers every route that is no operation: a 404 in the envelope, whatever the request's Authorization header."""

from typing import Any

from customers.catalogue.operation import PUBLIC, Operation
from customers.domain.refusals import NotMounted
from customers.edge.http.serve import handler_of

# It is in no list of operations: nobody calls it on purpose.
UNKNOWN_ROUTE: Operation[None] = Operation(
    "unknown_route", "GET", "/{proxy+}", "beta", PUBLIC, "Every route that is no operation.", handler=__name__
)


def refuse(_event: object) -> Any:
    raise NotMounted("path", "is no operation of this environment; GET /v1/partner/capabilities lists the mounted ones")


handler = handler_of(UNKNOWN_ROUTE, refuse)
