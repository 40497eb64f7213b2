"""What a merged customer states comes from one row for each part, never from the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.records.keys import record_key
from customers.store.records.part_rows import PART
from tests.support.books import RECORDS, Books
from tests.support.dynamodb.metering import counted
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.identity.merging import begin_merge, merge, migrate

HOUR = timedelta(hours=1)
SARA = "+97433001199"
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
    for more in (10, 400):
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


def test_no_state_waits_while_the_history_of_a_chain_moves(books: Books) -> None:
    layla, omar, sara = known(books, LAYLA, OMAR, SARA)
    merge(books, omar, sara)
    begin_merge(books, layla, omar)
    books.post("preferences.updated", about=SARA, at=NOON + HOUR, preferences={"milk": "oat"})
    books.post("consent.updated", about=OMAR, at=NOON + HOUR, consent={"sms": False})
    books.post("consent.updated", at=NOON + 2 * HOUR, consent={"sms": True})
    assert (books.customer().preferences, books.customer().consent) == ({"milk": "oat"}, {"sms": False})
    migrate(books, omar)
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
