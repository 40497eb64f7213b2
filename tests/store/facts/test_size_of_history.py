"""What a merged customer's requests cost does not depend on how many facts are behind the customer.

`BEHIND` gives the sizes, e.g. `BEHIND=10,1000,10000`; with `-s` the figures are printed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.domain.facts.account import next_order
from customers.domain.facts.fact import Corrected, LedgerEntry
from customers.domain.facts.projection import fold
from customers.store.dynamodb import transactions
from customers.store.facts.own_entries import OwnEntries
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books
from tests.support.dynamodb.quicker_moto import nothing_is_put_back
from tests.support.facts import LATER, LAYLA, NOON, OMAR, SARA, customer_fact
from tests.support.identity.merging import merge, unmerge

pytestmark = pytest.mark.slow

SIZES = [int(each) for each in os.environ.get("BEHIND", "10,100").split(",")]
HOUR = timedelta(hours=1)
MONEY: dict[str, Any] = {"amount_minor": 100, "currency": "QAR"}
Costs = dict[str, tuple[list[str], int, int, int]]
"""By what was done: the requests, how many rows they looked at, and the bytes that came and went."""
SLACK = 400
"""Bytes by which larger numbers are longer, in all rows together."""


@contextmanager
def measured(books: Books, costs: Costs, what: str) -> Iterator[None]:
    requests: list[str] = []
    looked, came, went = [0], [0], [0]

    def begin(model: Any, params: Any, **_: Any) -> None:
        requests.append(model.name)
        went[0] += _size(params.get("TransactItems"))

    def end(parsed: Any, **_: Any) -> None:
        looked[0] += parsed.get("ScannedCount", 0) + sum(map(len, parsed.get("Responses", {}).values()))
        came[0] += sum(_size(parsed.get(each)) for each in ("Item", "Items", "Responses"))

    events = books.client.meta.events
    events.register("before-call.dynamodb", begin)
    events.register("after-call.dynamodb", end)
    yield
    events.unregister("before-call.dynamodb", begin)
    events.unregister("after-call.dynamodb", end)
    costs[what] = requests, looked[0], came[0], went[0]


def _size(sent: Any) -> int:
    return len(json.dumps(sent, default=bytes.hex)) if sent else 0


def tell_many(books: Books, phone: str, behind: int) -> None:
    """Top-ups and purchases of long ago: none of them is among the visits that a row keeps by their instants."""
    facts = [
        customer_fact(
            "purchase.completed" if number % 2 else "balance.topped_up",
            books.enterprise,
            about=phone,
            at=NOON - timedelta(days=400) + number * timedelta(seconds=1),
            fact_id=f"behind-{phone}-{number}",
            **MONEY,
            **({"purchase_id": f"p-{number}"} if number % 2 else {}),
        )
        for number in range(behind)
    ]
    with nothing_is_put_back():
        for start in range(0, behind, 20):
            assert set(books.ledger.post(facts[start : start + 20])) == {"applied"}


def correct(books: Books, customer_id: str) -> None:
    """As the operation does it, without its idempotency record and event."""
    own = OwnEntries(books.client, CUSTOMERS, RECORDS, SECRET)
    before = own.account(books.enterprise, customer_id)
    assert before
    payload, order = Corrected("Layla", None), next_order([before.field_versions], LATER, "cor_1")
    entry = LedgerEntry(order, "customer.corrected", payload)
    writes = own.writes(books.enterprise, before, fold(before, payload, order), entry)
    transactions.commit(books.client, writes)


def costs_of(books: Books, behind: int) -> Costs:
    """Layla has absorbed Omar, each with half of the history."""
    for phone in (LAYLA, OMAR, SARA):
        books.post("customer.registered", about=phone, name="N")
    for phone in (LAYLA, OMAR):
        # So that what was visited last is the same.
        books.post("purchase.completed", about=phone, purchase_id="now", at=NOON, **MONEY)
        tell_many(books, phone, behind // 2)
    for phone, grant_id in ((LAYLA, "layla"), (OMAR, "omar"), (OMAR, "other")):
        books.post("promo.granted", about=phone, grant_id=grant_id, at=NOON, **MONEY)
    layla, omar, sara = (books.customer(each).customer_id for each in (LAYLA, OMAR, SARA))
    costs: Costs = {}

    def post(kind: str, about: str, at: datetime = NOON, **said: Any) -> Callable[[], object]:
        fact = customer_fact(
            kind, books.enterprise, about=about, at=at, fact_id=f"new-{kind}-{said.get('grant_id')}", **said
        )
        return lambda: books.ledger.post([fact])

    acts: dict[str, Callable[[], object]] = {
        "merge": lambda: merge(books, layla, omar),
        "lookup by the absorbed phone": lambda: books.customer(OMAR),
        "purchase": post("purchase.completed", OMAR, purchase_id="new", **MONEY),
        "late state": post("preferences.updated", OMAR, NOON - HOUR, preferences={"milk": 1}),
        "end of a grant": post("promo.released", OMAR, NOON + HOUR, grant_id="omar"),
        "end of another part's grant": post("promo.released", LAYLA, NOON + HOUR, grant_id="other"),
        "late grant that takes it back": post("promo.granted", LAYLA, NOON + HOUR, grant_id="other", **MONEY),
        "another such end": post("promo.expired", OMAR, NOON + HOUR, grant_id="layla"),
        "correct": lambda: correct(books, layla),
        "merge of a merged customer": lambda: merge(books, layla, sara),
        "unmerge": lambda: unmerge(books, layla, omar),
    }
    for what, act in acts.items():
        with measured(books, costs, what):
            act()
    for customer_id in (layla, omar):
        assert behind > 1000 or books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()
    return costs


def test_no_request_of_a_merged_customer_costs_more_the_longer_the_history_is(books: Books) -> None:
    found = []
    for behind in SIZES:
        costs = costs_of(type(books)(books.client, f"{books.enterprise}-{behind}"), behind)
        found.append(costs)
        for what, (requests, rows, came, went) in costs.items():
            print(f"{behind:>8,} {what:<30} {len(requests):>3} requests {rows:>4} rows {came:>7,} B read {went:>7,} B")
    first, *others = found
    for costs in others:
        for what, (requests, rows, came, went) in costs.items():
            assert (requests, rows) == first[what][:2], what
            assert abs(came - first[what][2]) < SLACK, what
            assert abs(went - first[what][3]) < SLACK, what
