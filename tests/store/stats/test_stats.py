"""Sums as stats read them: equal to a recount, at a cost that grows with days alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.catalogue.admin import STATS
from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Thresholds
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.domain.stats.contributions import Contributions, Place, contributions_of
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.enterprise_totals import Base, Period, added_up, base_on
from customers.domain.time_zones import midnight
from customers.store.dynamodb.items import Item
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.store.stats.shards import FEW, SHARDS
from customers.store.stats.sum_rows import BLOCK, first_of_block, rows_of, sums_of
from customers.wire.stats.query import MAX_DAYS
from tests.support.books import DERIVED, Books, Town, calls, interrupting
from tests.support.capacity.meter import size
from tests.support.facts import LAYLA, NOON, OMAR, Told, detail, enterprise_fact
from tests.support.stats.derivation import Derivation

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
TODAY = NOON.date()
YEAR = Period(TODAY - (MAX_DAYS - 1) * DAY, TODAY)
WEEK = Period(TODAY - 6 * DAY, TODAY)
MEGABYTE = 2**20
SOME = settings(max_examples=settings().max_examples // 10)


@pytest.fixture
def sums(books: Books) -> Iterator[EnterpriseStats]:
    yield EnterpriseStats(books.client, DERIVED)
    Derivation(books).close()


def base_of(books: Books, today: date = TODAY) -> Base:
    sums = EnterpriseStats(books.client, DERIVED)
    return base_on(
        today,
        sums.totals(books.enterprise),
        sums.customer_days(books.enterprise, today).badges,
        sums.locked(books.enterprise, midnight(today)),
    )


# ---------------------------------------------------------------------------------------- equal to a recount

OFFSETS = st.builds(
    lambda days, seconds: timedelta(days=days, seconds=seconds),
    st.integers(-120, 1),
    st.sampled_from([-43_201, -43_200, -43_199, 0]),
)
LIMITS = st.fixed_dictionaries(
    {
        "vip_visits_90d": st.integers(1, 4),
        "vip_lifetime_spend_minor": st.integers(1, 60),
        "regular_visits": st.integers(1, 4),
    }
)
KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "purchase.completed": st.fixed_dictionaries(
        {
            "amount_minor": st.integers(0, 20),
            "purchase_id": st.sampled_from([f"p-{number}" for number in range(9)]),
            "branch_id": st.sampled_from([None, "north-1", "south-1"]),
        }
    ),
    "purchase.refunded": st.fixed_dictionaries({"amount_minor": st.integers(0, 20), "refund_id": st.just("r-1")}),
    "customer.registered": st.fixed_dictionaries({"name": st.just("Layla")}),
    "customer.disabled": st.just({}),
    "customer.enabled": st.just({}),
    "customer.verified": st.just({}),
    "balance.topped_up": st.fixed_dictionaries({"amount_minor": st.integers(0, 20)}),
    "promo.granted": st.fixed_dictionaries({"amount_minor": st.integers(0, 20), "grant_id": st.just("g-1")}),
}
PHONES = [LAYLA, OMAR, "+97455003344"]


@st.composite
def facts(draw: st.DrawFn) -> list[Told]:
    """What is said of a few customers, mostly of visits."""
    kinds = [*["purchase.completed"] * 12, *KINDS]
    told = []
    for number in range(draw(st.integers(1, 12))):
        kind, at = draw(st.sampled_from(kinds)), NOON + draw(OFFSETS)
        about = draw(st.sampled_from(PHONES))
        told.append((kind, detail(kind, about=about, at=at, fact_id=f"fact-{number:02}", **draw(KINDS[kind]))))
    return told


@SOME
@given(facts(), LIMITS, st.data())
def test_whatever_happened_the_numbers_are_those_of_a_recount_on_any_later_day(
    town: Town, history: list[Told], limits: dict[str, int], data: st.DataObject
) -> None:
    books = town.newcomer()
    books.registry.post(enterprise_fact("enterprise.configured", books.enterprise, badge=limits))
    derivation = Derivation(books, NOON)
    early = data.draw(st.integers(0, len(history)))
    for told in history[:early]:
        books.tell_together([told])
    derivation.reconcile()
    for told in history[early:]:
        books.tell_together([told])
    derivation.reconcile()
    assert derivation.is_right()
    today = TODAY + data.draw(st.integers(0, 120)) * DAY
    _compare(books, base_of(books, today), today, Thresholds(**limits))
    _compare_days(derivation)
    derivation.close()


def _compare(books: Books, base: Base, today: date, limits: Thresholds) -> None:
    """With each customer's own row, read one by one."""
    everybody = [profile for phone in PHONES if (profile := books.find(phone))]
    people = [each for each in everybody if not each.disabled]
    badges = Counter(explain_badge(each.activity, limits, midnight(today)).badge for each in people)
    assert base.badges == {badge: badges[badge] for badge in ("new", "regular", "vip", "lapsed")}
    visited = [each for each in people if each.activity.visit_count]
    assert base.active == sum(each.activity.visits_within_window(midnight(today)) > 0 for each in visited)
    again = sum(each.activity.visit_count > 1 for each in visited)
    assert base.repeat_rate == (round(again / len(visited), 4) if visited else None)
    states = Counter(each.state for each in everybody)
    assert (base.registered, base.pending_proof, base.disabled) == (
        states["VERIFIED"],
        states["PENDING_PROOF"],
        states["DISABLED"],
    )
    assert base.spendable_minor == sum(each.spendable_minor for each in everybody)
    assert base.locked_minor == sum(each.locked.at(midnight(today)) for each in everybody)
    assert base.unclaimed_minor == sum(
        each.locked.at(midnight(today)) for each in everybody if each.state == "PENDING_PROOF"
    )


