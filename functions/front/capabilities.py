"""GET /capabilities: the operations, types and limits of this environment."""

from functools import cache

from customers.catalogue.front import CAPABILITIES
from customers.edge.http.capabilities import capabilities
from customers.edge.http.serve import Answer
from customers.edge.http.serve_public import serve_public
from customers.store.aws.signing import SigningKey
from customers.wire.events.published import published_schemas
from customers.wire.events.schemas import event_schemas
from customers.wire.facts.codec import fact_schemas

KEY = SigningKey.connect()


@cache
def answer() -> Answer:
    """Built once, at the first request, because it needs the public key from KMS."""
    data = capabilities({**fact_schemas(), **event_schemas()}, published_schemas(), [KEY.jwk])
    return Answer(data, headers={"Cache-Control": "public, max-age=60"})


handler = serve_public(CAPABILITIES, lambda _visit: answer())
