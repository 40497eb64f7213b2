"""The enterprise's stats: a recount of everything."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.model import money, projection
from tests.model.holding import Part
from tests.model.world import World


def stats(world: World, first: datetime, now: datetime) -> dict[str, Any]:
    """From the day of `first` to that of `now`, in UTC."""
    customers = world.customers()
    states = {each: projection.status(world, each) for each in customers}
    counted = [each for each in customers if states[each] != "DISABLED"]
    with_money = [*customers, *(whole for whole, act in world.people.erased.items() if act.outcome == "anonymized")]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    badges = Counter(projection.badge(world, each, midnight - projection.WINDOW) for each in counted)
    visits = {each: projection.visits(world, each) for each in counted}
    counts = [projection.visited(world, each) for each in counted]
    visited, again = sum(each > 0 for each in counts), sum(each > 1 for each in counts)
    days = _days(world, with_money, now)
    return {
        "customers": {
            "registered": sum(each == "VERIFIED" for each in states.values()),
            "pending_proof": sum(each == "PENDING_PROOF" for each in states.values()),
            "disabled": sum(each == "DISABLED" for each in states.values()),
        },
        "badges": {each: badges[each] for each in ("new", "regular", "vip", "lapsed")},
        "active_customers": sum(any(each > midnight - projection.WINDOW for each in at) for at in visits.values()),
        "repeat_rate": round(again / visited, 4) if visited else None,
        "spendable_minor": sum(max(0, money.balance(world.facts_of(each))) for each in with_money),
        "locked_promo_minor": sum(projection.locked(world, each, now) for each in with_money),
        "unclaimed_cashback_minor": sum(
            projection.locked(world, each, now)
            for each in with_money
            if projection.status(world, each) == "PENDING_PROOF"
        ),
        "days": {
            each["date"]: each
            for each in (_day(days, first + timedelta(days=number)) for number in range((now - first).days + 2))
            if any(value for name, value in each.items() if name != "date") and each["date"] <= now.date().isoformat()
        },
    }


def _days(world: World, with_money: list[Part], now: datetime) -> Counter[tuple[str, str]]:
    days: Counter[tuple[str, str]] = Counter()
    for whole in with_money:
        for fact in money.transactions(world.facts_of(whole)):
            date, bought = fact.occurred_at.date().isoformat(), fact.kind == "purchase.completed"
            days[date, "visits" if bought else "refunds"] += 1
            days[date, "spend_minor" if bought else "refunded_minor"] += fact.fields["amount_minor"]
    for whole in with_money:
        since = world.state(whole).member_since
        if since:
            days[since.date().isoformat(), "new_customers"] += 1
        # Each customer once a day, of the days that lie whole in the last 90 times 24 hours.
        for day in {each.date() for each in projection.visits(world, whole)}:
            if datetime.combine(day, time(), UTC) > now - projection.WINDOW:
                days[day.isoformat(), "active_customers"] += 1
    return days


def _day(days: Counter[tuple[str, str]], at: datetime) -> dict[str, Any]:
    date = at.date().isoformat()
    names = ("visits", "spend_minor", "refunds", "refunded_minor", "new_customers", "active_customers")
    return {"date": date, **{name: days[date, name] for name in names}}
