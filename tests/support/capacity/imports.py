"""A load: imports of new customers in batches, what is derived of them, and the events of their badges."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.facts.fact import CustomerFact
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.events.feed import Feed
from customers.store.events.outbox_publisher import OutboxPublisher
from tests.support.books import DERIVED, RECORDS, Books
from tests.support.capacity.batches import NOW
from tests.support.capacity.meter import Bill, metered
from tests.support.facts import customer_fact
from tests.support.stats.derivation import Derivation

CUSTOMERS = 40
FOLDED, DERIVED_TOGETHER = 10, 40
"""Customers in a batch of the queue, and of the stream: these come in fuller batches while a load runs."""


@dataclass(frozen=True)
class Load:
    """What all of the customers cost, in each step."""

    folded: Bill
    derived: Bill
    published: Bill

    @property
    def steps(self) -> dict[str, Bill]:
        return {"fold": self.folded, "what is derived": self.derived, "the event": self.published}

    @property
    def one(self) -> Bill:
        """An import from its message to its event: units, and requests to DynamoDB."""
        bills = self.steps.values()
        return Bill(
            sum(each.read for each in bills) / CUSTOMERS,
            sum(each.written for each in bills) / CUSTOMERS,
            sum((each.requests for each in bills), Counter()),
        )


def load(tables: DynamoDBClient) -> Load:
    """Of one enterprise. Every customer has a name, money and visits, and a badge that is an event."""
    books = Books(tables, str(uuid.uuid4()))
    derivation = Derivation(books)
    phones = [f"+9743301{number:04}" for number in range(CUSTOMERS)]
    imports = [[_import(books, phone)] for phone in phones]
    with metered() as folded:
        for start in range(0, CUSTOMERS, FOLDED):
            batch = imports[start : start + FOLDED]
            post = books.ledger.ahead(batch)
            assert [post(facts) for facts in batch] == [["applied"]] * FOLDED
    customers = [derivation.change(phone) for phone in phones]
    with metered() as derived:
        assert derivation.derived.reconcile(customers) == {}
    assert derivation.is_right()
    publisher = OutboxPublisher(
        books.client, RECORDS, boto3.client("events"), "FactsBus", Feed(books.client, DERIVED, RECORDS)
    )
    with metered() as published:
        assert publisher.publish([CustomerRef(each.enterprise, each.customer_id) for each in customers]) == {}
    assert not [row for row in books.rows(RECORDS) if row["sk"]["S"].startswith("outbox#")]
    return Load(folded, derived, published)


def _import(books: Books, phone: str) -> CustomerFact:
    said = {"name": f"Layla Hassan {phone[-4:]}", "verified": True, "spendable_minor": 12_550, "visit_count": 5}
    said |= {"lifetime_spend_minor": 49_990, "currency": "QAR", "source": "old-points", "at": NOW}
    return customer_fact("customer.imported", books.enterprise, about=phone, **said)
