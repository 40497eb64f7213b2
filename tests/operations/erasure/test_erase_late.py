"""What arrives about a person who is erased: money keeps its books, and nobody comes back."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.refusals import NotYet
from customers.store.facts.ledger import Ledger
from tests.operations.conftest import LAYLA, MONEY, NAME, PROVIDER_ID, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import SECRET, Books
from tests.support.erasure.erasing import derived_sums, erase, everything, held, later, settled_layla, sums
from tests.support.recording import id_of, stored

pytestmark = pytest.mark.slow

BEFORE = "2026-11-01T12:00:00Z"
PERSONAL: dict[str, dict[str, Any]] = {
    "customer.registered": {"name": "Layla H."},
    "preferences.updated": {"preferences": {"note": "likes Layla"}},
    "consent.updated": {"consent": {"letters to Layla": True}},
    "provider_id.linked": {"provider_customer_id": "pos-late-layla"},
    "customer.verified": {},
    "customer.disabled": {},
}
MONEYED: dict[str, dict[str, Any]] = {
    "balance.topped_up": {"amount_minor": 50, **MONEY},
    "balance.spent": {"amount_minor": 20, **MONEY},
    "purchase.completed": {"purchase_id": "p-late", "amount_minor": 900, **MONEY},
    "purchase.refunded": {"refund_id": "r-late", "purchase_id": "p1", "amount_minor": 100, **MONEY},
    "promo.granted": {"grant_id": "late", "amount_minor": 30, **MONEY},
    "promo.released": {"grant_id": "welcome"},
}


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    return settled_layla(shop, tables)


ADDRESSES: dict[str, Any] = {
    "phone": lambda _: {"phone": LAYLA},
    "provider id": lambda _: {"provider_customer_id": PROVIDER_ID},
    "customer id": lambda customer_id: {"customer_id": customer_id},
}


def left(tables: DynamoDBClient, shop: Shop, customer_id: str) -> dict[str, Any]:
    (row,) = [
        row
        for row in stored(tables, shop.enterprise)["CustomersTable"]
        if row["pk"]["S"] == f"{shop.enterprise}#erased#{customer_id}"
    ]
    return row


@pytest.mark.parametrize("address", ADDRESSES)
def test_money_of_before_goes_to_what_is_left(shop: Shop, tables: DynamoDBClient, layla: str, address: str) -> None:
    erase(shop, layla)
    before = sums(tables, shop)
    for kind, said in MONEYED.items():
        shop.told(kind, customer=ADDRESSES[address](layla), occurred_at=BEFORE, **said)
    row = left(tables, shop, layla)
    assert int(row["balance"]["N"]) == 50 - 20 + 700
    assert (int(row["locked"]["N"]), int(row["visits"]["N"])) == (30, 2)
    after = sums(tables, shop)
    assert after["balance_minor"] - before["balance_minor"] == 730
    assert after["locked_minor"] - before["locked_minor"] == 30 - 700
    assert derived_sums(tables, shop) == after
    assert len(stored(tables, shop.enterprise)["CustomersTable"]) == 1
    books = Books(tables, shop.enterprise)
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()
    assert shop.lookup("phone=33001122").data["status"] == "not_found"


@pytest.mark.parametrize("kind", PERSONAL)
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_personal_is_noted_and_not_what_it_said(
    shop: Shop, tables: DynamoDBClient, layla: str, address: str, kind: str
) -> None:
    erase(shop, layla)
    before = left(tables, shop, layla)
    shop.told(kind, fact_id="late", customer=ADDRESSES[address](layla), occurred_at=BEFORE, **PERSONAL[kind])
    (entry,) = [row for row in held(tables, shop)["RecordsTable"] if row["sk"]["S"] == _sk(BEFORE, "late")]
    assert (entry["type"]["S"], entry["detail"]["S"]) == (kind, "{}")
    after = left(tables, shop, layla)
    assert {**after, "version": before["version"], "checksum": before["checksum"]} == before
    assert "pos-late-layla" not in everything(tables, shop)
    assert len(stored(tables, shop.enterprise)["CustomersTable"]) == 1
    books = Books(tables, shop.enterprise)
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def _sk(at: str, fact_id: str) -> str:
    return f"ledger#{at[:-1]}.000000Z#{fact_id}"


def test_together_and_twice_they_are_applied_once(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    erase(shop, layla)
    books = Books(tables, shop.enterprise)
    told = [
        books.fact(kind, {"fact_id": f"f-{kind}", "occurred_at": BEFORE, "customer": {"phone": LAYLA}, **said})
        for kind, said in {**MONEYED, **PERSONAL}.items()
    ]
    ledger = Ledger(tables, "CustomersTable", "RecordsTable", "DerivedTable", SECRET)
    assert set(map(str, ledger.post(told))) == {"applied"}
    after = everything(tables, shop)
    assert set(map(str, ledger.post(told))) == {"duplicate"}
    assert everything(tables, shop) == after
    assert int(left(tables, shop, layla)["balance"]["N"]) == 730


@pytest.mark.parametrize("address", ADDRESSES)
def test_of_who_is_deleted_nothing_is_noted_but_a_count(shop: Shop, tables: DynamoDBClient, address: str) -> None:
    shop.told("promo.granted", LAYLA, grant_id="welcome", amount_minor=700, **MONEY)
    shop.told("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
    customer_id = id_of(tables, shop)
    before = sums(tables, shop)
    assert before["unclaimed_minor"] == before["locked_minor"] == 700
    erase(shop, customer_id)
    forfeited = {**dict.fromkeys(before, 0), "forfeited_minor": 700}
    assert sums(tables, shop) == derived_sums(tables, shop) == forfeited
    kept = _but_receipts(tables, shop)
    for kind, said in {**MONEYED, **PERSONAL}.items():
        shop.told(kind, fact_id=kind, customer=ADDRESSES[address](customer_id), occurred_at=BEFORE, **said)
    after = _but_receipts(tables, shop)
    (pointer,) = [row for row in after["RecordsTable"] if row["sk"]["S"] == "pointer"]
    assert int(pointer.pop("late")["N"]) == len(MONEYED) + len(PERSONAL)
    assert after == kept
    assert sums(tables, shop) == derived_sums(tables, shop) == forfeited
    shop.told(
        "balance.topped_up",
        fact_id="balance.topped_up",
        customer=ADDRESSES[address](customer_id),
        occurred_at=BEFORE,
        **MONEYED["balance.topped_up"],
    )
    (pointer,) = [row for row in _but_receipts(tables, shop)["RecordsTable"] if row["sk"]["S"] == "pointer"]
    assert int(pointer["late"]["N"]) == len(MONEYED) + len(PERSONAL)


def _but_receipts(tables: DynamoDBClient, shop: Shop) -> dict[str, list[dict[str, Any]]]:
    rows = held(tables, shop)
    rows.pop("DerivedTable")
    # A late link says who held the provider id, by a pseudonym of it.
    rows["RecordsTable"] = [row for row in rows["RecordsTable"] if row["sk"]["S"] not in ("receipt", "holdings")]
    return rows


@pytest.mark.parametrize("verified", [True, False])
def test_who_registers_again_is_somebody_new(shop: Shop, tables: DynamoDBClient, verified: bool) -> None:
    shop.told("customer.registered", LAYLA, name=NAME)
    shop.told("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
    if verified:
        shop.told("customer.verified", LAYLA)
    shop.told("purchase.completed", LAYLA, purchase_id="p1", amount_minor=100, **MONEY)
    old = id_of(tables, shop)
    erase(shop, old)
    after = later(seconds=1)
    shop.told("customer.registered", LAYLA, name="Layla Anew", occurred_at=after)
    shop.told("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID, occurred_at=after)
    new = id_of(tables, shop)
    assert new != old
    found = shop.lookup("phone=33001122").data
    assert (found["status"], found["customer"]["name"]) == ("pending_proof", "Layla Anew")
    assert found["customer"]["activity"]["visit_count"] == 0
    # What was of the old one, and comes now, is still the old one's: by the phone and by the provider id.
    for number, customer in (("p2", {"phone": LAYLA}), ("p3", {"provider_customer_id": PROVIDER_ID})):
        shop.told(
            "purchase.completed",
            customer=customer,
            purchase_id=number,
            amount_minor=5,
            occurred_at=BEFORE,
            **MONEY,
        )
    assert shop.lookup("phone=33001122").data["customer"]["activity"]["visit_count"] == 0
    # And what is of the new one is theirs.
    shop.told(
        "balance.topped_up", customer={"provider_customer_id": PROVIDER_ID}, amount_minor=9, occurred_at=after, **MONEY
    )
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 9


def test_the_absorbed_ones_facts_follow_into_what_is_left(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("promo.granted", TWIN, grant_id="theirs", amount_minor=40, **MONEY)
    twin = id_of(tables, shop, TWIN)
    merge(shop, layla, twin)
    erase(shop, layla)
    shop.told("promo.released", TWIN, grant_id="theirs", occurred_at=BEFORE)
    shop.told("balance.topped_up", customer={"customer_id": twin}, amount_minor=2, **MONEY)
    assert int(left(tables, shop, layla)["balance"]["N"]) == 42
    # By a phone that is still to be freed, what has happened since waits until it is.
    with pytest.raises(AssertionError):
        shop.told("customer.registered", TWIN, name="Somebody", occurred_at=later(seconds=1))
    assert len([row for row in stored(tables, shop.enterprise)["CustomersTable"] if "customer_id" in row]) == 1


def test_a_message_of_both_sides_of_the_erasure_is_taken_apart(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    erase(shop, layla)
    books = Books(tables, shop.enterprise)
    facts = [
        books.fact(
            "balance.topped_up",
            {"fact_id": f"f-{at}", "occurred_at": at, "customer": {"phone": LAYLA}, "amount_minor": amount, **MONEY},
        )
        for at, amount in ((BEFORE, 3), (later(seconds=5), 4))
    ]
    assert set(map(str, books.ledger.post(facts))) == {"applied"}
    assert int(left(tables, shop, layla)["balance"]["N"]) == 3
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 4


def test_a_message_of_both_sides_about_a_phone_that_is_still_to_be_freed_is_taken_apart_too(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    shop.told("balance.topped_up", TWIN, amount_minor=1, **MONEY)
    shop.told("balance.settled", TWIN, amount_minor=1, **MONEY)
    merge(shop, layla, id_of(tables, shop, TWIN))
    erase(shop, layla)
    books = Books(tables, shop.enterprise)
    facts = [
        books.fact(
            "balance.topped_up",
            {"fact_id": f"f-{at}", "occurred_at": at, "customer": {"phone": TWIN}, "amount_minor": amount, **MONEY},
        )
        for at, amount in ((BEFORE, 3), (later(seconds=5), 4))
    ]
    with pytest.raises(NotYet):
        books.ledger.post(facts)
    assert int(left(tables, shop, layla)["balance"]["N"]) == 3
