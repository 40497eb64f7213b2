"""Who held a provider id at an instant, whatever the order in which links and facts arrive."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.refusals import NotYet, ValidationError
from tests.support.books import RECORDS, Books, Town, calls
from tests.support.facts import LATER, LAYLA, NOON, OMAR, Told, detail
from tests.support.identity.merging import merge
from tests.support.thorough import only

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)


def link(phone: str, hour: int, provider_id: str = "pos-1", kind: str = "provider_id.linked") -> Told:
    fact_id = f"{kind}#{provider_id}#{hour}"
    return kind, detail(kind, about=phone, at=NOON + hour * HOUR, provider_customer_id=provider_id, fact_id=fact_id)


def unlink(phone: str, hour: int, provider_id: str = "pos-1") -> Told:
    return link(phone, hour, provider_id, "provider_id.unlinked")


def by_id(hour: int, amount: int, kind: str = "balance.topped_up", **said: Any) -> Told:
    about = {"provider_customer_id": "pos-1"}
    fact_id = f"{kind}#{hour}#{amount}"
    return kind, detail(kind, about=about, at=NOON + hour * HOUR, amount_minor=amount, fact_id=fact_id, **said)


def tell(books: Books, history: Sequence[Told]) -> None:
    """Every fact, and again what has to wait."""
    waiting = [*history]
    while waiting:
        left = []
        for told in waiting:
            try:
                books.tell(told)
            except NotYet:
                left.append(told)
        assert len(left) < len(waiting)
        waiting = left


def balances(books: Books) -> tuple[int, int]:
    return books.customer(LAYLA).balance_minor, books.customer(OMAR).balance_minor


def audited(books: Books) -> None:
    for phone in (LAYLA, OMAR):
        assert books.rebuild.compare(books.enterprise, books.customer(phone).customer_id, "QAR").differences == ()


HISTORIES: dict[str, tuple[list[Told], tuple[int, int]]] = {
    "a top-up before the id changed hands": ([link(LAYLA, -10), by_id(-5, 700), link(OMAR, -2)], (700, 0)),
    "one after it": ([link(LAYLA, -10), by_id(-1, 700), link(OMAR, -2)], (0, 700)),
    "one before the first link": ([link(LAYLA, -10), by_id(-20, 700), link(OMAR, -2)], (700, 0)),
    "one before and one after": ([link(LAYLA, -10), by_id(-5, 700), link(OMAR, -2), by_id(-1, 30)], (700, 30)),
    "it came back": ([link(LAYLA, -10), link(OMAR, -5), by_id(-4, 30), link(LAYLA, -2)], (0, 30)),
    "a wrong link": ([link(LAYLA, -10), link(OMAR, -5), by_id(-4, 30), unlink(OMAR, -2)], (30, 0)),
    "a wrong link of the same instant": ([link(LAYLA, -10), link(OMAR, -5), by_id(-5, 30), unlink(OMAR, -2)], (30, 0)),
    "the only link was wrong": ([link(OMAR, -5), by_id(-4, 30), unlink(OMAR, -2), link(LAYLA, -1)], (30, 0)),
    "unlinked and linked again": ([link(OMAR, -5), unlink(OMAR, -4), link(OMAR, -3), by_id(-2, 30)], (0, 30)),
    "a purchase": ([link(LAYLA, -10), by_id(-5, 700, "purchase.completed"), link(OMAR, -2)], (0, 0)),
}


@pytest.mark.parametrize("name", only(HISTORIES, "one before and one after", "a wrong link of the same instant"))
def test_it_is_whose_it_was_then_in_every_order(town: Town, name: str) -> None:
    history, expected = HISTORIES[name]
    for told in itertools.permutations(history):
        books = town.newcomer()
        books.post("balance.topped_up", about=LAYLA, amount_minor=0)
        books.post("balance.topped_up", about=OMAR, amount_minor=0)
        tell(books, told)
        assert balances(books) == expected, told
        if name == "a purchase":
            visits = [books.customer(phone).activity.visit_count for phone in (LAYLA, OMAR)]
            assert visits == [1, 0], told
        audited(books)
        for told_again in told:
            assert books.tell(told_again) == "duplicate"
        assert balances(books) == expected


def test_money_is_conserved_and_more_entries_than_fit_move_step_by_step(books: Books) -> None:
    tell(books, [link(OMAR, -2), *(by_id(hour, 100) for hour in range(-30, -3))])
    books.post("balance.topped_up", about=LAYLA, amount_minor=0)
    assert balances(books) == (0, 2700)
    tell(books, [link(LAYLA, -10)])
    assert balances(books) == (2700, 0)
    audited(books)


def test_a_rebuild_does_not_guess_who_held_an_id_whose_row_is_lost(books: Books) -> None:
    tell(books, [link(LAYLA, -10)])
    customer_id = books.customer().customer_id
    (row,) = [row for row in books.rows(RECORDS) if row["sk"]["S"] == "holdings"]
    books.client.delete_item(TableName=RECORDS, Key={"pk": row["pk"], "sk": row["sk"]})
    for act in (books.rebuild.compare, books.rebuild.mend):
        with pytest.raises(ValidationError, match="link it again for each customer"):
            act(books.enterprise, customer_id, "QAR")
    assert books.customer().provider_ids == ("pos-1",)
    # The command that it names mends it.
    tell(books, [link(LAYLA, -9)])
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()


@pytest.mark.parametrize(("hour", "left"), [(-1, ("pos-1",)), (2, ())])
def test_an_unlink_takes_back_the_links_of_who_was_the_same_customer_then(
    books: Books, hour: int, left: tuple[str, ...]
) -> None:
    """Omar's link, and an unlink that names Layla: from before the merge of the two, or after it."""
    later = (LATER - NOON) // HOUR
    tell(books, [link(OMAR, -2), by_id(-1, 30), unlink(LAYLA, 0, "pos-9")])
    merge(books, books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id)
    tell(books, [unlink(LAYLA, hour if hour < 0 else later + hour)])
    assert (books.customer(LAYLA).provider_ids, books.customer(LAYLA).balance_minor) == (left, 30)
    assert books.rebuild.compare(books.enterprise, books.customer(LAYLA).customer_id, "QAR").differences == ()


