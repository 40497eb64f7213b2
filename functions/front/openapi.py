"""GET /openapi: the document that describes what this environment mounts."""

from customers.catalogue.every import OPERATIONS
from customers.catalogue.front import OPENAPI
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi import openapi
from customers.edge.http.serve import Answer, serve_public

MOUNTED = [operation for operation in OPERATIONS if is_mounted(operation)]


DOCUMENT = Answer(openapi(MOUNTED), headers={"Cache-Control": "public, max-age=60"})

handler = serve_public(OPENAPI, lambda _visit: DOCUMENT)
