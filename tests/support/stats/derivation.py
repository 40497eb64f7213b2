"""One enterprise's derived data in memory: reconcile changes, and compare what is held with a recount."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.pages import Pages
from customers.store.stats.reconciler import Reconciler
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS, Books
from tests.support.dynamodb.in_memory import forget
from tests.support.facts import LAYLA
from tests.support.stats.recount_derived import Holdings, first_active, held, recount


def deriver(client: DynamoDBClient, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Reconciler:
    return Reconciler(client, DERIVED, CUSTOMERS, RECORDS, ENTERPRISES, clock)


@dataclass
class Derivation:
    """What is derived from some books."""

    books: Books
    stopped: datetime | None = None
    """What the clock says; None: the time of day."""

    def __post_init__(self) -> None:
        self.derived = deriver(self.books.client, self.now)
        self.pages = Pages(self.books.client, DERIVED, RECORDS)

    def now(self) -> datetime:
        return self.stopped or datetime.now(UTC)

    def change(self, phone: str = LAYLA, transaction: str | None = None) -> CustomerRef:
        return CustomerRef(self.books.enterprise, self.books.customer(phone).customer_id, transaction)

    def all(self) -> list[CustomerRef]:
        """Every customer, and every purchase and refund."""
        found = [
            CustomerRef(self.books.enterprise, row["customer_id"]["S"])
            for row in self.books.rows(CUSTOMERS)
            if "customer_id" in row and "#provider#" not in row["pk"]["S"]
        ]
        for row in self.books.rows(RECORDS):
            if row["sk"]["S"].startswith(("purchase#", "refund#")):
                found.append(CustomerRef(self.books.enterprise, row["pk"]["S"].split("#")[1], row["sk"]["S"]))
        return found

    def reconcile(self, *changes: CustomerRef) -> None:
        assert self.derived.reconcile(changes or self.all()) == {}

    def held(self) -> Holdings:
        return held(self.books.rows(DERIVED), first_active(self.now(), self._rules().time_zone))

    def recount(self) -> Holdings:
        rules = self._rules()
        customers, records = self.books.rows(CUSTOMERS), self.books.rows(RECORDS)
        return recount(customers, records, self.now(), rules.badge, rules.time_zone)

    def _rules(self) -> CountingRules:
        configured = self.books.registry.settings(self.books.enterprise)
        return CountingRules.of(configured) if configured else CountingRules()

    def is_right(self) -> bool:
        """Whether what is held is what a recount finds, and nothing waits to be counted."""
        assert self.held() == self.recount()
        assert not [row for row in self.books.rows(RECORDS) if "uncounted" in row]
        return True

    def terms(self) -> set[str]:
        return {term for term, _, _ in self.held().terms}

    def put(self, table: str, row: dict[str, Any]) -> None:
        self.books.client.put_item(TableName=table, Item=row)

    def delete(self, table: str, row: dict[str, Any]) -> None:
        key: Any = {name: row[name] for name in ("pk", "sk") if name in row}
        self.books.client.delete_item(TableName=table, Key=key)

    def close(self) -> None:
        """Remove what was derived."""
        forget(DERIVED, self.books.enterprise)