def _compare_days(derivation: Derivation) -> None:
    books, recounted = derivation.books, derivation.recount().days
    sums = EnterpriseStats(books.client, DERIVED)
    for branch in ("", "north-1", "south-1", "nowhere"):
        expected = {date.fromisoformat(day): counts for (day, of), counts in recounted.items() if of == branch}
        found = sums.days(books.enterprise, YEAR_AND_MORE, branch or None)
        assert {day: dict(+Counter(counts)) for day, counts in found.items() if any(counts.values())} == expected


YEAR_AND_MORE = Period(TODAY - 200 * DAY, TODAY + 2 * DAY)


def test_a_period_begins_with_its_first_day_and_ends_with_its_last(books: Books, sums: EnterpriseStats) -> None:
    for day in range(-2, 3):
        books.post("purchase.completed", at=NOON + day * DAY, amount_minor=100 + day, branch_id="north-1")
    Derivation(books).reconcile()
    period = Period(TODAY - DAY, TODAY + DAY)
    for branch in (None, "north-1"):
        found = sums.days(books.enterprise, period, branch)
        assert found.keys() == {TODAY - DAY, TODAY, TODAY + DAY}
        assert added_up(found) == {"visits": 3, "spend_minor": 300}
    assert sums.days(books.enterprise, period, "north") == {}


def test_another_enterprise_has_its_own_sums(town: Town) -> None:
    busy, quiet = town.newcomer(), town.newcomer()
    busy.post("purchase.completed", branch_id="north-1")
    Derivation(busy).reconcile()
    sums = EnterpriseStats(quiet.client, DERIVED)
    assert (sums.totals(quiet.enterprise), sums.customer_days(quiet.enterprise, TODAY).badges) == ({}, {})
    assert sums.days(quiet.enterprise, WEEK, None) == sums.days(quiet.enterprise, WEEK, "north-1") == {}
    Derivation(busy).close()


# ------------------------------------------------------------------------------------------------ what it costs


