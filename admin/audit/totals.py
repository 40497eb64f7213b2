"""What the Derived table has and should have: totals, days, badges and search terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from customers.domain.customers.badge import Badge
from customers.domain.stats.contributions import TOTALS, Contributions, Place, difference, is_over
from customers.domain.stats.enterprise_totals import NOTHING, base_on
from customers.store.stats.derived_totals import DerivedTotals


def add(whole: DerivedTotals, share: DerivedTotals) -> None:
    """Add one customer's figures to the enterprise's."""
    for place, counts in share.sums.items():
        whole.add_sum(place, counts)
    for place, counts in share.noted.items():
        whole.noted.setdefault(place, Counter()).update(counts)
    whole.terms += share.terms
    whole.print = (whole.print + share.print) % 2**128


def lacking(expected: DerivedTotals, stored: DerivedTotals, first: date) -> Contributions:
    """What has to be added to the stored sums to make them right.

    Active customers are counted from the day `first` on: sums keep the days before it, and notes do not.
    """
    added: dict[Place, Mapping[str, int]] = {}
    for place in _places(expected, stored, first):
        # What customers add is in their notes, what purchases and refunds add is in their rows.
        should = Counter(expected.sums.get(place, {}))
        should.update(expected.noted.get(place, {}))
        if missing := difference(stored.sums.get(place, {}), should):
            added[place] = missing
    return added


def _places(expected: DerivedTotals, stored: DerivedTotals, first: date) -> list[Place]:
    """Where sums are compared."""
    everywhere = sorted({*expected.sums, *expected.noted, *stored.sums})
    return [place for place in everywhere if not is_over(place, first)]


def differences(expected: DerivedTotals, stored: DerivedTotals, first: date) -> Iterator[str]:
    """What is wrong in the Derived table. Active customers are compared from the day `first` on."""
    for place in _places(expected, stored, first):
        # What customers add is in their notes, what purchases and refunds add is in their rows.
        told, noted = expected.sums.get(place, Counter()), expected.noted.get(place, Counter())
        has = stored.sums.get(place, Counter())
        for name in sorted({*told, *noted, *has}):
            should = told[name] + noted[name]
            if should != has[name]:
                yield f"{_named(place)}: {name} is {has[name]:,} and should be {should:,}"
    if expected.noted != stored.noted:
        yield "notes: some belong to customers who do not exist"
    if (expected.terms, expected.print) != (stored.terms, stored.print):
        yield f"search terms: there are {stored.terms:,} and should be {expected.terms:,}, or some have the wrong phone"


def badge_differences(badges: Mapping[Badge, int], stored: DerivedTotals, today: date) -> Iterator[str]:
    """The badges whose totals differ from the count customer by customer."""
    days = {date.fromisoformat(place.date): counts for place, counts in stored.sums.items() if place.kind == "badges"}
    told = base_on(today, stored.sums.get(TOTALS, Counter()), days, NOTHING).badges
    for badge, count in told.items():
        if count != badges.get(badge, 0):
            yield f"badges on {today}: {badge} is {count:,} and should be {badges.get(badge, 0):,}"


def _named(place: Place) -> str:
    if place == TOTALS:
        return "totals"
    if place.kind == "badges":
        return f"badges that change on {place.date}"
    if place.kind == "active":
        return f"active customers of {place.date}"
    return f"{place.date}, branch {place.branch_id}" if place.branch_id else place.date
