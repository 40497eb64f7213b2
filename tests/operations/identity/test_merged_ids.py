"""Numbers of two merged customers are never confused, and what only adds never waits for a migration."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.identity.test_correct import correct
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import Books
from tests.support.recording import id_of

OMAR = "+97455003344"


def granted(shop: Shop, phone: str, grant_id: str, amount: int, at: str = "2026-11-01T10:00:00Z", **more: Any) -> None:
    shop.told("promo.granted", phone, grant_id=grant_id, amount_minor=amount, occurred_at=at, **MONEY, **more)


def bought(shop: Shop, phone: str, purchase_id: str, amount: int, at: str = "2026-11-01T10:00:00Z") -> None:
    shop.told("purchase.completed", phone, purchase_id=purchase_id, amount_minor=amount, occurred_at=at, **MONEY)


def figures(shop: Shop, phone: str = LAYLA) -> tuple[int, int, int, int]:
    """Locked, spendable, visits and spend, as a lookup tells them."""
    customer = shop.lookup(f"phone=%2B{phone[1:]}").data["customer"]
    balance, activity = customer["balance"], customer["activity"]
    return (
        balance["locked_promo_minor"],
        balance["spendable_minor"],
        activity["visit_count"],
        activity["lifetime_spend_minor"],
    )


def audited(shop: Shop, tables: DynamoDBClient, phone: str = LAYLA) -> None:
    compared = Books(tables, shop.enterprise).rebuild.compare(shop.enterprise, id_of(tables, shop, phone), "QAR")
    assert compared.differences == ()


def test_a_number_that_looks_like_an_absorbed_ones_is_another_one(shop: Shop, tables: DynamoDBClient) -> None:
    granted(shop, TWIN, "G1", 1000)
    bought(shop, TWIN, "P1", 700)
    shop.told("customer.registered", LAYLA, name="Layla")
    twin = id_of(tables, shop, TWIN)
    merge(shop, id_of(tables, shop), twin)
    granted(shop, LAYLA, f"G1/{twin}", 5)
    bought(shop, LAYLA, f"P1/{twin}", 50_000)
    assert figures(shop) == (1005, 0, 2, 50_700)
    audited(shop, tables)


def test_an_absorbed_phone_releases_the_survivors_own_grant(shop: Shop, tables: DynamoDBClient) -> None:
    granted(shop, LAYLA, "welcome", 700, expires_at="2099-12-02T00:00:00Z")
    granted(shop, LAYLA, "soon", 10, expires_at="2099-12-01T00:00:00Z")
    granted(shop, LAYLA, "sooner", 20, expires_at="2099-11-30T00:00:00Z")
    shop.told("customer.registered", TWIN, name="Twin")
    merge(shop, id_of(tables, shop), id_of(tables, shop, TWIN))
    shop.told("promo.released", TWIN, grant_id="welcome")
    assert figures(shop)[:2] == (30, 700)
    audited(shop, tables)


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_two_absorbed_grants_the_one_granted_first_is_released(
    shop: Shop, tables: DynamoDBClient, first: str
) -> None:
    at = {"a": "2026-11-01T08:00:00Z", "b": "2026-11-01T09:00:00Z"}
    granted(shop, TWIN, "welcome", 100, at["a" if first == "a" else "b"])
    granted(shop, OMAR, "welcome", 50, at["b" if first == "a" else "a"])
    shop.told("customer.registered", LAYLA, name="Layla")
    for number, phone in enumerate((TWIN, OMAR)):
        merge(shop, id_of(tables, shop), id_of(tables, shop, phone), f"k{number}")
    shop.told("promo.released", LAYLA, grant_id="welcome")
    assert figures(shop)[1] == (100 if first == "a" else 50)
    audited(shop, tables)


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_what_is_late_of_an_absorbed_phone_that_the_survivor_got_is_the_absorbed_ones(
    shop: Shop, tables: DynamoDBClient, order: tuple[int, ...]
) -> None:
    granted(shop, LAYLA, "g", 700)
    bought(shop, LAYLA, "p", 900)
    shop.told("customer.registered", TWIN, name="Twin")
    layla, twin = id_of(tables, shop), id_of(tables, shop, TWIN)
    merge(shop, layla, twin)
    assert correct(shop, layla, phone=TWIN).status == 200
    late = [lambda: granted(shop, TWIN, "g", 5), lambda: bought(shop, TWIN, "p", 40)]
    for number in order:
        late[number]()
    assert figures(shop, TWIN) == (705, 0, 2, 940)
    audited(shop, tables, TWIN)


def delivered(shop: Shop, kind: str, tries: int, **fields: Any) -> str:
    """What becomes of a fact about the twin: `done` or `waiting`."""
    from events.fold_facts import handler

    detail = {
        "fact_id": f"{kind}-1",
        "enterprise_id": shop.enterprise,
        "occurred_at": "2026-11-01T10:00:00Z",
        "customer": {"phone": TWIN},
        **fields,
    }
    message = {
        "messageId": "m1",
        "receiptHandle": "r1",
        "attributes": {"ApproximateReceiveCount": str(tries)},
        "body": json.dumps({"detail-type": kind, "source": "partner.tests", "detail": detail}),
    }
    return "waiting" if handler({"Records": [message]}, None)["batchItemFailures"] else "done"


ADDS: dict[str, dict[str, Any]] = {
    "balance.topped_up": {"amount_minor": 5, **MONEY},
    "balance.spent": {"amount_minor": 5, **MONEY},
    "purchase.completed": {"amount_minor": 5, "purchase_id": "p2", **MONEY},
    "purchase.refunded": {"amount_minor": 5, "purchase_id": "p1", "refund_id": "r1", **MONEY},
}


@pytest.mark.parametrize("kind", ADDS)
def test_what_only_adds_does_not_wait_for_a_migration(shop: Shop, tables: DynamoDBClient, kind: str) -> None:
    bought(shop, TWIN, "p1", 100)
    shop.told("balance.topped_up", LAYLA, amount_minor=50, **MONEY)
    merge(shop, id_of(tables, shop), id_of(tables, shop, TWIN))
    before = figures(shop)
    assert delivered(shop, kind, 1, **ADDS[kind]) == "done"
    assert figures(shop) != before
    audited(shop, tables)
    # The same purchase again, under another fact id, is still one purchase.
    bought(shop, TWIN, "p1", 100, "2026-11-01T11:00:00Z")
    assert figures(shop)[2] == (2 if kind == "purchase.completed" else 1)
    audited(shop, tables)
