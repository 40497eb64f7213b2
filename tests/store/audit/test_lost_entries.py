"""An entry that the ledger has lost is named: the record of its fact is still there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from customers.store.audit.lost_entries import ACCEPT, LostEntries, LostEntry
from tests.support.books import RECORDS, Books
from tests.support.dynamodb.metering import counted
from tests.support.erasure.sweeping import erase
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.identity.merging import merge

HOUR = timedelta(hours=1)


@pytest.fixture
def lost(books: Books) -> LostEntries:
    return LostEntries(books.client, RECORDS)


def lose(books: Books, fact_id: str) -> None:
    (row,) = [row for row in books.rows(RECORDS) if row["sk"]["S"].endswith(f"#{fact_id}")]
    books.client.delete_item(TableName=RECORDS, Key={"pk": row["pk"], "sk": row["sk"]})


def lived(books: Books) -> None:
    """Facts of two customers, by phone and by a provider id that went from one to the other."""
    card: Any = {"provider_customer_id": "pos-1"}
    books.post("balance.topped_up", about=LAYLA, fact_id="top-up", amount_minor=700)
    books.post("consent.updated", about=OMAR, fact_id="consent", consent={"sms": True})
    books.post("provider_id.linked", about=LAYLA, at=NOON, **card)
    books.post("balance.topped_up", about=card, fact_id="by-card", at=NOON + 2 * HOUR, amount_minor=70)
    books.post("provider_id.linked", about=OMAR, at=NOON + HOUR, **card)


def test_nothing_is_lost_of_a_whole_ledger(books: Books, lost: LostEntries) -> None:
    lived(books)
    assert list(lost.find(books.enterprise)) == []
    layla, omar = (books.customer(phone).customer_id for phone in (LAYLA, OMAR))
    merge(books, layla, omar)
    with counted(books.client) as cost:
        assert list(lost.find(books.enterprise)) == []
    # The table is not read again to name what is not lost.
    assert cost.requests == ["Scan"]


@pytest.mark.parametrize(("fact_id", "phone"), [("top-up", LAYLA), ("consent", OMAR), ("by-card", OMAR)])
def test_a_lost_entry_is_named(books: Books, lost: LostEntries, fact_id: str, phone: str) -> None:
    lived(books)
    customer_id = books.customer(phone).customer_id
    lose(books, fact_id)
    assert list(lost.find(books.enterprise)) == [LostEntry(customer_id, fact_id)]
    assert lost.by_customer(books.enterprise) == {
        customer_id: f"lost the ledger entries of 1 facts, for example of {fact_id}: restore them from a backup of the "
        f"Records table, or accept that: {ACCEPT}"
    }


def test_it_is_named_after_a_merge_too(books: Books, lost: LostEntries) -> None:
    lived(books)
    layla, omar = (books.customer(phone).customer_id for phone in (LAYLA, OMAR))
    merge(books, layla, omar)
    assert list(lost.find(books.enterprise)) == []
    lose(books, "consent")
    assert list(lost.find(books.enterprise)) == [LostEntry(layla, "consent")]


def test_of_a_deleted_customer_nothing_is_lost(books: Books, lost: LostEntries) -> None:
    books.post("customer.registered", about=OMAR, fact_id="name")
    omar = books.customer(OMAR).customer_id
    erase(books.client, books.enterprise, omar)
    lose(books, "name")
    assert list(lost.find(books.enterprise)) == []
