"""Identify, correct, merge and verify a customer."""

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
from customers.wire.identity.unmerge import (
    UNMERGE_BODY_EXAMPLE,
    UNMERGE_EXAMPLE,
    UnmergeBody,
    UnmergeData,
    UnmergeRequest,
)
from customers.wire.identity.verification import TOKEN_IN_PATH, VERIFIED, VerifiedData
from customers.wire.sessions.examples import IDENTIFY_BODY_EXAMPLE, IDENTIFY_EXAMPLE

FOLDED_IDENTIFY = Operation(
    "folded_identify",
    "POST",
    "/customers/identify",
    "folded",
    TERMINAL,
    "Redirects (308) to /v1/partner/identify.",
    handler="identity.folded_identify",
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
    "Correct a mistyped name or phone. A new phone must be verified: we send a link by SMS to that phone only. Send "
    "the current phone again, while it is unverified, to get a new link. A disabled customer stays disabled, and "
    "gets no link until enabled. The old number no longer identifies anyone. If the new number belongs to another "
    "customer, the request is refused: merge the two.",
    "customer:UPDATE",
    handler="identity.correct",
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
    "Merge a duplicate into the customer in the path, the survivor. Money, activity, grants, history and provider ids "
    "combine; the stricter consent wins. Both phones and both ids then resolve to the survivor. Preview it with "
    "`validate_only`. `unmerge` undoes it.",
    "customer:MERGE",
    handler="identity.merge",
    read=MergeRequest.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    body=MergeBody,
    body_example=MERGE_BODY_EXAMPLE,
    answer=MergeData,
    example=MERGE_EXAMPLE,
    example_completeness=80,
    budget=8,
)
UNMERGE = Operation(
    "unmerge",
    "POST",
    "/customers/{id}/unmerge",
    "planned",
    ADMIN,
    "Undo a merge: set an absorbed customer free from the survivor in the path. All whom this customer had absorbed "
    "before leave, too. Each gets what is their own: money, history, grants, ids, phones, name and preferences. Both "
    "keep every refusal of consent and every disabling from the time when they were one. Refused if one of the two "
    "would owe money (the enterprise's `unmerge_policy` decides), or if the absorbed customer's phone is another's by "
    "now. Preview it with `validate_only`.",
    "customer:MERGE",
    handler="identity.unmerge",
    read=UnmergeRequest.read,
    parameters=(ID_IN_PATH, IDEMPOTENCY_KEY),
    body=UnmergeBody,
    body_example=UNMERGE_BODY_EXAMPLE,
    answer=UnmergeData,
    example=UNMERGE_EXAMPLE,
    example_completeness=80,
    budget=12,
)
IDENTIFY = Operation(
    "identify",
    "POST",
    "/identify",
    "planned",
    TERMINAL,
    "Identify a customer without a checkout session. An unknown customer is a 200 with status `not_found`.",
    handler="identity.identify",
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
    "Show a page with a button that verifies the phone. Opening it changes nothing, whatever the token.",
    handler="identity.show_verification",
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
    "Verify the phone that the token was sent to. A token works once, within 24 hours, while the customer still has "
    "the phone. A token that was used or replaced, has expired or never existed is a 404. A browser gets a page.",
    handler="identity.verify",
    parameters=(TOKEN_IN_PATH,),
    answer=VerifiedData,
    example=VERIFIED,
    pages=frozenset({200, 404, 500, 503}),
    lenient=True,
    budget=7,
)
