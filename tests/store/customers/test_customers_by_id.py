"""A customer by id: who it is, what is open, what has happened; each asked for in as few requests as can be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import customer_rows
from customers.store.records.keys import record_key
from tests.support.books import CUSTOMERS, RECORDS, Books, Town, calls, interrupting
from tests.support.facts import NOON
from tests.support.tables import dynamodb


@pytest.fixture
def customers_by_id(books: Books) -> CustomersById:
    return CustomersById(books.client, CUSTOMERS, RECORDS)


def test_a_customer_is_found_by_id_in_two_requests(books: Books, customers_by_id: CustomersById) -> None:
    books.post("customer.registered")
    with calls(books.client) as asked:
        found = customers_by_id.find(books.enterprise, books.customer().customer_id)
    assert found == books.customer()
    assert asked[:2] == ["GetItem", "GetItem"]


def test_an_id_that_is_nobodys_takes_one_and_another_enterprises_too(
    books: Books, town: Town, customers_by_id: CustomersById
) -> None:
    books.post("customer.registered")
    for enterprise, customer_id in (
        (town.newcomer().enterprise, books.customer().customer_id),
        (books.enterprise, "usr_0"),
    ):
        with calls(books.client) as asked:
            assert customers_by_id.find(enterprise, customer_id) is None
        assert asked == ["GetItem"]
        assert customers_by_id.open_grants(enterprise, [customer_id], NOON, 5) == []
        assert customers_by_id.history(enterprise, [customer_id], 5, None).entries == []


def test_open_grants_come_in_the_order_in_which_they_expire(books: Books, customers_by_id: CustomersById) -> None:
    for number, days in enumerate((30, 10, 20)):
        books.post(
            "promo.granted", grant_id=f"g-{days}", expires_at=f"2030-01-{days:02}T00:00:00Z", amount_minor=number
        )
    books.post("promo.granted", grant_id="g-never")
    books.post("promo.granted", grant_id="g-closed")
    books.post("promo.released", grant_id="g-closed")
    who = (books.enterprise, [books.customer().customer_id])
    with calls(books.client) as asked:
        assert [grant.grant_id for grant in customers_by_id.open_grants(*who, NOON, 9)] == [
            "g-10",
            "g-20",
            "g-30",
            "g-never",
        ]
    assert asked == ["Query"]
    assert [grant.grant_id for grant in customers_by_id.open_grants(*who, NOON, 2)] == ["g-10", "g-20"]
    # From the second of its end on a grant is open to nobody.
    ends = datetime(2030, 1, 10, tzinfo=UTC)
    for now, first in ((ends - timedelta(microseconds=1), "g-10"), (ends, "g-20")):
        assert customers_by_id.open_grants(*who, now, 1)[0].grant_id == first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 4)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(1, 6))
def test_pages_of_any_size_are_the_ledger_read_backwards(town: Town, minutes: list[int], limit: int) -> None:
    books = town.newcomer()
    customers_by_id = CustomersById(books.client, CUSTOMERS, RECORDS)
    for minute in minutes:
        books.post("purchase.completed", at=NOON + timedelta(minutes=minute))
    books.post("customer.registered")
    customer = books.customer()
    told, after, more = [], None, True
    while more:
        with calls(books.client) as asked:
            page = customers_by_id.history(books.enterprise, [customer.customer_id], limit, after)
        assert asked == ["Query"]
        assert 0 < len(page.entries) <= limit
        told += [(entry.type, entry.order.fact_id, dict(entry.detail)) for entry in page.entries]
        after, more = page.end, page.more
    expected = [
        (kind, said["fact_id"], {name: value for name, value in said.items() if name not in ("fact_id", "occurred_at")})
        for kind, said in reversed(books.ledger_of(customer))
    ]
    assert told == expected


def test_every_read_is_strongly_consistent(books: Books) -> None:
    books.post("customer.registered")
    customer_id = books.customer().customer_id
    sent: list[dict[str, Any]] = []
    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb", lambda params, **_: sent.append(params))
    customers_by_id = CustomersById(client, CUSTOMERS, RECORDS)
    customers_by_id.find(books.enterprise, customer_id)
    customers_by_id.open_grants(books.enterprise, [customer_id], NOON, 5)
    customers_by_id.history(books.enterprise, [customer_id], 5, None)
    assert len(sent) == 4
    assert all(params["ConsistentRead"] for params in sent)


def test_who_moves_between_the_two_reads_is_looked_for_again(books: Books) -> None:
    books.post("customer.registered", name="Layla")
    profile, moved = books.customer(), replace(books.customer(), phone=Phone("+97466005566"))
    steps = iter([(), (profile, moved), (), ()])
    customers_by_id = CustomersById(
        interrupting("before-call.dynamodb", lambda: move(books, *next(steps))), CUSTOMERS, RECORDS
    )
    assert customers_by_id.find(books.enterprise, profile.customer_id) == moved


def test_who_always_moves_asks_for_patience(books: Books) -> None:
    books.post("customer.registered")
    profile, moved = books.customer(), replace(books.customer(), phone=Phone("+97466005566"))
    steps = itertools.cycle([(), (profile, moved), (), (moved, profile)])
    customers_by_id = CustomersById(
        interrupting("before-call.dynamodb", lambda: move(books, *next(steps))), CUSTOMERS, RECORDS
    )
    with pytest.raises(Unavailable):
        customers_by_id.find(books.enterprise, profile.customer_id)


def move(books: Books, *ways: Profile) -> None:
    """From the first to the second."""
    if ways:
        before, after = ways
        pointer = record_key(books.enterprise, before.customer_id, "pointer")
        books.client.put_item(TableName=RECORDS, Item={**pointer, "phone": {"S": after.phone.e164}})
        books.client.delete_item(TableName=CUSTOMERS, Key=customer_key(books.enterprise, before.phone))
        for row in customer_rows(books.enterprise, after):
            books.client.put_item(TableName=CUSTOMERS, Item=row)


READS: dict[str, Callable[[CustomersById], object]] = {
    "find": lambda customers_by_id: customers_by_id.find("acme", "usr_1"),
    "open_grants": lambda customers_by_id: customers_by_id.open_grants("acme", ["usr_1"], NOON, 5),
    "history": lambda customers_by_id: customers_by_id.history("acme", ["usr_1"], 5, None),
}


@pytest.mark.parametrize("read", READS)
def test_a_fault_that_passes_by_itself_asks_for_patience(books: Books, read: str) -> None:
    def fail() -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    broken = CustomersById(interrupting("before-call.dynamodb", fail), CUSTOMERS, RECORDS)
    with pytest.raises(Unavailable):
        READS[read](broken)
