"""What is known of a merged customer comes from one row for each part, never from the ledger."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.phone import Phone
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import sums_of
from customers.store.records.keys import PART, record_key
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.dynamodb.metering import counted
from tests.support.facts import LAYLA, NOON, OMAR, SARA
from tests.support.identity.merging import merge

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
MONEY = {"amount_minor": 100, "currency": "QAR"}


def known(books: Books, *phones: str) -> list[str]:
    for phone in phones:
        books.post("customer.registered", about=phone, name=f"At {phone[-2:]}")
    return [books.customer(phone).customer_id for phone in phones]


def require_no_differences(books: Books) -> None:
    customer_id = books.customer().customer_id
    assert books.rebuild.compare(books.enterprise, customer_id, "QAR").differences == ()


@pytest.mark.parametrize("hours", [-1, 5000], ids=["before the merge", "after it"])
def test_a_state_of_a_merged_customer_costs_the_same_whatever_is_behind_it(books: Books, hours: int) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    merge(books, layla, omar)
    costs = []
    for more in (10, 100):
        for number in range(more):
            said = {"purchase_id": f"p-{more}-{number}", **MONEY}
            books.post("purchase.completed", about=OMAR if number % 2 else LAYLA, **said)
        with counted(books.client) as cost:
            at = NOON + hours * HOUR + more * timedelta(seconds=1)
            books.post("preferences.updated", about=OMAR, at=at, preferences={"milk": more})
        costs.append((cost.requests, cost.rows))
        assert books.customer().preferences == {"milk": more}
    assert costs[0] == costs[1]
    assert costs[0][1] < 20
    require_no_differences(books)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("purchase.completed", {"purchase_id": "new-{}", **MONEY}),
        ("balance.topped_up", MONEY),
        ("promo.released", {"grant_id": "welcome-{}"}),
    ],
    ids=["purchase", "top-up", "end of a grant"],
)
def test_a_sum_of_a_merged_customer_costs_the_same_whatever_is_behind_it(
    books: Books, kind: str, said: dict[str, Any]
) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    for more in (10, 100):
        books.post("promo.granted", about=OMAR, grant_id=f"welcome-{more}", **MONEY)
    # One more, so that an end leaves as many open ones as it reads.
    for number in range(3):
        books.post("promo.granted", grant_id=f"other-{number}", **MONEY)
    merge(books, layla, omar)
    costs = []
    for more in (10, 100):
        for number in range(more):
            books.post("balance.topped_up", about=OMAR if number % 2 else LAYLA, **MONEY)
        with counted(books.client) as cost:
            numbered = {
                name: str(value).format(more) if name.endswith("_id") else value for name, value in said.items()
            }
            books.post(kind, about=OMAR, fact_id=f"new-{more}", **numbered)
        costs.append((cost.requests, cost.rows))
    assert costs[0] == costs[1]
    assert costs[0][1] < 20
    require_no_differences(books)


def test_each_part_adds_up_to_what_it_would_be_alone(books: Books, tables: DynamoDBClient) -> None:
    alone = Books(tables, str(uuid.uuid4()))
    told: list[tuple[str, dict[str, Any]]] = [
        ("balance.topped_up", MONEY),
        ("purchase.completed", {"purchase_id": "p-1", **MONEY}),
        ("purchase.completed", {"purchase_id": "p-2", **MONEY}),
        ("promo.granted", {"grant_id": "g-1", **MONEY}),
        ("promo.granted", {"grant_id": "g-2", "expires_at": "2031-01-01T00:00:00Z", **MONEY}),
        (
            "customer.imported",
            {"source": "old-pos", "visit_count": 7, "lifetime_spend_minor": 900, "spendable_minor": 5},
        ),
        # What was counted before is in the import.
        ("purchase.completed", {"purchase_id": "p-1", "included_in": "old-pos", **MONEY}),
        ("promo.released", {"grant_id": "g-1"}),
        ("purchase.refunded", {"purchase_id": "p-2", "refund_id": "r-1", **MONEY}),
    ]
    for number, (kind, said) in enumerate(told):
        if number == 4:
            merge(books, *known(books, LAYLA, OMAR))
            known(alone, LAYLA, OMAR)
        for each in (books, alone):
            for phone, id_ in ((LAYLA, "l"), (OMAR, "o")):
                each.post(kind, about=phone, fact_id=f"{id_}-{number}", at=NOON + number * HOUR, **said)
    pointers = {row["pk"]["S"].split("#")[1]: row for row in books.rows(RECORDS) if row["sk"] == {"S": PART}}
    layla = books.customer().customer_id
    omar = next(each for each in pointers if each != layla)
    for customer_id, phone in ((layla, LAYLA), (omar, OMAR)):
        (expected,) = (
            row for row in alone.rows(CUSTOMERS) if row["pk"] == customer_key(alone.enterprise, Phone(phone))["pk"]
        )
        assert sums_of(pointers[customer_id])[:3] == sums_of(expected)[:3]
    assert books.customer().balance_minor == 2 * alone.customer().balance_minor
    require_no_differences(books)
    alone.close()


def test_states_of_all_parts_of_a_chain_count(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, omar, sara)
    merge(books, layla, omar)
    books.post("preferences.updated", about=SARA, at=NOON + HOUR, preferences={"milk": "oat"})
    books.post("consent.updated", about=OMAR, at=NOON + HOUR, consent={"sms": False})
    books.post("consent.updated", at=NOON + 2 * HOUR, consent={"sms": True})
    assert (books.customer().preferences, books.customer().consent) == ({"milk": "oat"}, {"sms": False})
    books.post("preferences.updated", about=SARA, at=NOON + 2 * HOUR, preferences={"milk": "soy"})
    assert books.customer().preferences == {"milk": "soy"}
    require_no_differences(books)


@pytest.mark.parametrize("whose", [LAYLA, OMAR])
def test_a_lost_row_of_a_part_is_found_and_mended(books: Books, tables: DynamoDBClient, whose: str) -> None:
    layla, omar = known(books, LAYLA, OMAR)
    key = record_key(books.enterprise, layla if whose == LAYLA else omar, PART)
    merge(books, layla, omar)
    row = tables.get_item(TableName=RECORDS, Key=key)["Item"]
    tables.delete_item(TableName=RECORDS, Key=key)
    found = books.rebuild.compare(books.enterprise, layla, "QAR").differences
    assert found == (f"what was stated about the part {key['pk']['S'].split('#')[1]}",)
    assert books.rebuild.mend(books.enterprise, layla, "QAR") == found
    assert tables.get_item(TableName=RECORDS, Key=key)["Item"] == row
    require_no_differences(books)
