"""Two customers become one, as the operation and its queue have it done."""

from __future__ import annotations

from customers.domain.account import next_stamp
from customers.domain.facts import LedgerEntry, Merged
from customers.domain.merge import combine
from customers.domain.once import Once, Receipt
from customers.store.merges import Merges
from customers.store.statements import Statements
from customers.store.sweeps import Sweeps
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books
from tests.support.facts import LATER
from tests.support.sweeping import RECEIPTS


def merge(books: Books, survivor_id: str, absorbed_id: str) -> None:
    """The operation's transaction, and its sweep."""
    tables = (CUSTOMERS, RECORDS, RECEIPTS)
    merges = Merges(books.client, tables, Statements(books.client, CUSTOMERS, RECORDS, SECRET))
    survivor, absorbed = (merges.find(books.enterprise, each) for each in (survivor_id, absorbed_id))
    assert survivor
    assert absorbed
    stamp = next_stamp([*survivor.marks.values(), *absorbed.marks.values()], LATER, "mrg_1")
    after = combine(survivor, absorbed, stamp)
    said = LedgerEntry(stamp, "customer.merged", Merged(absorbed_id))
    once = Once("merge", "k", "f", LATER)
    merges.merge(books.enterprise, survivor, absorbed, after, said, once, Receipt("f", 200, {}, None))
    sweeps = Sweeps(books.client, CUSTOMERS, RECORDS)
    while not sweeps.page(books.enterprise, absorbed_id):
        pass
