"""POST /customers/identify: redirects to /identify."""

import os

from customers.catalogue.identity import FOLDED_IDENTIFY
from customers.edge.http.serve import Answer, serve
from customers.wire.identity.folded_identify import FOLDED

LOCATION = f"{os.environ['REDIRECT_BASE']}/identify"
ANSWER = Answer(FOLDED, status=308, headers={"Location": LOCATION, "Cache-Control": "no-store"})

handler = serve(FOLDED_IDENTIFY, lambda _call: ANSWER)
