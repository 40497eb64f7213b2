"""GET /openapi: the OpenAPI document of the mounted operations, and on request of the others too."""

import os

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi.document import openapi
from customers.edge.http.serve import Answer
from customers.edge.http.serve_public import serve_public
from customers.wire.http.front import read_include

BUILT = [operation for operation in OPERATIONS if operation.handler]
MOUNTED = [operation for operation in BUILT if is_mounted(operation)]
# The environment's address. If it contains the API's own id, the document uses a relative one.
NAMED = os.environ["API_ADDRESS"]
SERVER = NAMED if NAMED and "{api}" not in NAMED else "."
DOCUMENTS = {
    everything: Answer(openapi(listed, SERVER, is_mounted), headers={"Cache-Control": "public, max-age=60"})
    for everything, listed in ((True, BUILT), (False, MOUNTED))
}

handler = serve_public(OPENAPI, lambda visit: DOCUMENTS[read_include(visit.request)])
