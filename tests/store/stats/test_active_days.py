"""Active customers by day: each customer once a day, whatever was told when, and at whatever time it was counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.customers.visits import MOST_EXACT
from customers.domain.stats.contributions import Contributions, Place
from customers.store.stats.derived_rows import active_attributes, active_days_in
from customers.store.stats.enterprise_stats import EnterpriseStats
from tests.support.books import DERIVED, Books, Town
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.stats.derivation import Derivation

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
PHONES = [LAYLA, OMAR, "+97455003344"]
ZONES = ["UTC", "Asia/Qatar", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"]
SOME = settings(max_examples=settings().max_examples // 5)


@pytest.fixture
def derivation(books: Books) -> Iterator[Derivation]:
    derivation = Derivation(books, NOON)
    yield derivation
    derivation.close()


def buy(books: Books, name: str, at: datetime, phone: str = LAYLA) -> None:
    books.post("purchase.completed", about=phone, purchase_id=name, amount_minor=100, at=at)


def counted(derivation: Derivation, at: datetime) -> int:
    """What stats read of the day (UTC) of an instant."""
    days = EnterpriseStats(derivation.books.client, DERIVED).customer_days(
        derivation.books.enterprise, derivation.now().date()
    )
    return days.active.get(at.date(), {}).get("active_customers", 0)


def note(derivation: Derivation, phone: str = LAYLA) -> dict[str, Any]:
    customer_id = derivation.books.customer(phone).customer_id
    (row,) = [row for row in derivation.books.rows(DERIVED) if row["sk"]["S"] == customer_id and "revision" in row]
    return row


def noted(derivation: Derivation, phone: str = LAYLA) -> list[str]:
    return sorted(place.date for place in active_days_in(note(derivation, phone)))


def test_a_customer_counts_once_a_day(derivation: Derivation, books: Books) -> None:
    for number in range(3):
        buy(books, f"p-{number}", NOON + timedelta(hours=number))
    buy(books, "o-1", NOON, OMAR)
    buy(books, "before", NOON - DAY)
    derivation.reconcile()
    assert [counted(derivation, NOON + number * DAY) for number in (-2, -1, 0, 1)] == [0, 1, 2, 0]
    # A late one, and everything once more.
    buy(books, "late", NOON - 40 * DAY)
    derivation.reconcile()
    derivation.reconcile()
    assert counted(derivation, NOON - 40 * DAY) == 1
    assert derivation.is_right()


def test_a_purchase_that_was_on_another_day_moves(derivation: Derivation, books: Books) -> None:
    buy(books, "p-1", NOON - 3 * DAY)
    derivation.reconcile()
    books.post("purchase.completed", purchase_id="p-1", amount_minor=100, at=NOON - DAY)
    derivation.reconcile()
    assert [counted(derivation, NOON - number * DAY) for number in (3, 1)] == [0, 1]
    assert derivation.is_right()


def test_who_is_disabled_later_was_active_then(derivation: Derivation, books: Books) -> None:
    buy(books, "p-1", NOON)
    books.post("customer.disabled", at=NOON)
    derivation.reconcile()
    assert counted(derivation, NOON) == 1
    assert derivation.is_right()


def test_a_refund_and_money_alone_make_nobody_active(derivation: Derivation, books: Books) -> None:
    books.post("balance.topped_up", at=NOON)
    books.post("purchase.refunded", at=NOON)
    derivation.reconcile()
    assert counted(derivation, NOON) == 0
    assert derivation.is_right()


def test_the_ninetieth_day_is_read_and_the_one_before_is_over(derivation: Derivation, books: Books) -> None:
    first = NOON - 89 * DAY
    buy(books, "first", first)
    buy(books, "over", first - DAY)
    derivation.reconcile()
    assert (counted(derivation, first), counted(derivation, first - DAY)) == (1, 0)
    assert noted(derivation) == [first.date().isoformat()]
    assert derivation.is_right()


def test_a_day_that_is_over_stays_in_the_sums_and_leaves_the_note_a_week_later(
    derivation: Derivation, books: Books
) -> None:
    buy(books, "p-1", NOON)
    derivation.reconcile()
    for days, left in ((89, True), (96, True), (97, False)):
        derivation.stopped = NOON + days * DAY
        buy(books, f"p-{days}", derivation.now())
        derivation.reconcile()
        assert (NOON.date().isoformat() in noted(derivation)) is left
        assert derivation.is_right()
    rows = [row for row in books.rows(DERIVED) if row["pk"]["S"].endswith("#badges")]
    # Nobody takes it back. Each of the four visits is one.
    assert sum(int(value["N"]) for row in rows for name, value in row.items() if name[1] == "d") == 4


def test_a_slow_clock_does_not_count_a_day_twice(derivation: Derivation, books: Books) -> None:
    """One process is beyond midnight and forgets the oldest day; another is not, and still counts it."""
    midnight = NOON.replace(hour=0)
    buy(books, "oldest", midnight - 89 * DAY)
    derivation.stopped = midnight + timedelta(seconds=1)
    derivation.reconcile()
    for seconds in (-1, 86_401, 86_399, 86_401):
        derivation.stopped = midnight + timedelta(seconds=seconds)
        buy(books, f"p{seconds}", midnight - DAY)
        derivation.reconcile()
        assert derivation.is_right()
    derivation.stopped = midnight
    assert counted(derivation, midnight - 89 * DAY) == 1


def test_more_visits_than_a_row_has_exactly_are_days_all_the_same(derivation: Derivation, books: Books) -> None:
    books.post(
        "customer.imported",
        visit_count=MOST_EXACT,
        visits=[(NOON - DAY + timedelta(seconds=number)).isoformat() for number in range(MOST_EXACT)],
    )
    buy(books, "older", NOON - 5 * DAY)
    buy(books, "newer", NOON)
    derivation.reconcile()
    assert books.customer().activity.recent.by_day
    assert [counted(derivation, NOON - number * DAY) for number in (5, 1, 0)] == [1, 1, 1]


def test_every_day_of_an_import_is_one_transaction(derivation: Derivation, books: Books) -> None:
    visits = [NOON - number * DAY for number in range(90)]
    books.post("customer.imported", visit_count=90, visits=[each.isoformat() for each in reversed(visits)])
    derivation.reconcile()
    assert int(note(derivation)["revision"]["N"]) == 1
    assert {counted(derivation, each) for each in visits} == {1}
    assert len(active_attributes({Place.active(each.date().isoformat()): {} for each in visits})["active"]["B"]) <= 15
    assert derivation.is_right()


DATES = st.dates(NOON.date() - 400 * DAY, NOON.date())


@given(st.sets(DATES, max_size=20))
def test_a_note_has_the_days_that_were_written(days: set[Any]) -> None:
    figures: Contributions = {Place.active(day.isoformat()): {"active_customers": 1} for day in days}
    assert active_days_in(active_attributes(figures)) == figures


STEP = st.one_of(
    st.tuples(st.just("visit"), st.sampled_from(PHONES), st.integers(0, 5), st.integers(-100 * 24, 23)),
    st.tuples(st.just("wait"), st.integers(1, 60 * 24)),
    st.tuples(st.just("zone"), st.sampled_from(ZONES)),
    st.tuples(st.just("reconcile")),
)


@SOME
@given(st.lists(STEP, min_size=2, max_size=25))
def test_whenever_it_is_counted_every_day_has_the_customers_who_came(town: Town, steps: list[tuple[Any, ...]]) -> None:
    """By the purchases that were told, and nothing that is stored. A purchase that is told again is a later one."""
    books, zone, told = town.newcomer(), "UTC", dict[tuple[str, int], datetime]()
    derivation = Derivation(books, NOON)
    for number, step in enumerate(steps):
        match step:
            case "visit", phone, name, hours:
                at = max(derivation.now() + timedelta(hours=hours), told.get((phone, name), NOON - 400 * DAY))
                told[phone, name] = at
                buy(books, f"{phone}-{name}", at, phone)
            case "wait", hours:
                derivation.stopped = derivation.now() + timedelta(hours=hours)
            case "zone", zone:
                at = NOON + timedelta(seconds=number)
                books.registry.post(enterprise_fact("enterprise.configured", books.enterprise, time_zone=zone, at=at))
                derivation.reconcile()
            case _:
                derivation.reconcile()
    derivation.reconcile()
    now = derivation.now()
    came = {(phone, at.astimezone(ZoneInfo(zone)).date()) for (phone, _), at in told.items()}
    begins = {day: datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for _, day in came}
    expected = Counter(day for _, day in came if begins[day] > now - 90 * DAY)
    today = now.astimezone(ZoneInfo(zone)).date()
    read = EnterpriseStats(books.client, DERIVED).customer_days(books.enterprise, today).active
    begun = {day: datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) for day in read}
    assert {
        day: counts["active_customers"]
        for day, counts in read.items()
        if begun[day] > now - 90 * DAY and counts["active_customers"]
    } == expected
    assert derivation.is_right()
    derivation.close()
