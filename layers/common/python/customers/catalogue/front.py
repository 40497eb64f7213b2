"""The operations that describe the API itself."""

from __future__ import annotations

from customers.catalogue.operation import PUBLIC, Operation
from customers.wire.http.front import INCLUDE_UNMOUNTED, CapabilitiesData

CAPABILITIES: Operation[None] = Operation(
    "capabilities",
    "GET",
    "/capabilities",
    "beta",
    PUBLIC,
    "List what this environment offers. It has the operations and which are mounted, the schemas of the types, the "
    "limits and the retention.",
    handler="front.capabilities",
    answer=CapabilitiesData,
)
OPENAPI: Operation[None] = Operation(
    "openapi",
    "GET",
    "/openapi",
    "beta",
    PUBLIC,
    "Read this environment's OpenAPI 3.1 document. It comes without the envelope.",
    handler="front.openapi",
    parameters=(INCLUDE_UNMOUNTED,),
    answer=dict,
    enveloped=False,
)
