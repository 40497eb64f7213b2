"""A fact whose record is lost does not count twice, wherever its entry is by now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from customers.domain.refusals import CannotApply
from tests.support.books import RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.identity.merging import merge

HOUR = timedelta(hours=1)


def lose(books: Books, fact_id: str = "id#1") -> None:
    """As a restore to an earlier moment, or a hand, may lose the record of a fact."""
    key = {"pk": {"S": f"{books.enterprise}#fact#{fact_id}"}, "sk": {"S": "receipt"}}
    assert books.client.delete_item(TableName=RECORDS, Key=key, ReturnValues="ALL_OLD")["Attributes"]


def test_the_same_fact_again_is_a_duplicate(books: Books) -> None:
    books.post("balance.topped_up", fact_id="id#1", amount_minor=700)
    lose(books)
    before = books.everything()
    assert books.post("balance.topped_up", fact_id="id#1", amount_minor=700) == "duplicate"
    assert books.everything() == before


def test_another_fact_with_its_id_is_refused(books: Books) -> None:
    books.post("balance.topped_up", fact_id="id#1", amount_minor=700)
    lose(books)
    with pytest.raises(CannotApply, match="is the id of another fact"):
        books.post("balance.topped_up", fact_id="id#1", amount_minor=900)
    assert books.customer().balance_minor == 700


def test_an_entry_that_came_with_an_absorbed_customer_counts(books: Books) -> None:
    books.post("balance.topped_up", fact_id="id#1", about=OMAR, amount_minor=700)
    books.post("customer.registered", about=LAYLA)
    absorbed = books.customer(OMAR).customer_id
    merge(books, books.customer(LAYLA).customer_id, absorbed)
    lose(books)
    for about in (OMAR, {"customer_id": absorbed}):
        assert books.post("balance.topped_up", fact_id="id#1", about=about, amount_minor=700) == "duplicate"
    with pytest.raises(CannotApply, match="is the id of another fact"):
        books.post("balance.topped_up", fact_id="id#1", about=OMAR, amount_minor=900)
    assert books.customer(LAYLA).balance_minor == 700


def test_an_entry_that_a_late_link_moved_counts(books: Books) -> None:
    card = {"provider_customer_id": "pos-1"}
    for phone in (LAYLA, OMAR):
        books.post("customer.registered", about=phone)
    books.post("provider_id.linked", about=LAYLA, at=NOON, **card)
    told: dict[str, Any] = {"about": card, "at": NOON + 2 * HOUR, "fact_id": "id#1", "amount_minor": 700}
    books.post("balance.topped_up", **told)
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, **card)
    assert (books.customer(LAYLA).balance_minor, books.customer(OMAR).balance_minor) == (0, 700)
    lose(books)
    assert (
        books.post("balance.topped_up", about=card, at=NOON + 2 * HOUR, fact_id="id#1", amount_minor=700) == "duplicate"
    )
    assert (books.customer(LAYLA).balance_minor, books.customer(OMAR).balance_minor) == (0, 700)
