"""The overdrawn queue's consumer: a balance that stays below 0 is counted, for as long as it does."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.overdraft_monitor import watch
from customers.store.aws.queues import OverdrawnQueue
from customers.store.customers.batch_reader import BatchReader
from customers.store.stats.changes import batch_of, batches_of
from tests.support.books import CUSTOMERS, RECORDS, Books, calls
from tests.support.facts import LAYLA, OMAR

DELAY = 60


class Watched(OverdrawnQueue):
    """The overdrawn queue: what is sent to it, and when it is to come."""

    def __init__(self) -> None:
        self.sent: list[tuple[CustomerRef, int]] = []
        self.messages = 0
        self.silent = False

    def send(self, *bodies: str, delay_seconds: int = 0) -> None:
        if self.silent:
            raise TimeoutError
        self.messages += len(bodies)
        self.sent += [(change, delay_seconds) for body in bodies for change in batch_of(body)]


@pytest.fixture
def queue() -> Watched:
    return Watched()


def look(books: Books, queue: Any, bodies: Sequence[str]) -> list[str]:
    """Have messages taken; those that come again."""
    records = [{"messageId": body, "body": body} for body in bodies]
    current = BatchReader(books.client, CUSTOMERS, RECORDS)
    handler = watch("watch_balances", batch_of, current.balances, partial(queue.watch, delay=DELAY))
    answer = handler({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def roll(*changes: CustomerRef) -> str:
    (message,) = batches_of(changes)
    return message


def customer(books: Books, phone: str = LAYLA) -> CustomerRef:
    return CustomerRef(books.enterprise, books.customer(phone).customer_id)


def last(log: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(log.getvalue().splitlines()[-1])
    return line


def test_a_balance_that_is_still_below_zero_is_counted_and_looked_at_again(
    books: Books, queue: Watched, log: io.StringIO
) -> None:
    books.post("balance.spent", amount_minor=300)
    who = customer(books)
    for _ in range(3):
        assert look(books, queue, [roll(who)]) == []
    assert queue.sent == [(who, DELAY)] * 3
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["below_zero", "watched"] * 3
    assert [line["customer_ids"] for line in lines[::2]] == [[who.customer_id]] * 3
    assert (lines[1]["operation"], lines[1]["failed"]) == ("watch_balances", 1)
    assert lines[1]["outcomes"] == {"settled": 0, "below_zero": 1, "failed": 0}
    assert "failed" in {metric["Name"] for metric in lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert LAYLA not in log.getvalue()
    assert LAYLA[-4:] not in log.getvalue()


def test_a_balance_that_was_mended_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.topped_up", amount_minor=300)
    assert look(books, queue, [roll(customer(books))]) == []
    assert queue.sent == []
    assert (last(log)["failed"], last(log)["outcomes"]["settled"]) == (0, 1)


def test_who_is_gone_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    assert look(books, queue, [roll(CustomerRef(books.enterprise, "usr_00"))]) == []
    assert (queue.sent, last(log)["failed"]) == ([], 0)


def test_many_are_watched_with_few_messages_and_reads(books: Books, queue: Watched) -> None:
    for number in range(12):
        books.post("balance.spent", about=f"+9743300{number:04}", amount_minor=1)
    ids = [row["customer_id"]["S"] for row in books.rows(CUSTOMERS)]
    everybody = [CustomerRef(books.enterprise, each) for each in ids]
    with calls(books.client) as asked:
        # Each in a message of its own, some of them twice.
        assert look(books, queue, [roll(each) for each in [*everybody, *everybody[:5]]]) == []
    assert asked == ["BatchGetItem", "BatchGetItem"]
    assert queue.messages == 1
    assert sorted(queue.sent) == sorted((each, DELAY) for each in everybody)


def test_who_cannot_be_read_stays_watched_and_counts(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.topped_up")
    books.post("balance.topped_up", about=OMAR)
    (row,) = [row for row in books.rows(CUSTOMERS) if row["phone"]["S"] == OMAR]
    layla, omar = customer(books), customer(books, OMAR)
    books.client.put_item(TableName=CUSTOMERS, Item={**row, "balance": {"S": "little"}})
    assert look(books, queue, [roll(layla, omar)]) == []
    assert queue.sent == [(omar, DELAY)]
    assert last(log)["failed"] == 1


@pytest.mark.parametrize("text", ["", "{}", "[3]", '{"enterprise": "acme", "customer_id": "usr_1"}', "not a roll"])
def test_a_message_that_cannot_be_read_holds_no_neighbour_back(
    books: Books, queue: Watched, log: io.StringIO, text: str
) -> None:
    books.post("balance.spent", amount_minor=300)
    who = customer(books)
    assert look(books, queue, [text, roll(who)]) == [text]
    assert queue.sent == [(who, DELAY)]
    assert last(log)["outcomes"] == {"settled": 0, "below_zero": 1, "failed": 1}


def test_watching_goes_on_when_the_queue_does_not_take_it(books: Books, queue: Watched) -> None:
    books.post("balance.spent", amount_minor=300)
    queue.silent = True
    who = roll(customer(books))
    assert look(books, queue, [who]) == [who]
