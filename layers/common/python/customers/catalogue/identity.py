"""Who it is: identification, correction, merge, verification."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, PUBLIC, TERMINAL, Operation
from customers.wire.folded_identify import FOLDED, FOLDED_HEADERS, FoldedData, read_nothing
from customers.wire.identify import CustomerContext, IdentifyBody, IdentifyRequest
from customers.wire.session_examples import IDENTIFY_BODY_EXAMPLE, IDENTIFY_EXAMPLE

FOLDED_IDENTIFY = Operation(
    "folded_identify",
    "POST",
    "/customers/identify",
    "folded",
    TERMINAL,
    "Redirects (308) to /v1/partner/identify.",
    door="identity.folded_identify",
    read=read_nothing,
    answer=FoldedData,
    example=FOLDED,
    status=308,
    headers=FOLDED_HEADERS,
)
CORRECT: Operation[None] = Operation(
    "correct", "PATCH", "/customers/{id}", "planned", ADMIN, "Correct name or phone.", "customer:UPDATE"
)
MERGE: Operation[None] = Operation(
    "merge", "POST", "/customers/{id}/merge", "planned", ADMIN, "Merge a genuine duplicate.", "customer:MERGE"
)
IDENTIFY = Operation(
    "identify",
    "POST",
    "/identify",
    "planned",
    TERMINAL,
    "Tell who it is, without a session, for a panel that shows balances. A stranger is a 200 with status not_found.",
    door="identity.identify",
    read=IdentifyRequest.read,
    body=IdentifyBody,
    body_example=IDENTIFY_BODY_EXAMPLE,
    answer=CustomerContext,
    example=IDENTIFY_EXAMPLE,
    example_completeness=80,
    budget=1,
)
SHOW_VERIFICATION: Operation[None] = Operation(
    "show_verification",
    "GET",
    "/verifications/{token}",
    "planned",
    PUBLIC,
    "A page to confirm on; changes nothing.",
)
VERIFY: Operation[None] = Operation(
    "verify", "POST", "/verifications/{token}", "planned", PUBLIC, "Verify a phone; single use."
)
