"""The overdrawn queue's consumer: a balance that stays below 0 is counted, for as long as it does."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.changes import Change
from customers.store.changes import change_of, message_of
from customers.store.current import Current
from events.watch_balances import watch
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.facts import LAYLA, OMAR

DELAY = 60


class Watched:
    """The overdrawn queue: what is sent to it, and when it is to come."""

    def __init__(self) -> None:
        self.sent: list[tuple[Change, int]] = []
        self.silent = False

    def send(self, *bodies: str, delay_seconds: int) -> None:
        if self.silent:
            raise TimeoutError
        self.sent += [(change_of(body), delay_seconds) for body in bodies]


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    return Books(tables, enterprise)


@pytest.fixture
def queue() -> Watched:
    return Watched()


def look(books: Books, queue: Any, bodies: Sequence[str]) -> list[str]:
    """Have messages taken; those that come again."""
    records = [{"messageId": body, "body": body} for body in bodies]
    current = Current(books.client, CUSTOMERS, RECORDS)
    answer = watch({"Records": records}, None, current=current, overdrawn=queue, delay=DELAY)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def customer(books: Books, phone: str = LAYLA) -> Change:
    return Change(books.enterprise, books.customer(phone).customer_id)


def last(log: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(log.getvalue().splitlines()[-1])
    return line


def test_a_balance_that_is_still_below_zero_is_counted_and_looked_at_again(
    books: Books, queue: Watched, log: io.StringIO
) -> None:
    books.post("balance.spent", amount_minor=300)
    who = customer(books)
    for _ in range(3):
        assert look(books, queue, [message_of(who)]) == []
    assert queue.sent == [(who, DELAY)] * 3
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["below_zero", "watched"] * 3
    assert {line["customer_id"] for line in lines[::2]} == {who.customer_id}
    assert (lines[1]["operation"], lines[1]["failed"], lines[1]["outcomes"]) == ("watch_balances", 1, {"below_zero": 1})
    assert "failed" in {metric["Name"] for metric in lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert LAYLA not in log.getvalue()
    assert LAYLA[-4:] not in log.getvalue()


def test_a_balance_that_was_mended_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.topped_up", amount_minor=300)
    assert look(books, queue, [message_of(customer(books))]) == []
    assert queue.sent == []
    assert (last(log)["failed"], last(log)["outcomes"]) == (0, {"settled": 1})


def test_who_is_gone_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    assert look(books, queue, [message_of(Change(books.enterprise, "usr_00"))]) == []
    assert (queue.sent, last(log)["failed"]) == ([], 0)


def test_what_cannot_be_read_comes_again_and_counts(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.spent", about=OMAR, amount_minor=300)
    (row,) = [row for row in books.rows(CUSTOMERS) if row["phone"]["S"] == OMAR]
    who, omar = message_of(customer(books)), message_of(customer(books, OMAR))
    books.client.put_item(TableName=CUSTOMERS, Item={**row, "balance": {"S": "little"}})
    assert look(books, queue, [omar, "not a change", who]) == [omar, "not a change"]
    assert queue.sent == [(customer(books), DELAY)]
    assert (last(log)["failed"], last(log)["outcomes"]) == (3, {"below_zero": 1, "failed": 2})


def test_watching_goes_on_when_the_queue_does_not_take_it(books: Books, queue: Watched) -> None:
    books.post("balance.spent", amount_minor=300)
    queue.silent = True
    who = message_of(customer(books))
    assert look(books, queue, [who]) == [who]
