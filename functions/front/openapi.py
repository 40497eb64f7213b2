"""GET /openapi: the OpenAPI document of the mounted operations."""

import os

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi import openapi
from customers.edge.http.serve import Answer, serve_public

MOUNTED = [operation for operation in OPERATIONS if is_mounted(operation)]
# The environment's address. If it contains the API's own id, the document uses a relative one.
NAMED = os.environ["API_ADDRESS"]
SERVER = NAMED if NAMED and "{api}" not in NAMED else "."


DOCUMENT = Answer(openapi(MOUNTED, SERVER), headers={"Cache-Control": "public, max-age=60"})

handler = serve_public(OPENAPI, lambda _visit: DOCUMENT)
