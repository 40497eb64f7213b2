"""A row is written only by who has read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict
from customers.store.customers.row_writes import replace_customer, require_unchanged
from customers.store.dynamodb import transactions
from tests.support.books import CUSTOMERS, Books
from tests.support.facts import LAYLA, OMAR

Writes = Callable[[str, str, Profile], Iterator[Any]]
WRITES: dict[str, Writes] = {
    "her row": lambda table, enterprise, read: replace_customer(table, enterprise, read, read),
    "her row at another phone": lambda table, enterprise, read: replace_customer(
        table, enterprise, read, replace(read, phone=Phone(OMAR))
    ),
    "what needs her row": lambda table, enterprise, read: iter([require_unchanged(table, enterprise, read)]),
}


@pytest.mark.parametrize("what", WRITES)
def test_who_got_the_phone_meanwhile_is_not_taken_for_who_was_read(books: Books, what: str) -> None:
    books.post("customer.registered", about=LAYLA, name="Layla")
    read = replace(books.customer(LAYLA), customer_id="usr_" + "0" * 32)
    before = books.rows(CUSTOMERS)
    with pytest.raises(Conflict):
        transactions.commit(books.client, list(WRITES[what](CUSTOMERS, books.enterprise, read)))
    assert books.rows(CUSTOMERS) == before
