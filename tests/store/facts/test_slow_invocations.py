"""Facts in two hands: an invocation is slow, or stops, at any of its calls, while a newer one has the same facts and
later ones, and ends first. What is stored is as if each had been told once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.refusals import Conflict
from tests.support.books import Books, Town, calls, interrupting, ledger
from tests.support.crashes import Crash, once
from tests.support.facts import LAYLA, NOON, OMAR, Told, detail
from tests.support.identity.merging import merge
from tests.support.thorough import first

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CARD = {"provider_customer_id": "card"}
MOMENTS = ("before-call.dynamodb", "after-call.dynamodb")


def told(kind: str, hour: int, about: Any = LAYLA, **said: Any) -> Told:
    return kind, detail(kind, about=about, at=NOON + hour * HOUR, fact_id=f"{kind}-{hour}", **said)


Batch = list[Told]
BATCHES: dict[str, list[Batch]] = {
    "a new customer": [
        [told("customer.registered", 1), told("balance.topped_up", 2), told("promo.granted", 3)],
        [told("customer.registered", 4, name="Later"), told("promo.released", 5), told("balance.spent", 6)],
    ],
    "a purchase restated, and its refund": [
        [told("purchase.completed", 1, purchase_id="p", amount_minor=5), told("consent.updated", 1)],
        [
            told("purchase.completed", 2, purchase_id="p", amount_minor=7),
            told("purchase.refunded", 3, refund_id="r", purchase_id="p"),
            told("consent.updated", 4, consent={"marketing": False}),
        ],
    ],
    "an import with ids": [
        [told("customer.imported", 1, source="old", spendable_minor=5, provider_customer_ids=["pos-7", "pos-8"])],
        [told("balance.topped_up", 2, about={"provider_customer_id": "pos-7"})],
    ],
    "a late link": [
        [told("provider_id.linked", 2, provider_customer_id="card")],
        [told("balance.topped_up", 9, about=CARD, amount_minor=8)],
    ],
    "an unlink": [
        [told("provider_id.unlinked", 1, about=OMAR, provider_customer_id="card")],
        [told("provider_id.linked", 3, provider_customer_id="card")],
    ],
    "a part's grant that another part has ended": [
        [told("promo.granted", 1, about="+97433001199", grant_id="g", amount_minor=3)],
        [told("promo.granted", 2, about="+97433001199", grant_id="g", amount_minor=4)],
    ],
}


def laid(books: Books) -> None:
    """Omar has the card and has used it. Layla has absorbed somebody, and an end of a grant of hers named that part."""
    for phone in (LAYLA, OMAR, "+97433001199"):
        books.tell(("customer.verified", detail("customer.verified", about=phone, fact_id=f"known-{phone[1:]}")))
    books.tell(told("provider_id.linked", 0, about=OMAR, provider_customer_id="card"))
    books.tell(told("balance.topped_up", 4, about=CARD, amount_minor=700))
    books.tell(told("purchase.completed", 5, about=CARD, purchase_id="p-card"))
    books.tell(told("promo.granted", 0, grant_id="g", amount_minor=50))
    merge(books, books.customer(LAYLA).customer_id, books.customer("+97433001199").customer_id)
    books.tell(("promo.released", detail("promo.released", about="+97433001199", fact_id="ended", grant_id="g")))


def post(books: Books, through: Any, batch: Batch) -> None:
    """As the queue hands it over: what has always lost comes again."""
    while True:
        try:
            outcomes = through.post([books.fact(*each) for each in batch])
        except Conflict:
            continue
        assert set(map(str, outcomes)) <= {"applied", "duplicate"}
        return


def expected(town: Town, batches: list[Batch]) -> tuple[str, int]:
    """The rows if all is told once, and how many calls the first batch takes."""
    books = town.newcomer()
    laid(books)
    with calls(books.client) as asked:
        post(books, books.ledger, batches[0])
    number = len(asked)
    for each in batches[1:]:
        post(books, books.ledger, each)
    return everything(books), number


def everything(books: Books) -> str:
    """All rows, but for the marks of departures, which are random."""
    return re.sub('"[0-9a-f]{32}"', "", books.everything())


def interruptions(town: Town, name: str) -> Iterator[tuple[Books, str, int, str]]:
    rows, number = expected(town, BATCHES[name])
    for moment in MOMENTS:
        for each in range(1, number + 1):
            books = town.newcomer()
            laid(books)
            yield books, moment, each, rows


def same(books: Books, rows: str, *where: object) -> None:
    assert everything(books) == rows, where
    for phone in (LAYLA, OMAR):
        profile = books.customer(phone)
        assert books.rebuild.compare(books.enterprise, profile.customer_id, "QAR").differences == (), where


@pytest.mark.parametrize("name", first(2, BATCHES))
def test_a_slow_earlier_invocation_that_ends_after_a_newer_one_changes_nothing(town: Town, name: str) -> None:
    for books, moment, number, rows in interruptions(town, name):

        def newer(books: Books = books) -> None:
            for batch in BATCHES[name]:
                post(books, books.ledger, batch)

        slow = ledger(interrupting(moment, once(newer, number)))
        post(books, slow, BATCHES[name][0])
        same(books, rows, moment, number)


@pytest.mark.parametrize("name", first(2, BATCHES))
def test_one_that_stops_at_any_call_and_then_the_same_again_is_as_if_told_once(town: Town, name: str) -> None:
    for books, moment, number, rows in interruptions(town, name):

        def stop() -> None:
            raise Crash

        with pytest.raises(Crash):
            post(books, ledger(interrupting(moment, once(stop, number))), BATCHES[name][0])
        for batch in BATCHES[name]:
            post(books, books.ledger, batch)
        same(books, rows, moment, number)
