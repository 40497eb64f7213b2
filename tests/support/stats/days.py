"""An enterprise whose days pass as a test says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from customers.domain.stats.customer_refs import Due
from customers.domain.stats.enterprise_totals import NOTHING, base_on
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.store.stats.reconciler import Reconciler
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS, Books
from tests.support.facts import NOON
from tests.support.stats.derivation import Derivation

DAY = timedelta(days=1)
LAPSES = NOON + 90 * DAY + timedelta(hours=13)
"""An hour into the day on which a customer who came at NOON lapses."""


class Days:
    """An enterprise whose customers are looked at by a clock that the test turns."""

    def __init__(self, books: Books, client: Any = None) -> None:
        self.books, self.now = books, NOON
        self.derivation = Derivation(books)
        self.derivation.derived = self.deriver(client or books.client)

    def deriver(self, client: Any) -> Reconciler:
        return Reconciler(client, DERIVED, CUSTOMERS, RECORDS, ENTERPRISES, clock=lambda: self.now)

    def buy(self, phone: str, number: int, at: datetime, amount: int = 100) -> None:
        self.books.post("purchase.completed", about=phone, purchase_id=f"p-{number}", amount_minor=amount, at=at)

    def settle(self, now: datetime) -> None:
        self.now = now
        self.derivation.reconcile()

    def due(self, now: datetime) -> Due:
        self.now = now
        return Due(self.books.enterprise, now.date().isoformat())

    def look(self, now: datetime) -> int:
        """The job of a day, bucket by bucket and page by page. How many customers it looked at."""
        seen = 0
        for bucket in self.derivation.pages.due_buckets(self.due(now)):
            rest: Due | None = bucket
            while rest:
                customers, rest = self.derivation.pages.due_page(rest)
                seen += len(customers)
                assert self.derivation.derived.reconcile(customers) == {}
        return seen

    def events(self) -> list[dict[str, Any]]:
        rows = [row for row in self.books.rows(RECORDS) if row["sk"]["S"].startswith("outbox#")]
        details = [json.loads(row["detail"]["S"]) for row in rows if row["type"]["S"] == "customer.badge_changed"]
        return sorted(details, key=lambda detail: (detail["customer_id"], detail["change"]))

    def told(self) -> list[tuple[Any, ...]]:
        return [(each["from"], each["to"], each["cause"], each["day"]) for each in self.events()]

    def badges(self, now: datetime) -> Counter[str]:
        stats, enterprise = EnterpriseStats(self.books.client, DERIVED), self.books.enterprise
        base = base_on(
            now.date(), stats.totals(enterprise), stats.customer_days(enterprise, now.date()).badges, NOTHING
        )
        return Counter({str(name): count for name, count in base.badges.items()})

    def listed(self) -> list[str]:
        return [row["sk"]["S"] for row in self.books.rows(DERIVED) if "#due#" in row["pk"]["S"]]
