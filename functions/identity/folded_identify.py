"""POST /customers/identify: redirects to /identify."""

from customers.catalogue.identity import FOLDED_IDENTIFY
from customers.edge.http.serve import Answer, serve
from customers.wire.identity.folded_identify import FOLDED, IDENTIFY

ANSWER = Answer(FOLDED, status=308, headers={"Location": IDENTIFY, "Cache-Control": "no-store"})

handler = serve(FOLDED_IDENTIFY, lambda _call: ANSWER)
