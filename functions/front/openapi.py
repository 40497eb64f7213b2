"""GET /openapi: the OpenAPI document of the mounted operations, and on request of the others too."""

import os
from functools import lru_cache

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi.document import openapi
from customers.edge.http.serve import Answer
from customers.edge.http.serve_public import Visit, serve_public
from customers.wire.http.front import read_include

BUILT = [operation for operation in OPERATIONS if operation.handler]
MOUNTED = [operation for operation in BUILT if is_mounted(operation)]
# The environment's address, if it has one that does not contain the API's own id. Else it is the caller's.
NAMED = os.environ["API_ADDRESS"]


@lru_cache(maxsize=8)
def document(everything: bool, server: str) -> Answer:
    """The document with this server."""
    listed = BUILT if everything else MOUNTED
    return Answer(openapi(listed, server, is_mounted), headers={"Cache-Control": "public, max-age=60"})


def answer(visit: Visit) -> Answer:
    server = NAMED if NAMED and "{api}" not in NAMED else (visit.address or "").removesuffix("/openapi")
    return document(read_include(visit.request), server or ".")


handler = serve_public(OPENAPI, answer)
