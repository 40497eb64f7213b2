"""One customer who has absorbed many others, and one of these set free again.

`ABSORBED` says how many: 50, or e.g. 1,000, which takes some minutes. With `-s` the figures are printed.
"""

from __future__ import annotations

import os
import time

import pytest

from customers.domain.identifiers.phone import Phone
from customers.store.customers.profiles import Profiles
from tests.support.books import CUSTOMERS, Books, interrupting
from tests.support.dynamodb.metering import counted
from tests.support.identity.merging import merge, unmerge

pytestmark = pytest.mark.slow

MANY = int(os.environ.get("ABSORBED", "50"))
QAR = {"currency": "QAR"}


def phone(number: int) -> str:
    return f"+9743301{number:04}"


def test_one_of_many_absorbed_is_set_free(books: Books) -> None:
    books.post("balance.topped_up", amount_minor=7, **QAR)
    layla = books.customer().customer_id
    ids = {}
    for number in range(1, MANY + 1):
        books.post("balance.topped_up", about=phone(number), amount_minor=number, **QAR)
        ids[number] = books.customer(phone(number)).customer_id
        merge(books, layla, ids[number])
    freed, total = MANY // 2, 7 + MANY * (MANY + 1) // 2
    # One that the others end, and one that the survivor ends of one who stays.
    for number in (freed, freed + 1):
        books.post("promo.granted", about=phone(number), grant_id=f"g-{number}", amount_minor=1, **QAR)
        books.post("promo.released", grant_id=f"g-{number}")
    assert books.customer().balance_minor == total + 2
    seen = []

    def look() -> None:
        seen.append(Profiles(books.client, CUSTOMERS).find(books.enterprise, Phone(phone(freed))))

    client = interrupting("after-call.dynamodb", look)
    began = time.perf_counter()
    with counted(client) as cost:
        unmerge(Books(client, books.enterprise), layla, ids[freed])
    took = time.perf_counter() - began
    print(
        f"{MANY:,} absorbed: {len(cost.requests)} requests, {cost.rows:,} rows, {took:.2f} s with a look between each"
    )
    # Who is at the phone is the one or the other at every instant, with all the money that is theirs by then.
    assert {(each.customer_id, each.balance_minor) for each in seen if each} <= {
        (layla, total + 2),
        (ids[freed], freed),
    }
    assert None not in seen
    assert (books.customer(phone(freed)).customer_id, books.customer(phone(freed)).balance_minor) == (ids[freed], freed)
    assert books.customer().balance_minor == total - freed + 1
    for number in (1, freed - 1, freed + 1, MANY):
        assert books.customer(phone(number)).customer_id == layla
    for customer_id in (layla, ids[freed]):
        assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()
