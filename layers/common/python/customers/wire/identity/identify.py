"""Identify: the request and the answer, a customer's context. Plain types only: the catalogue imports this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NotRequired

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import Status
from customers.domain.enterprise import Settings
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import MAX_TYPED, Phone
from customers.domain.instants import show_instant
from customers.wire.customers.customer import Customer, customer_data
from customers.wire.customers.lookup import UnclaimedCashback, unclaimed
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Described, Instant, Limits, TypedDict
from customers.wire.identifiers.address import MAX_PROVIDER_ID, read_address

# Described here and not below, because the body that extends this one uses the same descriptions.
TypedPhone = Annotated[
    Annotated[str, Limits(min_length=1, max_length=MAX_TYPED)] | None,
    Described("The customer's phone, in E.164 or as people type it. It wins when both are given."),
]
ProviderCustomerId = Annotated[
    Annotated[str, Limits(min_length=1, max_length=MAX_PROVIDER_ID)] | None,
    Described("The POS provider's own customer id, used when no phone is given."),
]


class IdentifyBody(TypedDict):
    """The customer: at least one of the two. Null means the same as leaving the field out."""

    phone: NotRequired[TypedPhone]
    provider_customer_id: NotRequired[ProviderCustomerId]


@dataclass(frozen=True, slots=True)
class IdentifyRequest:
    """The customer's address."""

    address: Phone | ProviderId

    @staticmethod
    def read(request: Request, settings: Settings) -> IdentifyRequest:
        """Raises `ValidationError` naming the field to mend."""
        body = read_body(request, IdentifyBody)
        return IdentifyRequest(read_address(body.get("phone"), body.get("provider_customer_id"), settings))


class CustomerContext(TypedDict):
    """The customer, their money and activity. It contains nothing that could move money."""

    status: Status
    """As in a lookup. An unknown customer is `not_found` at HTTP 200."""
    customer_id: str | None
    customer: Customer | None
    """As in a lookup."""
    unclaimed_cashback: UnclaimedCashback | None
    """The money that waits until the customer verifies the phone; set when the status is `pending_proof`."""
    branch_id: str | None
    """The caller's branch, from the token."""
    fetched_at: Instant
    """When this was read."""


def customer_context(
    status: Status, profile: Profile | None, settings: Settings, branch: str | None, now: datetime
) -> CustomerContext:
    """The answer about a customer, or about a stranger."""
    reason = explain_badge(profile.activity, settings.badge, now) if profile else None
    return {
        "status": status,
        "customer_id": profile.customer_id if profile else None,
        "customer": customer_data(profile, reason, now) if profile and reason else None,
        "unclaimed_cashback": unclaimed(profile, now) if profile and status == "pending_proof" else None,
        "branch_id": branch,
        "fetched_at": show_instant(now),
    }
