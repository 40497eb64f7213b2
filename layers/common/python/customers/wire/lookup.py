"""Lookup: the query and the answer. Read by every lookup, so plain types only: no pydantic here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NotRequired, get_args

from customers.domain.address import ProviderId
from customers.domain.badge import Badge, BadgeReason, Rule, explain_badge
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.identity import Status
from customers.domain.instants import show_instant
from customers.domain.phone import Phone
from customers.domain.profile import Flat, Profile, State
from customers.domain.refusals import Invalid
from customers.wire.address import MAX_PROVIDER_ID, read_address
from customers.wire.parameters import Parameter
from customers.wire.request import Request
from customers.wire.schema import Format, TypedDict

Include = Literal["badge_reason", "preferences"]
INCLUDES: tuple[Include, ...] = get_args(Include)
Instant = Annotated[str, Format("date-time")]

LOOKUP_PARAMETERS = (
    Parameter(
        "phone",
        "The customer's phone, in E.164 or as people type it; authoritative when both are given. "
        "Percent-encode the +; a + that arrives as a space is understood.",
        example="+97433001122",
    ),
    Parameter(
        "provider_customer_id",
        "The POS provider's own customer id, the fallback where there is no phone.",
        schema={"type": "string", "minLength": 1, "maxLength": MAX_PROVIDER_ID},
        example="pos-8841",
    ),
    Parameter(
        "include",
        "Reads to fold into this one, separated by commas.",
        schema={"type": "string", "pattern": "^(badge_reason|preferences)(,(badge_reason|preferences))?$"},
        example="badge_reason,preferences",
    ),
)


@dataclass(frozen=True, slots=True)
class LookupQuery:
    """Whom to look up, and what to fold in."""

    address: Phone | ProviderId
    include: frozenset[Include]

    @staticmethod
    def read(request: Request, settings: Settings) -> LookupQuery:
        """Raises `Invalid` naming the parameter to mend."""
        address = read_address(request.one("phone"), request.one("provider_customer_id"), settings)
        return LookupQuery(address, _include(request.one("include")))


class Balance(TypedDict):
    spendable_minor: int
    """What the customer can spend now, in minor units."""
    locked_promo_minor: int
    """Promotional credit that awaits register-to-claim; never spendable yet."""
    currency: str
    """ISO 4217."""


class ActivityData(TypedDict):
    lifetime_spend_minor: int
    """Net of refunds."""
    visit_count: int
    """Completed purchases, ever."""
    visit_count_last_90d: int
    """Completed purchases of the 90 days before `fetched_at`, exact to the second."""
    last_visit_at: Instant | None


class Customer(TypedDict):
    name: str | None
    phone: str
    """E.164."""
    state: State
    member_since: Instant | None
    balance: Balance
    activity: ActivityData
    badge: Badge


class UnclaimedCashback(TypedDict):
    amount_minor: int
    currency: str
    expires_at: Instant | None
    """When the first part of it expires; null where none does."""


class Measures(TypedDict):
    visit_count: int
    visit_count_last_90d: int
    lifetime_spend_minor: int


class ThresholdsData(TypedDict):
    vip_visits_90d: int
    vip_lifetime_spend_minor: int
    regular_visits: int


class BadgeReasonData(TypedDict):
    badge: Badge
    rule: Rule
    """The first rule that fitted."""
    measures: Measures
    thresholds: ThresholdsData
    gaps: dict[str, dict[str, int]]
    """Per higher tier and measure, what is missing; closing any one gap of a tier reaches it."""


class LookupData(TypedDict):
    status: Status
    """Branch the panel on this. A stranger is `not_found`, at HTTP 200."""
    customer: Customer | None
    unclaimed_cashback: UnclaimedCashback | None
    """The money waiting for a customer who has never verified; non-null when `pending_proof`."""
    badge_reason: NotRequired[BadgeReasonData | None]
    """Only with `include=badge_reason`."""
    preferences: NotRequired[Flat | None]
    """Only with `include=preferences`."""
    branch_id: str | None
    """The caller's branch, from its token."""
    fetched_at: Instant


def lookup_data(
    status: Status,
    profile: Profile | None,
    include: frozenset[Include],
    settings: Settings,
    branch: str | None,
    now: datetime,
) -> LookupData:
    """The answer, about a customer or about nobody."""
    reason = explain_badge(profile.activity, settings.badge, now) if profile else None
    data: LookupData = {
        "status": status,
        "customer": customer_data(profile, reason) if profile and reason else None,
        "unclaimed_cashback": unclaimed(profile) if profile and status == "pending_proof" else None,
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
        raise Invalid("include", f"takes {', '.join(INCLUDES)}, each once, separated by commas")
    return chosen


def customer_data(profile: Profile, reason: BadgeReason) -> Customer:
    """The customer as the panel shows them. `reason` is that of their badge."""
    activity = profile.activity
    return {
        "name": profile.name,
        "phone": profile.phone.e164,
        "state": profile.state,
        "member_since": show_instant(profile.member_since) if profile.member_since else None,
        "balance": {
            "spendable_minor": profile.spendable_minor,
            "locked_promo_minor": profile.locked_promo_minor,
            "currency": profile.currency,
        },
        "activity": {
            "lifetime_spend_minor": activity.lifetime_spend_minor,
            "visit_count": activity.visit_count,
            "visit_count_last_90d": reason.visit_count_last_90d,
            "last_visit_at": show_instant(activity.last_visit_at) if activity.last_visit_at else None,
        },
        "badge": reason.badge,
    }


def unclaimed(profile: Profile) -> UnclaimedCashback:
    """The money that waits for who has not verified yet."""
    return {
        "amount_minor": profile.locked_promo_minor,
        "currency": profile.currency,
        "expires_at": show_instant(profile.locked_until) if profile.locked_until else None,
    }


def badge_reason_data(reason: BadgeReason) -> BadgeReasonData:
    """The badge, and all that it was decided by."""
    limits: Thresholds = reason.thresholds
    return {
        "badge": reason.badge,
        "rule": reason.rule,
        "measures": {
            "visit_count": reason.visit_count,
            "visit_count_last_90d": reason.visit_count_last_90d,
            "lifetime_spend_minor": reason.lifetime_spend_minor,
        },
        "thresholds": {
            "vip_visits_90d": limits.vip_visits_90d,
            "vip_lifetime_spend_minor": limits.vip_lifetime_spend_minor,
            "regular_visits": limits.regular_visits,
        },
        "gaps": {tier: dict(gap) for tier, gap in reason.gaps.items()},
    }
