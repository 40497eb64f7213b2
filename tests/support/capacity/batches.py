"""Purchases that are folded in a batch, and what is derived of them in a batch: requests and units of each."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.facts.fact import CustomerFact
from customers.domain.stats.customer_refs import CustomerRef
from tests.support.books import RECORDS, Books
from tests.support.capacity.meter import Bill, metered
from tests.support.facts import customer_fact
from tests.support.stats.derivation import Derivation

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE, WITHIN = 3, 80
"""Purchases that each customer has made before, on any of so many days."""
SIZES = (1, 10, 40)
"""Of batches; each purchase is of another customer, at one branch."""


@dataclass(frozen=True)
class Batch:
    """What a batch of purchases costs."""

    size: int
    folded: Bill
    derived: Bill

    @property
    def requests(self) -> int:
        """Of the fold, to DynamoDB."""
        return sum(self.folded.requests.values())

    @property
    def fold_written(self) -> float:
        """Units, by purchase."""
        return self.folded.written / self.size

    @property
    def derive_written(self) -> float:
        """Units, by purchase."""
        return self.derived.written / self.size

    def figures(self) -> dict[str, float]:
        """By name."""
        return {
            "purchases": self.size,
            "requests": self.requests,
            "fold_written": self.fold_written,
            "derive_written": self.derive_written,
        }


def batches(tables: DynamoDBClient) -> list[Batch]:
    """Of each size."""
    return [_batch(tables, size) for size in SIZES]


def _batch(tables: DynamoDBClient, size: int) -> Batch:
    books = Books(tables, str(uuid.uuid4()))
    derivation = Derivation(books)
    phones = [f"+9743300{number:04}" for number in range(size)]
    for fact in _history(books, phones):
        books.ledger.post([fact])
    derivation.reconcile()
    new = [[_purchase(books, phone, "new", NOW)] for phone in phones]
    with metered() as folded:
        post = books.ledger.ahead(new)
        assert [post(facts) for facts in new] == [["applied"]] * size
    customers = [derivation.change(phone) for phone in phones]
    # The two streams bring a batch each.
    with metered() as derived:
        assert derivation.derived.reconcile(customers) == {}
        assert derivation.derived.reconcile(_uncounted(books)) == {}
    assert derivation.is_right()
    return Batch(size, folded, derived)


def _history(books: Books, phones: list[str]) -> Iterator[CustomerFact]:
    """Purchases of some weeks, on days that a seed gives."""
    dice = random.Random(1)
    for phone in phones:
        yield customer_fact("customer.registered", books.enterprise, about=phone, at=NOW - timedelta(days=200))
        for number in range(BEFORE):
            yield _purchase(books, phone, f"old-{number}", NOW - timedelta(days=1 + dice.randrange(WITHIN)))


def _purchase(books: Books, phone: str, name: str, at: datetime) -> CustomerFact:
    given = {"purchase_id": f"{phone}-{name}", "amount_minor": 4500, "branch_id": "branch-1", "at": at}
    return customer_fact("purchase.completed", books.enterprise, about=phone, **given)


def _uncounted(books: Books) -> list[CustomerRef]:
    return [
        CustomerRef(books.enterprise, row["pk"]["S"].partition("#")[2], row["sk"]["S"])
        for row in books.rows(RECORDS)
        if "uncounted" in row
    ]
