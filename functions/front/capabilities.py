"""GET /capabilities: what this environment can do."""

from customers.catalogue.front import CAPABILITIES
from customers.edge.capabilities import capabilities
from customers.edge.serve import Answer, serve_public
from customers.wire.event_schemas import event_schemas
from customers.wire.facts import fact_schemas

ANSWER = Answer(capabilities({**fact_schemas(), **event_schemas()}), headers={"Cache-Control": "public, max-age=60"})

handler = serve_public(CAPABILITIES, lambda _visit: ANSWER)
