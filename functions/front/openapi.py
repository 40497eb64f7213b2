"""GET /openapi: the document that describes what this environment mounts, and on request also what it does not."""

import os

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi import openapi
from customers.edge.http.serve import Answer, serve_public
from customers.wire.http.front import read_include

BUILT = [operation for operation in OPERATIONS if operation.door]
MOUNTED = [operation for operation in BUILT if is_mounted(operation)]
# The address that the environment names. Where it is one with the API's own id, it is relative to the document.
NAMED = os.environ["API_ADDRESS"]
SERVER = NAMED if NAMED and "{api}" not in NAMED else "."
DOCUMENTS = {
    everything: Answer(openapi(listed, SERVER, is_mounted), headers={"Cache-Control": "public, max-age=60"})
    for everything, listed in ((True, BUILT), (False, MOUNTED))
}

handler = serve_public(OPENAPI, lambda visit: DOCUMENTS[read_include(visit.request)])