def fill(books: Books, customers: int, days: Period) -> None:
    """The sums of so many customers, who came on all days in turn: written as rows, without the facts behind them."""
    sums: dict[int, defaultdict[Place, Counter[str]]] = {shard: defaultdict(Counter) for shard in range(FEW)}
    dates = list(days)
    for number in range(customers):
        at = datetime.combine(dates[number % len(dates)], NOON.timetz())
        profile = Profile(
            "usr_1", Phone(LAYLA), "QAR", verified=True, member_since=at, activity=NO_ACTIVITY.visited(at, 100)
        )
        for place, counts in contributions_of(profile, CountingRules(), NOON).items():
            sums[number % FEW][place].update(counts)
    for number, day in enumerate(dates):
        sums[number % FEW][Place.day(day.isoformat())].update({"visits": 1, "spend_minor": 100})
    puts: list[Any] = [
        {"PutRequest": {"Item": row}} for shard, held in sums.items() for row in sum_rows(books.enterprise, held, shard)
    ]
    for start in range(0, len(puts), 25):
        books.client.batch_write_item(RequestItems={DERIVED: puts[start : start + 25]})


def sum_rows(enterprise: str, sums: Contributions, shard: int = 0) -> list[Item]:
    return [
        {**key, **{name: {"N": str(value)} for name, value in counters.items()}}
        for key, counters in rows_of(enterprise, sums, shard)
    ]


@pytest.mark.parametrize("customers", [10, 10_000])
@pytest.mark.parametrize("period", [WEEK, YEAR], ids=["week", "year"])
def test_as_many_requests_as_the_budget_however_many_customers(
    books: Books, sums: EnterpriseStats, customers: int, period: Period
) -> None:
    fill(books, customers, period)
    with calls(books.client) as asked:
        base = base_of(books)
        days = sums.days(books.enterprise, period, None)
    assert asked == ["Query"] * STATS.budget == ["Query"] * 5
    assert base.registered == customers
    assert len(days) == len(period)
    assert added_up(days)["new_customers"] == customers
    with calls(books.client) as asked:
        sums.days(books.enterprise, period, "north-1")
    assert asked == ["Query"]


