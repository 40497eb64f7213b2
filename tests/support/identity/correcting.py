"""A phone is corrected, as the operation has it done, without its answer and its link."""

from __future__ import annotations

from datetime import datetime

from customers.domain.facts.account import next_order
from customers.domain.facts.fact import Corrected, LedgerEntry
from customers.domain.facts.projection import fold
from customers.domain.identifiers.phone import Phone
from customers.store.dynamodb import transactions
from customers.store.facts.own_entries import OwnEntries
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books


def correct(books: Books, customer_id: str, phone: str, at: datetime) -> None:
    entries = OwnEntries(books.client, CUSTOMERS, RECORDS, SECRET)
    before = entries.account(books.enterprise, customer_id)
    assert before
    order = next_order([before.field_versions], at, f"cor_{phone}")
    payload = Corrected(None, Phone(phone))
    after, said = fold(before, payload, order), LedgerEntry(order, "customer.corrected", payload)
    transactions.commit(books.client, entries.writes(books.enterprise, before, after, said))
