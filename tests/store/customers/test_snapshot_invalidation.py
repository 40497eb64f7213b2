"""The mark of an enterprise's last departure: another one exactly when somebody is shut off."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.customers.snapshot_invalidation import NOBODY, departed_key, mark_of
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.facts import LAYLA, NOON, OMAR


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    return Books(tables, enterprise)


def mark(books: Books) -> str:
    return mark_of(books.client.get_item(TableName=RECORDS, Key=departed_key(books.enterprise)).get("Item"))


def test_who_is_shut_off_leaves_another_mark_each_time(books: Books) -> None:
    books.post("customer.registered")
    field_versions = [mark(books)]
    for number, kind in enumerate(("customer.disabled", "customer.enabled", "customer.disabled"), start=1):
        books.post(kind, at=NOON.replace(minute=number))
        field_versions.append(mark(books))
    before, first, enabled, second = field_versions
    assert before == NOBODY
    assert first == enabled
    assert len({before, first, second}) == 3


@pytest.mark.parametrize(
    "kinds",
    [
        ["customer.registered", "customer.verified", "balance.topped_up", "purchase.completed"],
        # Nobody can have a copy of an unknown customer.
        ["customer.disabled"],
        ["customer.enabled", "customer.verified"],
    ],
)
def test_nothing_else_does(books: Books, kinds: list[str]) -> None:
    for kind in kinds:
        books.post(kind)
    assert mark(books) == NOBODY


def test_who_is_shut_off_already_leaves_none(books: Books) -> None:
    books.post("customer.registered")
    books.post("customer.disabled", fact_id="d-1")
    first = mark(books)
    assert books.post("customer.disabled", fact_id="d-1") == "duplicate"
    books.post("customer.disabled", at=NOON.replace(minute=9))
    books.post("balance.topped_up")
    assert mark(books) == first != NOBODY


def test_each_of_two_leaves_their_own(books: Books) -> None:
    books.post("customer.registered", about=LAYLA)
    books.post("customer.registered", about=OMAR)
    books.post("customer.disabled", about=LAYLA)
    first = mark(books)
    books.post("customer.disabled", about=OMAR)
    assert mark(books) not in (first, NOBODY)


def test_who_is_found_to_have_been_shut_off_all_along_leaves_one(books: Books) -> None:
    """A row that has gone wrong, and is mended from the ledger."""
    books.post("customer.registered")
    books.post("customer.disabled")
    first = mark(books)
    layla = books.find()
    assert layla
    books.client.update_item(
        TableName=CUSTOMERS,
        Key={"pk": {"S": f"{books.enterprise}#{LAYLA}"}},
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": "PENDING_PROOF"}},
    )
    assert books.rebuild.mend(books.enterprise, layla.customer_id, "QAR") != ()
    assert mark(books) != first
