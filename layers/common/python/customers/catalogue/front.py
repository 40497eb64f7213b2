"""What the API says of itself."""

from __future__ import annotations

from customers.catalogue.operation import PUBLIC, Operation
from customers.wire.http.front import INCLUDE_UNMOUNTED, CapabilitiesData

CAPABILITIES: Operation[None] = Operation(
    "capabilities",
    "GET",
    "/capabilities",
    "beta",
    PUBLIC,
    "List the operations and whether this environment mounts them, the facts it takes, limits and retention.",
    door="front.capabilities",
    answer=CapabilitiesData,
)
OPENAPI: Operation[None] = Operation(
    "openapi",
    "GET",
    "/openapi",
    "beta",
    PUBLIC,
    "This environment's OpenAPI 3.1 document, bare.",
    door="front.openapi",
    parameters=(INCLUDE_UNMOUNTED,),
    answer=dict,
    enveloped=False,
)
