"""Lookup: the query and the answer. Plain types only: every lookup imports this, so no pydantic here."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, get_args

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Flat, Profile
from customers.domain.customers.status import Status
from customers.domain.enterprise import Settings
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant
from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import ValidationError
from customers.wire.customers.customer import BadgeReasonData, Customer, badge_reason_data, customer_data
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict
from customers.wire.identifiers.address import MAX_PROVIDER_ID, read_address

Include = Literal["badge_reason", "preferences"]
INCLUDES: tuple[Include, ...] = get_args(Include)

LOOKUP_PARAMETERS = (
    Parameter(
        "phone",
        "The customer's phone, in E.164 or as people type it. It wins when both are given. "
        "Percent-encode the +; a + that arrives as a space is understood too.",
        example="+97433001122",
    ),
    Parameter(
        "provider_customer_id",
        "The POS provider's own customer id, used when no phone is given.",
        schema={"type": "string", "minLength": 1, "maxLength": MAX_PROVIDER_ID},
        example="pos-8841",
    ),
    Parameter(
        "include",
        "Further reads to include in the answer, separated by commas.",
        schema={"type": "string", "pattern": "^(badge_reason|preferences)(,(badge_reason|preferences))?$"},
        example="badge_reason,preferences",
    ),
)


@dataclass(frozen=True, slots=True)
class LookupQuery:
    """The customer's address, and the reads to include."""

    address: Phone | ProviderId
    include: frozenset[Include]

    @staticmethod
    def read(request: Request, settings: Settings) -> LookupQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        address = read_address(request.one("phone"), request.one("provider_customer_id"), settings)
        return LookupQuery(address, _include(request.one("include")))


class UnclaimedCashback(TypedDict):
    amount_minor: int
    currency: str
    expires_at: Instant | None
    """When the first part of it that has not expired yet expires; null when none does."""


class LookupData(TypedDict):
    status: Status
    """Decide by this what to show. An unknown customer is `not_found` at HTTP 200."""
    customer: Customer | None
    unclaimed_cashback: UnclaimedCashback | None
    """The money that waits until the customer verifies the phone; set when the status is `pending_proof`."""
    badge_reason: NotRequired[BadgeReasonData | None]
    """Only with `include=badge_reason`."""
    preferences: NotRequired[Flat | None]
    """Only with `include=preferences`."""
    branch_id: str | None
    """The caller's branch, from the token."""
    fetched_at: Instant


def lookup_data(
    status: Status,
    profile: Profile | None,
    include: frozenset[Include],
    settings: Settings,
    branch: str | None,
    now: datetime,
) -> LookupData:
    """The answer about a customer, or about a stranger."""
    reason = explain_badge(profile.activity, settings.badge, now) if profile else None
    data: LookupData = {
        "status": status,
        "customer": customer_data(profile, reason, now) if profile and reason else None,
        "unclaimed_cashback": unclaimed(profile, now) if profile and status == "pending_proof" else None,
        "branch_id": branch,
        "fetched_at": show_instant(now),
    }
    if "badge_reason" in include:
        data["badge_reason"] = badge_reason_data(reason) if reason else None
    if "preferences" in include:
        data["preferences"] = profile.preferences if profile else None
    return data


def _include(text: str | None) -> frozenset[Include]:
    names = text.split(",") if text is not None else []
    chosen = frozenset(each for each in INCLUDES if each in names)
    if len(chosen) != len(names):
        raise ValidationError("include", f"takes {', '.join(INCLUDES)}, each once, separated by commas")
    return chosen


def unclaimed(profile: Profile, now: datetime) -> UnclaimedCashback:
    """The money that waits at `now` until the customer verifies the phone."""
    ends = profile.locked.next_end(now)
    return {
        "amount_minor": profile.locked.at(now),
        "currency": profile.currency,
        "expires_at": show_instant(ends) if ends else None,
    }
