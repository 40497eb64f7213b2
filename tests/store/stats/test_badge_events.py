"""Changes of badges are in the outbox: once, in their order, whatever is retried and however often a run is stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

import pytest

from customers.domain.enterprise import Thresholds
from customers.domain.stats.badge_changes import NotedBadge
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef, Due
from customers.store.stats.badge_rows import badge_attributes, due_partition, noted_badge_of
from tests.support.books import DERIVED, Books, Town, interrupting
from tests.support.crashes import Crash, crash_at
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.stats.days import DAY, LAPSES, Days

pytestmark = pytest.mark.slow

PHONES = (LAYLA, OMAR)


@pytest.fixture
def days(books: Books) -> Iterator[Days]:
    days = Days(books)
    yield days
    days.derivation.close()


def test_a_fact_that_changes_a_badge_is_an_event_and_its_retry_is_none(days: Days) -> None:
    for number in range(3):
        days.buy(LAYLA, number, NOON + number * DAY)
    days.settle(NOON + 2 * DAY)
    days.settle(NOON + 2 * DAY)
    assert days.told() == [("new", "regular", "fact", "2024-06-03")]


def test_time_alone_is_an_event_of_the_day_and_the_day_is_done_once(days: Days) -> None:
    days.buy(LAYLA, 1, NOON)
    days.settle(NOON)
    assert days.look(LAPSES - DAY) == 0
    assert days.look(LAPSES) == 1
    assert days.look(LAPSES) == 0
    assert days.told() == [("new", "lapsed", "time", "2024-08-31")]
    assert days.listed() == []


def test_a_later_visit_leaves_the_list_alone_and_the_look_moves_the_customer(days: Days) -> None:
    days.buy(LAYLA, 1, NOON)
    days.settle(NOON)
    listed = days.listed()
    days.buy(LAYLA, 2, NOON + 10 * DAY)
    days.settle(NOON + 10 * DAY)
    assert days.listed() == listed
    assert days.look(LAPSES) == 1
    assert days.told() == []
    assert [key.split("#")[0] for key in days.listed()] == ["2024-09-10"]


def test_other_thresholds_are_the_cause(days: Days) -> None:
    days.buy(LAYLA, 1, NOON)
    days.settle(NOON)
    badge = {"vip_visits_90d": 1}
    days.books.registry.post(enterprise_fact("enterprise.configured", days.books.enterprise, badge=badge, at=NOON))
    days.settle(NOON)
    assert days.told() == [("new", "vip", "thresholds", "2024-06-01")]


def test_who_is_disabled_has_no_badge_until_enabled(days: Days) -> None:
    days.buy(LAYLA, 1, NOON)
    days.settle(NOON)
    days.books.post("customer.disabled", at=NOON + DAY)
    days.settle(NOON + DAY)
    days.books.post("customer.enabled", at=NOON + 2 * DAY)
    days.settle(NOON + 2 * DAY)
    assert days.told() == [("new", None, "fact", "2024-06-02"), (None, "new", "fact", "2024-06-03")]
    assert [each["change"] for each in days.events()] == [1, 2]


def test_the_events_of_each_day_are_the_difference_of_the_stats_badges(days: Days) -> None:
    days.settle(NOON)
    before, joined, seen = days.badges(NOON), Counter[str](), 0
    visits = [(LAYLA, 0), (LAYLA, 1), (LAYLA, 2), (OMAR, 2), (LAYLA, 40), (OMAR, 100), (OMAR, 101), (OMAR, 102)]
    found: set[str] = set()
    for day in range(200):
        now = NOON + day * DAY
        for number, (phone, _) in enumerate(visits):
            if visits[number][1] == day:
                days.buy(phone, number, now)
                joined = Counter({"new": int(phone not in found)})
                found.add(phone)
        if joined or any(at == day for _, at in visits):
            days.settle(now)
        days.look(now)
        events, after = days.events(), days.badges(now)
        moved = Counter(joined)
        for event in (each for each in events if each["day"] == now.date().isoformat()):
            moved[event["from"]] -= 1
            moved[event["to"]] += 1
        moved = Counter({name: count for name, count in moved.items() if count})
        after.subtract(before)
        assert {name: count for name, count in after.items() if count} == dict(moved)
        before, joined, seen = days.badges(now), Counter(), len(events)
    assert seen == 6


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_look_that_is_stopped_at_any_call_tells_everybody_once(town: Town, moment: str) -> None:
    number, more = 1, True
    while more:
        days = Days(town.newcomer())
        for phone in PHONES:
            days.buy(phone, 1, NOON)
        days.settle(NOON)
        whole = days.derivation.derived
        days.derivation.derived = days.deriver(interrupting(f"{moment}.dynamodb", crash_at(number)))
        try:
            days.look(LAPSES)
            more = False
        except Crash:
            days.derivation.derived = whole
            days.look(LAPSES)
        assert [each[:3] for each in days.told()] == [("new", "lapsed", "time")] * 2
        assert len({each["event_id"] for each in days.events()}) == 2
        assert days.listed() == []
        days.derivation.close()
        number += 1
    assert number > 5


def test_the_same_change_has_the_same_id_even_if_everything_derived_was_lost_on_that_day(days: Days) -> None:
    for number in range(3):
        days.buy(LAYLA, number, NOON)
    days.settle(NOON)
    (event,) = days.events()
    days.derivation.close()
    days.settle(NOON)
    assert days.events() == [event]


def test_a_day_is_looked_at_in_pages_and_one_who_fails_holds_nobody_up(days: Days) -> None:
    enterprise = days.books.enterprise
    ids = [f"usr_{number:032x}" for number in range(250)]
    for customer_id in ids:
        key = {"pk": {"S": due_partition(enterprise, "7")}, "sk": {"S": f"2024-08-31#{customer_id}"}}
        days.derivation.put(DERIVED, key)
    days.derivation.put(DERIVED, {"pk": {"S": due_partition(enterprise, "7")}, "sk": {"S": "2024-09-01#usr_1"}})
    found, sizes = list[CustomerRef](), list[int]()
    (rest,) = days.derivation.pages.due_buckets(days.due(LAPSES))
    following: Due | None = rest
    while following:
        page, following = days.derivation.pages.due_page(following)
        found += page
        sizes.append(len(page))
    assert [each.customer_id for each in found] == ids
    assert sizes[:2] == [100, 100]


def test_every_threshold_is_noted() -> None:
    """A threshold that the note does not hold would change badges without a cause."""
    rules = CountingRules(Thresholds(**{each.name: 7 + n for n, each in enumerate(fields(Thresholds))}), "Asia/Qatar")
    noted = NotedBadge("vip", NOON.date(), rules, 3, LAPSES.date())
    assert noted_badge_of(badge_attributes(noted)) == noted