def _bytes(row: Item) -> int:
    """By DynamoDB's rules: names and texts in UTF-8, a number a byte for two digits and one more."""
    written = [(name, kind, text) for name, value in row.items() for kind, text in value.items()]
    return sum(len(name) + (len(text) // 2 + 2 if kind == "N" else len(text)) for name, kind, text in written)


def test_a_years_days_fit_one_page_and_so_do_the_days_of_badges() -> None:
    """With the longest ids and big figures: what one of the rows holds of a day."""
    enterprise = "e" * 64
    day = {"visits": 10**5, "spend_minor": 10**10, "refunds": 10**4, "refunded_minor": 10**9, "new_customers": 10**4}
    (row,) = sum_rows(enterprise, {Place.day("2026-06-01"): day})
    assert _bytes(row) * SHARDS * MAX_DAYS < MEGABYTE
    # Ids of branches are told to be UUIDs; one of 64 characters may cost a second page, and a branch has the budget.
    there = Place.day("2026-06-01", "b" * 36)
    (branch,) = sum_rows("e" * 36, {there: {"visits": 10**5, "spend_minor": 10**10}})
    assert _bytes(branch) * SHARDS * MAX_DAYS < MEGABYTE
    every = dict.fromkeys(("new", "regular", "vip", "vip_over_new", "vip_over_regular"), 10**6)
    (badges,) = sum_rows(enterprise, dict.fromkeys(_block(date(2026, 6, 1)), every))
    assert _bytes(badges) * SHARDS * 4 < MEGABYTE


def _block(day: date) -> list[Place]:
    """All badge days of a row."""
    first = date.fromisoformat(first_of_block(day))
    return [Place.badges((first + number * timedelta(days=1)).isoformat()) for number in range(BLOCK)]


def _visited_before(badges: Place) -> Place:
    """The day of which the active customers are in the same row as the badges of a day."""
    return Place.active((date.fromisoformat(badges.date) - timedelta(days=91)).isoformat())


def test_the_badge_days_of_a_row_make_a_kilobyte_and_no_more() -> None:
    """Of a busy enterprise: a write to the row then costs one unit."""
    counters = {"new": 1000, "regular": 1000, "vip": 1000, "vip_over_regular": 100}
    days = _block(date(2026, 6, 1))
    came = {_visited_before(day): {"active_customers": 1000} for day in days}
    (row,) = sum_rows("e" * 36, {**dict.fromkeys(days, counters), **came})
    assert len(row) == 2 + BLOCK * 5
    assert size(row) <= 1024


def test_a_row_says_which_badge_day_each_counter_is_of() -> None:
    sums = {
        place: {"new": number, "vip_over_new": number + 1}
        for number, place in enumerate(_block(date(2026, 6, 1)) + _block(date(2026, 8, 1)), 1)
    }
    sums |= {_visited_before(place): {"active_customers": counts["new"] + 2} for place, counts in sums.items()}
    rows = sum_rows("acme", sums)
    assert len(rows) == 2
    assert {place: counts for row in rows for place, counts in sums_of(row).items()} == sums


def test_the_days_that_are_read_are_in_four_rows_at_most() -> None:
    for number in range(2 * BLOCK):
        today = date(2026, 6, 1) + number * timedelta(days=1)
        assert len({first_of_block(today + each * timedelta(days=1)) for each in range(1, 93)}) <= 4


def test_days_that_are_over_are_left_out(books: Books, sums: EnterpriseStats) -> None:
    days = _block(date(2026, 6, 1))
    for row in sum_rows(books.enterprise, {day: {"vip": 1} for day in days}):
        books.client.put_item(TableName=DERIVED, Item=row)
    for number, day in enumerate(days):
        read = sums.customer_days(books.enterprise, date.fromisoformat(day.date)).badges
        assert [each.isoformat() for each in read] == [each.date for each in days[number + 1 :]]


def test_more_than_a_page_is_read_to_its_end(books: Books, sums: EnterpriseStats) -> None:
    fill(books, 40, WEEK)
    whole = sums.days(books.enterprise, WEEK, None)
    client = interrupting("before-call.dynamodb.Query", lambda: None)

    def cut(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = 5

    client.meta.events.register("provide-client-params.dynamodb.Query", cut)
    assert EnterpriseStats(client, DERIVED).days(books.enterprise, WEEK, None) == whole


def test_a_table_that_does_not_answer_is_unavailable(books: Books) -> None:
    def hang() -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with pytest.raises(Unavailable):
        EnterpriseStats(interrupting("before-call.dynamodb.Query", hang), DERIVED).totals(books.enterprise)


def test_what_was_noted_before_there_were_days_and_badges_is_completed(books: Books, derivation: Derivation) -> None:
    """A note of the totals alone, as earlier versions wrote it, gets the rest at its next turn."""
    books.post("purchase.completed")
    (change,) = [each for each in derivation.all() if each.transaction is None]
    derivation.reconcile()
    (note,) = [row for row in books.rows(DERIVED) if row["sk"]["S"] == change.customer_id and "revision" in row]
    assert note["badges"]["M"].keys() == {"2024-08-31"}
    derivation.put(DERIVED, {name: value for name, value in note.items() if name != "badges"})
    for row in books.rows(DERIVED):
        if row["pk"]["S"].endswith("#badges"):
            derivation.delete(DERIVED, row)
    derivation.reconcile(change)
    assert derivation.is_right()


def test_the_totals_say_who_has_come_again(books: Books, derivation: Derivation) -> None:
    for phone in (LAYLA, LAYLA, OMAR):
        books.post("purchase.completed", about=phone)
    derivation.reconcile()
    totals = EnterpriseStats(books.client, DERIVED).totals(books.enterprise)
    assert (totals["visited"], totals["visited_again"]) == (2, 1)
