"""Stats: the answer, with the definition of every number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.domain.stats.active_days import first_active_day
from customers.domain.stats.enterprise_totals import NOTHING, Base, Period, Sums, added_up, average_basket
from customers.domain.time_zones import local_date, midnight
from customers.wire.http.schema import Described, Format, Instant, TypedDict

if TYPE_CHECKING:
    from customers.domain.customers.badge import Badge


class CustomersData(TypedDict):
    registered: int
    """Customers with a verified phone who are not disabled."""
    pending_proof: int
    """Customers with an unverified phone, including those who never registered."""
    disabled: int
    """Disabled customers. They have no badge and count neither as active nor as returning."""


class BadgesData(TypedDict):
    """Customers who are not disabled, by badge. The sum is `registered` plus `pending_proof`."""

    new: int
    regular: int
    vip: int
    lapsed: int
    """Customers who have visited, but not in the badge window."""


class PeriodData(TypedDict):
    visits: int
    """Completed purchases, counted on the day they occurred. A purchase of 0 counts; a refund does not."""
    spend_minor: int
    """The sum of these purchases, gross: before refunds."""
    refunds: int | None
    """Refunds, counted on the day they occurred. Null for a branch, because a refund names no branch."""
    refunded_minor: int | None
    """The refunded sum. Null for a branch."""
    new_customers: int | None
    """Customers whose `member_since` is in the period, even if disabled later. Null for a branch."""
    average_basket_minor: int | None
    """`spend_minor` divided by `visits`, rounded down to a whole minor unit; null without visits."""


class DayData(TypedDict):
    date: Annotated[str, Format("date")]
    """The day, in `time_zone`."""
    visits: int
    spend_minor: int
    refunds: int | None
    refunded_minor: int | None
    new_customers: int | None
    active_customers: int | None
    """Customers with at least one visit on this day, each counted once, even if disabled or anonymised later. A visit
    is a purchase, or a visit that an import states with its time; a purchase that an import includes is none. We count
    it for the last 90 days, with today: null for a day that began 90 times 24 hours ago or earlier, and for a
    branch."""


_Days = TypedDict(
    "_Days",
    {
        "from": Annotated[str, Format("date"), Described("The first day of the period, in `time_zone`.")],
        "to": Annotated[str, Format("date"), Described("The last day of the period, in `time_zone`, included.")],
    },
)


class StatsData(_Days):
    as_of: Instant
    """When the figures were read. They include a fact usually a second or two after it was applied."""
    badges_as_of: Instant | None
    """The beginning of the day (in `time_zone`) on which the figures were read. The badge window is the 90 days before
    this instant plus the time since. Null for a branch."""
    branch_id: str | None
    """The requested branch; null for the whole enterprise."""
    currency: str
    """ISO 4217, for all money here. All money is in minor units."""
    time_zone: str
    """IANA: the zone of all days here. After a change of it the days are counted again, customer by customer."""
    customers: CustomersData | None
    """All customers as they are now, by status. Null for a branch."""
    badges: BadgesData | None
    """All customers by badge, as of `badges_as_of`. Null for a branch."""
    active_customers: int | None
    """Customers with a visit in the badge window, whatever their badge, as of `badges_as_of`. `days` say who visited
    on each day. Null for a branch."""
    repeat_rate: float | None
    """The share of customers with more than one visit among all customers with a visit who are not disabled: 0 to 1,
    to four places. Null when there are none, and for a branch."""
    spendable_minor: int | None
    """What all customers together can spend now, including disabled ones. Null for a branch."""
    locked_promo_minor: int | None
    """The promotional credit of all customers that is locked at `as_of`. A grant counts until the second of its
    `expires_at`. Null for a branch."""
    unclaimed_cashback_minor: int | None
    """The part of it that belongs to customers in `pending_proof`. Null for a branch."""
    forfeited_promo_minor: int | None
    """What was locked for people when they were hard-deleted. It is in neither of the two above. Null for a branch."""
    period: PeriodData
    """The sums of `days`, from `from` to `to`."""
    days: list[DayData]
    """Every day of the period, including days on which nothing happened."""


def stats_data(
    period: Period,
    days: Mapping[date, Sums],
    base: Base | None,
    active: Mapping[date, Sums],
    branch_id: str | None,
    settings: Settings,
    now: datetime,
) -> StatsData:
    """The answer for the enterprise, or without `base` for a branch. `active` has the active customers by day."""
    whole, zone = base is not None, settings.time_zone
    total = added_up(days)
    first_active = first_active_day(now, zone) if whole else date.max
    return {
        "as_of": show_instant(now),
        "badges_as_of": show_instant(midnight(local_date(now, zone), zone)) if base else None,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "branch_id": branch_id,
        "currency": settings.currency,
        "time_zone": zone,
        "customers": _customers(base) if base else None,
        "badges": _badges(base.badges) if base else None,
        "active_customers": base.active if base else None,
        "repeat_rate": base.repeat_rate if base else None,
        "spendable_minor": base.spendable_minor if base else None,
        "locked_promo_minor": base.locked_minor if base else None,
        "unclaimed_cashback_minor": base.unclaimed_minor if base else None,
        "forfeited_promo_minor": base.forfeited_minor if base else None,
        "period": {
            "visits": total.get("visits", 0),
            "spend_minor": total.get("spend_minor", 0),
            "refunds": total.get("refunds", 0) if whole else None,
            "refunded_minor": total.get("refunded_minor", 0) if whole else None,
            "new_customers": total.get("new_customers", 0) if whole else None,
            "average_basket_minor": average_basket(total),
        },
        "days": [
            _day(day, days.get(day, NOTHING), active.get(day, NOTHING) if day >= first_active else None, whole=whole)
            for day in period
        ],
    }


def _customers(base: Base) -> CustomersData:
    return {"registered": base.registered, "pending_proof": base.pending_proof, "disabled": base.disabled}


def _badges(badges: Mapping[Badge, int]) -> BadgesData:
    return {"new": badges["new"], "regular": badges["regular"], "vip": badges["vip"], "lapsed": badges["lapsed"]}


def _day(day: date, sums: Sums, active: Sums | None, *, whole: bool) -> DayData:
    return {
        "date": day.isoformat(),
        "visits": sums.get("visits", 0),
        "spend_minor": sums.get("spend_minor", 0),
        "refunds": sums.get("refunds", 0) if whole else None,
        "refunded_minor": sums.get("refunded_minor", 0) if whole else None,
        "new_customers": sums.get("new_customers", 0) if whole else None,
        "active_customers": None if active is None else max(0, active.get("active_customers", 0)),
    }
