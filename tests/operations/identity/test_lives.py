"""Whatever is corrected, merged and told, in any order: nothing is lost, and one number is one customer."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.phone import Phone
from customers.store.customers.keys import customer_key, is_copy
from tests.operations.conftest import MONEY, Clock, Shop
from tests.operations.identity.test_correct import correct
from tests.operations.identity.test_merge import merge
from tests.support.books import Books
from tests.support.recording import forget, stored

pytestmark = pytest.mark.slow

PHONES = [f"+9743300110{number}" for number in range(4)]
BEFORE = "2026-10-01T00:00:00Z"

PLACES = st.integers(0, len(PHONES) - 1)
STEPS = st.one_of(
    st.tuples(st.just("top up"), PLACES, st.booleans()),
    st.tuples(st.just("buy"), PLACES, st.booleans()),
    st.tuples(st.just("grant"), PLACES, st.booleans()),
    st.tuples(st.just("release"), PLACES, st.booleans()),
    st.tuples(st.just("name"), PLACES, st.booleans()),
    st.tuples(st.just("correct"), PLACES, PLACES),
    st.tuples(st.just("merge"), PLACES, PLACES),
)


class Lives:
    """One enterprise's customers, and what was said in all."""

    def __init__(self, shop: Shop, tables: DynamoDBClient, clock: Clock) -> None:
        self.shop, self.tables, self.clock = shop, tables, clock
        self.numbers = itertools.count()
        self.topped_up = self.spent = self.visits = self.granted = 0
        self.late: list[tuple[str, str, dict[str, Any]]] = []

    def at(self, phone: str) -> str | None:
        key = customer_key(self.shop.enterprise, Phone(phone))
        row = self.tables.get_item(TableName="CustomersTable", Key=key).get("Item", {})
        found = row.get("customer_id") or row.get("absorbed")
        return found["S"] if found else None

    def do(self, kind: str, first: int, second: int) -> None:
        self.clock.forward(minutes=1)
        match kind:
            case "correct":
                if customer := self.at(PHONES[first]):
                    correct(self.shop, customer, f"k{next(self.numbers)}", phone=PHONES[second])
            case "merge":
                pair = self.at(PHONES[first]), self.at(PHONES[second])
                if pair[0] and pair[1]:
                    merge(self.shop, pair[0], pair[1], f"k{next(self.numbers)}")
            case _:
                self.tell(kind, PHONES[first], BEFORE if second else self.clock.at.isoformat())

    def tell(self, kind: str, phone: str, at: str) -> None:
        """What waits for a history or for a grant is told again in the end."""
        number = next(self.numbers)
        amount = 10**number % 1_000_003
        said: dict[str, Any] = {"fact_id": f"f{number}", "occurred_at": at}
        match kind:
            case "top up":
                self.topped_up += amount
                self.say("balance.topped_up", phone, said | {"amount_minor": amount, **MONEY})
            case "buy":
                self.visits, self.spent = self.visits + 1, self.spent + amount
                self.say(
                    "purchase.completed", phone, said | {"purchase_id": f"p{number}", "amount_minor": amount, **MONEY}
                )
            case "grant":
                self.granted += amount
                self.say("promo.granted", phone, said | {"grant_id": f"g{number}", "amount_minor": amount, **MONEY})
            case "release":
                self.say("promo.released", phone, said | {"grant_id": f"g{max(number - 1, 0)}"})
            case "name":
                self.say("customer.registered", phone, said | {"name": f"Name {number}"})

    def say(self, kind: str, phone: str, said: dict[str, Any]) -> None:
        try:
            self.shop.told(kind, phone, **said)
        except AssertionError:
            self.late.append((kind, phone, said))

    def end(self) -> None:
        """All histories are where they belong, and what had to wait has come again."""
        for kind, phone, said in self.late:
            if kind != "promo.released":
                self.shop.told(kind, phone, **said)

    def rows(self) -> list[dict[str, Any]]:
        rows = stored(self.tables, self.shop.enterprise)["CustomersTable"]
        return [row for row in rows if "customer_id" in row and not is_copy(row["pk"]["S"])]


@settings(max_examples=settings().max_examples // 5, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=10))
def test_nothing_is_lost_and_one_number_is_one_customer(
    tables: DynamoDBClient, clock: Clock, steps: list[tuple[str, int, int]]
) -> None:
    clock.at = datetime.now(UTC)
    shop = Shop(str(uuid.uuid4()))
    shop.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")
    lives = Lives(shop, tables, clock)
    for step in steps:
        lives.do(*step)
    lives.end()
    rows = lives.rows()
    ids = [row["customer_id"]["S"] for row in rows]
    assert len(ids) == len(set(ids))
    assert sum(int(row["balance"]["N"]) + int(row["locked"]["N"]) for row in rows) == lives.topped_up + lives.granted
    assert sum(int(row["spend"]["N"]) for row in rows) == lives.spent
    assert sum(int(row["visits"]["N"]) for row in rows) == lives.visits
    books = Books(tables, shop.enterprise)
    assert [books.rebuild.compare(shop.enterprise, each, "QAR").differences for each in ids] == [()] * len(ids)
    for phone in PHONES:
        leads = lives.at(phone)
        found = shop.lookup(f"phone=%2B{phone[1:]}").data
        assert (found["status"] == "not_found") == (leads is None)
    forget(tables, shop.enterprise)
