"""Two customers become one, as the operation does it."""

from __future__ import annotations

from customers.domain.facts.account import next_order
from customers.domain.facts.fact import LedgerEntry, Merged
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identity.merge import combine
from customers.domain.identity.unmerge import leaving, separate
from customers.store.facts.own_entries import OwnEntries
from customers.store.identity.merges import Merges
from customers.store.identity.unmerges import Unmerges
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books
from tests.support.erasure.sweeping import RECEIPTS
from tests.support.facts import LATER


def merge(books: Books, survivor_id: str, absorbed_id: str) -> None:
    """The operation's transaction."""
    tables = (CUSTOMERS, RECORDS, RECEIPTS)
    merges = Merges(books.client, tables, OwnEntries(books.client, CUSTOMERS, RECORDS, SECRET))
    survivor, absorbed = (merges.find(books.enterprise, each) for each in (survivor_id, absorbed_id))
    assert survivor
    assert absorbed
    survivor, absorbed = merges.with_crossing(books.enterprise, survivor, absorbed)
    order = next_order([survivor.field_versions, absorbed.field_versions], LATER, f"mrg_{absorbed_id}")
    after = combine(survivor, absorbed, order)
    said = LedgerEntry(order, "customer.merged", Merged(absorbed_id))
    idempotency_key = IdempotencyKey("merge", str(order), "f", LATER)
    merges.merge(
        books.enterprise, survivor, absorbed, after, said, idempotency_key, IdempotencyRecord("f", 200, {}, None)
    )


def unmerge(books: Books, survivor_id: str, absorbed_id: str) -> None:
    """The operation's transaction."""
    tables = (CUSTOMERS, RECORDS, RECEIPTS)
    unmerges = Unmerges(books.client, tables, OwnEntries(books.client, CUSTOMERS, RECORDS, SECRET))
    whole = unmerges.find(books.enterprise, survivor_id)
    assert whole
    gone = unmerges.leaving(books.enterprise, whole.profile.customer_id, leaving(whole, absorbed_id))
    order = next_order([whole.field_versions], LATER, f"umg_{absorbed_id}")
    held = unmerges.holdings(books.enterprise, whole)
    separation = separate(whole, gone.freed, {each: stored.holdings for each, stored in held.items()}, order)
    idempotency_key = IdempotencyKey("unmerge", str(order), "f", LATER)
    record = IdempotencyRecord("f", 200, {}, None)
    unmerges.unmerge(books.enterprise, whole, separation, gone, held, idempotency_key, record)
