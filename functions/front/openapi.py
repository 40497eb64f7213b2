"""GET /openapi: the document that describes what this environment mounts."""

import os

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi import openapi
from customers.edge.http.serve import Answer, serve_public

MOUNTED = [operation for operation in OPERATIONS if is_mounted(operation)]
# The address that the environment names. Where it is one with the API's own id, it is relative to the document.
NAMED = os.environ["API_ADDRESS"]
SERVER = NAMED if NAMED and "{api}" not in NAMED else "."


DOCUMENT = Answer(openapi(MOUNTED, SERVER), headers={"Cache-Control": "public, max-age=60"})

handler = serve_public(OPENAPI, lambda _visit: DOCUMENT)
