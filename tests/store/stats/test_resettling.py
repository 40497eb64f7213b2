"""Badges begin elsewhere: all customers are settled again, and none stays counted by the settings of before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from customers.domain.stats.customer_refs import Bucket, buckets
from tests.support.books import Books, Town, calls, interrupting
from tests.support.crashes import WRITE, Crash, crash_at
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.stats.derivation import Derivation, deriver
from tests.support.thorough import first

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
BEFORE = {"vip_lifetime_spend_minor": 1000, "regular_visits": 9}
AFTER = {"vip_lifetime_spend_minor": 5000, "regular_visits": 9}


def configure(books: Books, badge: dict[str, int], day: int = 0) -> None:
    books.registry.post(enterprise_fact("enterprise.configured", books.enterprise, badge=badge, at=NOON + day * DAY))


def resettle(derivation: Derivation, enterprise: str) -> None:
    """As the queue does it, bucket by bucket and page by page."""
    waiting = buckets(enterprise)
    while waiting:
        page, rest = derivation.pages.bucket_page(waiting.pop())
        assert derivation.derived.reconcile(page) == {}
        waiting += [rest] if rest else []


def purchase(books: Books, amount: int, about: str = LAYLA) -> None:
    books.post("purchase.completed", about=about, amount_minor=amount)


# What was settled, and what has happened since, when the settings change.
Act = Callable[[Books, Derivation], None]
SITUATIONS: dict[str, Act] = {}


def situation(act: Act) -> Act:
    SITUATIONS[act.__name__] = act
    return act


@situation
def nobody_is_noted_yet(books: Books, derivation: Derivation) -> None:
    purchase(books, 2000)


@situation
def somebody_is_vip_by_the_old_settings_alone(books: Books, derivation: Derivation) -> None:
    purchase(books, 2000)
    derivation.reconcile()
    books.post("balance.topped_up")


@situation
def what_is_noted_is_right_again_by_the_new_settings(books: Books, derivation: Derivation) -> None:
    """Who becomes vip by the old settings, and by the new ones is what the note says already."""
    purchase(books, 300)
    purchase(books, 300)
    derivation.reconcile()
    purchase(books, 1500)


def prepared(town: Town, name: str) -> Derivation:
    books = town.newcomer()
    configure(books, BEFORE)
    derivation = Derivation(books)
    SITUATIONS[name](books, derivation)
    return derivation


@pytest.mark.parametrize("name", SITUATIONS)
def test_all_are_counted_by_the_settings_of_now(town: Town, name: str) -> None:
    derivation = prepared(town, name)
    books = derivation.books
    purchase(books, 2000, OMAR)
    derivation.reconcile()
    assert derivation.held().badges["2024-08-31"]["vip"] == 2
    configure(books, AFTER, 1)
    resettle(derivation, books.enterprise)
    assert derivation.is_right()
    assert derivation.held().badges == {"2024-08-31": {"new": 2}}
    derivation.close()


@pytest.mark.parametrize("name", first(1, SITUATIONS))
def test_whatever_a_deriver_is_held_up_before_the_new_settings_hold_in_the_end(town: Town, name: str) -> None:
    """At each of its calls the settings change, and everybody is settled by the new ones, before it goes on."""
    untroubled = prepared(town, name)
    changes = untroubled.all()
    with calls(untroubled.books.client) as asked:
        untroubled.reconcile(*changes)
    untroubled.close()
    assert "TransactWriteItems" in asked
    for held_up in range(len(asked)):
        derivation, so_far = prepared(town, name), list[None]()
        books = derivation.books

        def change(books: Books = books, so_far: list[None] = so_far, held_up: int = held_up) -> None:
            so_far.append(None)
            if len(so_far) == held_up + 1:
                configure(books, AFTER, 1)
                resettle(Derivation(books), books.enterprise)

        slow = deriver(interrupting("before-call.dynamodb", change))
        assert slow.reconcile(derivation.all()) == {}
        assert len(so_far) > held_up
        assert derivation.is_right()
        assert derivation.held().badges == {"2024-08-31": {"new": 1}}
        derivation.close()


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_call_and_then_redelivery_is_as_no_crash(town: Town, moment: str) -> None:
    number, more = 1, True
    while more:
        derivation = prepared(town, "somebody_is_vip_by_the_old_settings_alone")
        books = derivation.books
        configure(books, AFTER, 1)
        bucket = Bucket(books.enterprise, derivation.change().customer_id[4:6])

        broken = deriver(interrupting(f"{moment}.dynamodb", crash_at(number)))
        try:
            broken.reconcile(derivation.pages.bucket_page(bucket)[0])
            more = False
        except Crash:
            derivation.reconcile(*derivation.pages.bucket_page(bucket)[0])
        derivation.reconcile(*[each for each in derivation.all() if each.transaction])
        assert derivation.is_right()
        derivation.close()
        number += 1
    # Two readings of two requests, and a transaction between them.
    assert number == 1 + 5 + 1


def test_a_deriver_that_is_overtaken_by_somebody_who_had_nothing_to_write_reads_again(books: Books) -> None:
    """Balance 500 is noted; one reads 600 and is held up; by then it is 500 again, as another finds it noted."""
    derivation = Derivation(books)
    books.post("balance.topped_up", amount_minor=500)
    derivation.reconcile()
    books.post("balance.topped_up", amount_minor=100)

    left = [100]

    def go_back() -> None:
        if left:
            books.post("balance.spent", amount_minor=left.pop())
            derivation.reconcile()

    slow = deriver(interrupting(WRITE, go_back))
    assert slow.reconcile(derivation.all()) == {}
    assert derivation.is_right()
    assert derivation.held().totals["balance_minor"] == 500
    derivation.close()


def test_a_bucket_is_read_in_pages(books: Books) -> None:
    derivation = Derivation(books)
    ids = [f"usr_07{number:030x}" for number in range(250)]
    for customer_id in ids:
        row = {"pk": {"S": f"{books.enterprise}#customers#07"}, "sk": {"S": customer_id}, "revision": {"N": "1"}}
        derivation.put("DerivedTable", row)
    found, sizes = list[str](), list[int]()
    rest: Bucket | None = Bucket(books.enterprise, "07")
    while rest:
        page, rest = derivation.pages.bucket_page(rest)
        found += [change.customer_id for change in page]
        sizes.append(len(page))
    assert (found, sizes) == (ids, [100, 100, 50])
    assert derivation.pages.bucket_page(Bucket(books.enterprise, "08")) == ([], None)
    derivation.close()


def test_the_buckets_are_all_there_can_be(books: Books) -> None:
    everywhere = buckets(books.enterprise)
    assert len({bucket.bucket for bucket in everywhere}) == len(everywhere) == 256
    assert {int(each.bucket, 16) for each in everywhere} == set(range(256))
