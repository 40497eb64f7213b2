"""The largest import that there may be, for a customer with all copies that there may be: one transaction takes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import BalanceMoved, LedgerEntry
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import CannotApply
from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.facts.linking.move import Move, page
from customers.store.records.ledger_rows import entry_row
from customers.wire.facts.imported import MOST_GRANTS
from tests.store.identity.test_ends import ended, granted, known, money, shown_open
from tests.support.books import RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.identity.merging import merge

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
IDS = [f"g-{number}" for number in range(MOST_GRANTS)]
GRANTS = [{"grant_id": each, "amount_minor": 100} for each in IDS]
CARD = {"provider_customer_id": "pos-1"}


def imported(books: Books, about: Any = OMAR, **more: Any) -> Any:
    said = {"source": "old-pos", "name": "Omar", "verified": True, "grants": GRANTS, **more}
    return books.post("customer.imported", about=about, at=NOON, fact_id="import", **said)


def ended_before(books: Books) -> None:
    """Omar is a part of Layla. All the grants that his import will bring have been released, and meant hers."""
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    for each in IDS:
        granted(books, LAYLA, 7, grant_id=each)
        ended(books, OMAR, grant_id=each)
    assert money(books, LAYLA) == [(7 * MOST_GRANTS, 0)]


def loose_ends(books: Books) -> int:
    return sum(row["sk"]["S"].startswith("loose_end#") for row in books.rows(RECORDS))


def most_copies(books: Books) -> None:
    """As many copies of Layla's row as there may be: at her provider ids, and for those who had absorbed others."""
    layla = books.customer(LAYLA).customer_id
    for number in range(20):
        books.post("provider_id.linked", about=LAYLA, at=NOON, provider_customer_id=f"pos-{number}")
        one, other = f"+9743302{number:04}", f"+9743303{number:04}"
        first, second = known(books, one, other)
        merge(books, first, second)
        merge(books, layla, first)


def test_each_of_its_grants_was_ended_before_it_came(books: Books) -> None:
    ended_before(books)
    most_copies(books)
    assert loose_ends(books) == MOST_GRANTS
    assert imported(books) == "applied"
    # The ends are those of his own grants, and hers are open again.
    assert money(books, LAYLA) == [(100 * MOST_GRANTS, 7 * MOST_GRANTS)]
    assert loose_ends(books) == 0
    assert imported(books) == "duplicate"


def test_a_stop_before_its_loose_ends_are_gone_makes_no_difference(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_before(books)
    # Another end stays loose, so that loose ends are looked for.
    granted(books, LAYLA, 9, grant_id="other")
    ended(books, OMAR, grant_id="other")
    monkeypatch.setattr("customers.store.facts.fact_transactions.FactTransactions._tidy", lambda *_: None)
    assert imported(books) == "applied"
    assert loose_ends(books) == MOST_GRANTS + 1
    layla = books.customer(LAYLA)
    assert (layla.balance_minor, layla.loose_ends) == (100 * MOST_GRANTS + 9, 1)
    assert sum(shown_open(books, LAYLA)) == 7 * MOST_GRANTS
    # Further statements and ends count as if the loose ends were gone.
    granted(books, OMAR, 50, 3, grant_id="g-1")
    ended(books, LAYLA, 12, grant_id="g-2")
    assert books.customer(LAYLA).balance_minor == 100 * MOST_GRANTS + 9 - 50 + 7
    compared = books.rebuild.compare(books.enterprise, layla.customer_id, "QAR")
    assert set(compared.differences) == {f"loose_end#{each} {books_part(books)}" for each in IDS}
    books.rebuild.mend(books.enterprise, layla.customer_id, "QAR")
    assert money(books, LAYLA) == [(100 * MOST_GRANTS + 9 - 50 + 7, 7 * (MOST_GRANTS - 1))]


def books_part(books: Books) -> str:
    (part,) = {row["pk"]["S"].partition("#")[2] for row in books.rows(RECORDS) if row["sk"]["S"] == "loose_end#g-0"}
    return str(part)


@pytest.mark.parametrize("grants", [20, MOST_GRANTS])
def test_a_late_link_moves_it_or_is_refused(books: Books, grants: int) -> None:
    """A grant has a row at either customer, and all of them move at once."""
    known(books, LAYLA, OMAR)
    books.post("provider_id.linked", about=OMAR, at=NOON - 9 * HOUR, **CARD)
    assert imported(books, CARD, grants=GRANTS[:grants]) == "applied"
    if 2 * grants < AT_ONCE - 20:
        books.post("provider_id.linked", about=LAYLA, at=NOON - HOUR, **CARD)
        assert money(books, LAYLA, OMAR) == [(0, 100 * grants), (0, 0)]
        return
    with pytest.raises(CannotApply, match="more grants than can move at once"):
        books.post("provider_id.linked", about=LAYLA, at=NOON - HOUR, **CARD)
    assert money(books, LAYLA, OMAR) == [(0, 0), (0, 100 * grants)]


def test_many_customers_with_many_ids_are_in_the_way_of_no_move() -> None:
    """Of those who have had an id, the giver and the taker alone are written."""
    row = entry_row("acme", "usr_0", LedgerEntry(EventOrder(NOON, "f"), "balance.topped_up", BalanceMoved(5, "QAR")))
    ids = tuple(f"pos-{number}" for number in range(20))
    accounts = [Account(Profile(f"usr_{number}", Phone(LAYLA), "QAR", provider_ids=ids)) for number in range(9)]
    moves = [Move(row, "usr_0", "usr_1", "usr_1")] * 2
    assert page(moves, accounts) == moves[:1]
    assert page(moves, accounts[:1]) == moves
