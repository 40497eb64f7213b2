"""Who it is: identification, correction, merge, verification."""

from __future__ import annotations

from customers.catalogue.operation import ADMIN, PUBLIC, TERMINAL, Operation
from customers.wire.http.idempotency import IDEMPOTENCY_KEY
from customers.wire.identifiers.paths import ID_IN_PATH
from customers.wire.identity.correct import (
    CORRECT_BODY_EXAMPLE,
    CORRECT_EXAMPLE,
    CorrectBody,
    CorrectData,
    CorrectRequest,
)
from customers.wire.identity.folded_identify import FOLDED, FOLDED_HEADERS, FoldedData, read_nothing
from customers.wire.identity.identify import CustomerContext, IdentifyBody, IdentifyRequest
from customers.wire.identity.merge import MERGE_BODY_EXAMPLE, MERGE_EXAMPLE, MergeBody, MergeData, MergeRequest
from customers.wire.identity.verification import TOKEN_IN_PATH, VERIFIED, VerifiedData
from customers.wire.sessions.examples import IDENTIFY_BODY_EXAMPLE, IDENTIFY_EXAMPLE

FOLDED_IDENTIFY = Operation(
    "folded_identify",
    "POST",
    "/customers/identify",
    "folded",
    TERMINAL,
    "Redirects (308) to /v1/partner/identify.",
    door="identity.folded_identify",
    read=read_nothing,
    body=IdentifyBody,
    body_optional=True,
    body_example=IDENTIFY_BODY_EXAMPLE,
    answer=FoldedData,
    example=FOLDED,
    status=308,
    headers=FOLDED_HEADERS,
)
CORRECT = Operation(
    "correct",
    "PATCH",
    "/customers/{id}",
    "planned",
    ADMIN,
    "Put a mistyped name or phone right. A new phone has to be verified anew: a link goes there by SMS, and nowhere "
    "else; another one where an unverified phone is given again. The number that is given up is nobody's from then on. "
    "A number that is another customer's: merge the two.",
    "customer:UPDATE",
    door="identity.correct",
    read=CorrectRequest.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    body=CorrectBody,
    body_example=CORRECT_BODY_EXAMPLE,
    answer=CorrectData,
    example=CORRECT_EXAMPLE,
    example_completeness=60,
    budget=9,
)
MERGE = Operation(
    "merge",
    "POST",
    "/customers/{id}/merge",
    "planned",
    ADMIN,
    "Merge a duplicate into the customer of the path: money, activity, grants, history, provider ids and consent (the "
    "stricter) combine, and both phones and both ids lead to the survivor from then on. It cannot be undone: preview "
    "it with `validate_only`.",
    "customer:MERGE",
    door="identity.merge",
    read=MergeRequest.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    body=MergeBody,
    body_example=MERGE_BODY_EXAMPLE,
    answer=MergeData,
    example=MERGE_EXAMPLE,
    example_completeness=80,
    budget=8,
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
    "A page with a button that verifies. Looking at it changes nothing, and it is the same for every token.",
    door="identity.show_verification",
    parameters=(TOKEN_IN_PATH,),
    answer=str,
    enveloped=False,
    pages=frozenset({200}),
    lenient=True,
)
VERIFY: Operation[None] = Operation(
    "verify",
    "POST",
    "/verifications/{token}",
    "planned",
    PUBLIC,
    "Verify the phone that the token was sent to: once, within 24 hours, while it is the customer's. A token that was "
    "used or replaced, has expired or never was is a 404. A browser is shown a page.",
    door="identity.verify",
    parameters=(TOKEN_IN_PATH,),
    answer=VerifiedData,
    example=VERIFIED,
    pages=frozenset({200, 404, 500, 503}),
    lenient=True,
    budget=7,
)