def test_a_late_link_of_somebody_who_was_absorbed_later_stays(books: Books) -> None:
    tell(books, [unlink(LAYLA, 0), link(OMAR, 0, "pos-9")])
    merge(books, books.customer(LAYLA).customer_id, books.customer(OMAR).customer_id)
    tell(books, [link(OMAR, -2)])
    assert books.customer(LAYLA).provider_ids == ("pos-1", "pos-9")
    assert books.rebuild.compare(books.enterprise, books.customer(LAYLA).customer_id, "QAR").differences == ()


def test_facts_from_before_the_only_link_was_taken_back_do_not_wait_for_ever(books: Books) -> None:
    tell(books, [link(LAYLA, -4), unlink(LAYLA, 0), by_id(-2, 30)])
    with pytest.raises(NotYet):
        books.tell(by_id(1, 500))
    assert books.customer(LAYLA).balance_minor == 30
    assert (books.customer(LAYLA).provider_ids, books.by_provider_id("pos-1")) == ((), None)


def test_what_was_told_before_the_unlink_goes_to_the_next_one_who_is_linked(books: Books) -> None:
    tell(books, [link(LAYLA, -4), by_id(1, 500), unlink(LAYLA, 0)])
    assert books.customer(LAYLA).balance_minor == 500
    tell(books, [link(OMAR, 2)])
    assert balances(books) == (0, 500)
    audited(books)


def test_a_link_reads_only_those_who_gain_or_lose_something(books: Books) -> None:
    """However many have claimed the id before."""
    costs = []
    for number in range(30):
        phone = f"+974330011{number:02}"
        books.post("customer.registered", about=phone)
        with calls(books.client) as asked:
            tell(books, [link(phone, number)])
        costs.append(len(asked))
    # Of whoever had the id: the row, what finds it, and the entries since.
    assert costs[:2] == [5, 9]
    assert set(costs[1:]) == {costs[1]}
    # One that changes nothing reads nobody else.
    with calls(books.client) as asked:
        tell(books, [link("+97433001129", 40)])
    assert len(asked) == costs[0]


def test_what_stays_whose_it_was_is_not_moved(town: Town) -> None:
    """To move it to whom it belongs would take requests; and of many entries, it would never end."""
    costs = []
    for entries in (0, 1):
        books = town.newcomer()
        books.post("customer.registered", about=OMAR)
        tell(books, [link(LAYLA, 0), link(OMAR, 10), link(LAYLA, 20), *[by_id(21, 7)] * entries])
        with calls(books.client) as asked:
            tell(books, [link(OMAR, 5)])
        costs.append(len(asked))
        assert balances(books) == (7 * entries, 0)
    assert costs[0] == costs[1]


@pytest.mark.parametrize("reverse", [False, True])
def test_the_twenty_that_were_linked_last_are_shown(books: Books, reverse: bool) -> None:
    links = [link(LAYLA, number, f"pos-{number:02}") for number in range(22)]
    tell(books, links[::-1] if reverse else links)
    assert books.customer().provider_ids == tuple(f"pos-{number:02}" for number in range(2, 22))
    assert books.by_provider_id("pos-02") == books.customer()
    assert books.by_provider_id("pos-01") is None
    # One that is lost makes room for the next one.
    tell(books, [link(OMAR, 30, "pos-05")])
    assert books.customer().provider_ids == tuple(f"pos-{number:02}" for number in range(1, 22) if number != 5)
    assert books.by_provider_id("pos-01") == books.customer()
    audited(books)
    # An id that is not shown leads facts to its customer all the same.
    books.post("balance.topped_up", about={"provider_customer_id": "pos-00"}, amount_minor=70)
    assert books.customer().balance_minor == 70
