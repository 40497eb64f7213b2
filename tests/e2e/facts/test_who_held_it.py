"""Whose a fact is, over the bus and HTTP: clocks that run ahead, ids that change hands, equal ids of two parts."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.e2e.facts.test_redrive import Operator
from tests.support.stack.own_stack import client

Figures = tuple[int, int, int, int]
_numbers = itertools.count(1)


@dataclass
class Shop:
    """An enterprise, its customers, and its office."""

    enterprise: Enterprise

    def phone(self) -> str:
        return f"+974330{next(_numbers):05}"

    def send(self, kind: str, hours: float = 0, *, wait: bool = True, **fields: Any) -> str:
        """One fact that happened so many hours from now. Waits until it has been applied, unless `wait` is false."""
        at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        fact_id = self.enterprise.publish(kind, **{"occurred_at": at, **fields})
        if wait:
            eventually(lambda: self.applied(fact_id))
        return fact_id

    def told(self, kind: str, phone: str, hours: float = 0, **fields: Any) -> str:
        return self.send(kind, hours, customer={"phone": phone}, **fields)

    def money(self, kind: str, phone: str, amount: int, hours: float = 0, **fields: Any) -> str:
        return self.told(kind, phone, hours, amount_minor=amount, currency="QAR", **fields)

    def applied(self, fact_id: str) -> bool:
        return self.row("records", f"fact#{fact_id}", sk={"S": "receipt"}) is not None

    def row(self, table: str, key: str, **more: Any) -> dict[str, Any] | None:
        stack = self.enterprise.stack
        wanted = {"pk": {"S": f"{self.enterprise.id}#{key}"}, **more}
        read = client(stack, "dynamodb").get_item(TableName=stack["tables"][table], Key=wanted, ConsistentRead=True)
        found: dict[str, Any] | None = read.get("Item")
        return found

    def customer(self, phone: str) -> dict[str, Any] | None:
        data = self.enterprise.get(f"/customers/lookup?phone={quote(phone, safe='')}").json()["data"]
        found: dict[str, Any] | None = data["customer"]
        return found

    def status(self, query: str) -> str:
        return str(self.enterprise.get(f"/customers/lookup?{query}").json()["data"]["status"])

    def id_of(self, phone: str) -> str:
        row = self.row("customers", phone)
        assert row
        return str(row["customer_id"]["S"])

    def figures(self, phone: str) -> Figures:
        """Locked, spendable, visits and spend."""
        found = self.customer(phone)
        assert found
        balance, activity = found["balance"], found["activity"]
        return (
            balance["locked_promo_minor"],
            balance["spendable_minor"],
            activity["visit_count"],
            activity["lifetime_spend_minor"],
        )

    def office(self, method: str, path: str, permission: str, body: dict[str, Any]) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.enterprise.send(method, path, self.enterprise.admin(permission), headers, json=body)
        assert answer.status_code == 200, answer.text

    def correct(self, customer_id: str, **body: Any) -> None:
        self.office("PATCH", f"/customers/{customer_id}", "customer:UPDATE", body)

    def merge(self, survivor: str, absorbed: str) -> None:
        self.office("POST", f"/customers/{survivor}/merge", "customer:MERGE", {"absorbed_customer_id": absorbed})


@pytest.fixture
def shop(enterprise: Enterprise, admin: Admin) -> Any:
    yield Shop(enterprise)

    def agrees() -> bool:
        return admin("audit", "--enterprise", enterprise.id)[0] == 0

    eventually(agrees)


def test_a_number_that_was_given_up_leads_nowhere_though_a_till_ran_ahead(shop: Shop) -> None:
    old, new = shop.phone(), shop.phone()
    shop.told("preferences.updated", old, 20, preferences={"milk": "oat"})
    layla = shop.id_of(old)
    shop.correct(layla, phone=new)
    shop.money("balance.topped_up", old, 700)
    shop.told("customer.registered", old, name="Somebody Else")
    stranger, moved = shop.customer(old), shop.customer(new)
    assert stranger
    assert moved
    assert (stranger["name"], stranger["balance"]["spendable_minor"]) == ("Somebody Else", 700)
    assert (shop.id_of(new), moved["name"], moved["balance"]["spendable_minor"]) == (layla, None, 0)


@pytest.mark.thorough
def test_a_top_up_is_whose_the_provider_id_was_in_any_order(shop: Shop) -> None:
    for order in itertools.permutations(range(3)):
        a, b, card = shop.phone(), shop.phone(), f"card-{uuid.uuid4()}"
        for phone in (a, b):
            shop.told("customer.registered", phone, -20, name="Somebody")
        by_card = {"customer": {"provider_customer_id": card}, "amount_minor": 700, "currency": "QAR"}
        top_up = ""
        for number in order:
            if number == 1:
                # The first of all waits for a link.
                top_up = shop.send("balance.topped_up", -5, wait=order[0] != 1, **by_card)
            else:
                shop.told("provider_id.linked", b if number else a, -2 if number else -10, provider_customer_id=card)
        eventually(partial(shop.applied, top_up))
        assert (shop.figures(a)[1], shop.figures(b)[1]) == (700, 0), order


@pytest.mark.thorough
def test_the_ids_that_were_linked_last_are_shown_in_any_order(shop: Shop) -> None:
    for backwards in (False, True):
        phone, mark = shop.phone(), uuid.uuid4().hex
        shop.told("customer.registered", phone, -50, name="Somebody")
        numbers = sorted(range(22), reverse=backwards)
        for number in numbers:
            shop.told("provider_id.linked", phone, number - 40, provider_customer_id=f"{mark}-{number:02}")
        found = [shop.status(f"provider_customer_id={mark}-{number:02}") for number in range(22)]
        assert found == ["not_found"] * 2 + ["pending_proof"] * 20


def test_one_fact_id_names_one_thing(shop: Shop, stack: dict[str, Any], tmp_path: Path) -> None:
    a, b = shop.phone(), shop.phone()
    fact_id = shop.told("consent.updated", a, consent={"marketing": True})
    again = shop.send(
        "balance.topped_up",
        wait=False,
        customer={"phone": b},
        amount_minor=50_000,
        currency="QAR",
        fact_id=fact_id,
    )
    assert again == fact_id
    operator = Operator(stack, tmp_path)
    file: Path = eventually(lambda: operator.file_of(shop.enterprise, fact_id))
    (row,) = [line for line in operator.listed.splitlines() if line.startswith(file.stem)]
    assert "fact_id: is the id of another fact" in row
    assert shop.customer(b) is None


def two(shop: Shop) -> tuple[str, str]:
    return shop.phone(), shop.phone()


def merged(shop: Shop, survivor: str, *absorbed: str) -> None:
    for phone in (survivor, *absorbed):
        shop.told("customer.registered", phone, -30, name="Somebody")
    for phone in absorbed:
        shop.merge(shop.id_of(survivor), shop.id_of(phone))


@pytest.mark.thorough
def test_a_number_with_an_absorbed_id_in_it_is_its_own(shop: Shop) -> None:
    y, x = two(shop)
    shop.money("promo.granted", x, 1000, -5, grant_id="G1")
    shop.money("purchase.completed", x, 700, -5, purchase_id="P1")
    absorbed = shop.id_of(x)
    merged(shop, y, x)
    shop.money("promo.granted", y, 5, grant_id=f"G1/{absorbed}")
    shop.money("purchase.completed", y, 50_000, purchase_id=f"P1/{absorbed}")
    assert shop.figures(y) == (1005, 0, 2, 50_700)


@pytest.mark.thorough
def test_an_absorbed_phone_releases_the_survivors_own_grant(shop: Shop) -> None:
    y, x = two(shop)
    shop.money("promo.granted", y, 700, -5, grant_id="welcome", expires_at="2031-12-01T00:00:00Z")
    for number, amount in enumerate((10, 20)):
        shop.money("promo.granted", y, amount, -5, grant_id=f"g{number}", expires_at=f"2031-0{number + 1}-01T00:00:00Z")
    merged(shop, y, x)
    shop.told("promo.released", x, grant_id="welcome")
    assert shop.figures(y)[:2] == (30, 700)


@pytest.mark.thorough
def test_of_two_absorbed_grants_the_first_granted_is_released(shop: Shop) -> None:
    for amounts in ((100, 50), (50, 100)) * 3:
        survivor, a, b = shop.phone(), shop.phone(), shop.phone()
        shop.money("promo.granted", a, amounts[0], -6, grant_id="welcome")
        shop.money("promo.granted", b, amounts[1], -5, grant_id="welcome")
        merged(shop, survivor, *((a, b) if amounts[0] == 100 else (b, a)))
        shop.told("promo.released", survivor, grant_id="welcome")
        assert shop.figures(survivor)[:2] == (amounts[1], amounts[0])


@pytest.mark.thorough
def test_what_is_late_of_an_absorbed_phone_overwrites_nothing_of_the_survivor(shop: Shop) -> None:
    s, a = two(shop)
    shop.money("promo.granted", s, 700, -8, grant_id="g")
    shop.money("purchase.completed", s, 900, -8, purchase_id="p")
    merged(shop, s, a)
    shop.correct(shop.id_of(s), phone=a)
    shop.money("promo.granted", a, 5, -7, grant_id="g")
    shop.money("purchase.completed", a, 40, -7, purchase_id="p")
    assert shop.figures(a) == (705, 0, 2, 940)
