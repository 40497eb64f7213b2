"""The overdrawn queue's consumer: a balance that stays below 0 is counted, for as long as it does."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.overdraft_monitor import RENEWED_AFTER, watch
from customers.store.aws.messages import batch_of, batches_of
from customers.store.aws.queues import OverdrawnQueue
from customers.store.customers.batch_reader import BatchReader
from tests.support.books import CUSTOMERS, RECORDS, Books, calls
from tests.support.facts import LAYLA, OMAR

DELAY = 60


class Watched(OverdrawnQueue):
    """The overdrawn queue: what stays in it hidden, what is sent to it, and for how long."""

    def __init__(self) -> None:
        self.hidden: list[tuple[str, int]] = []
        self.sent: list[tuple[str, int]] = []
        self.silent = False

    def hide(self, receipt_handle: str, seconds: int) -> None:
        self._answer()
        self.hidden.append((receipt_handle, seconds))

    def send(self, *bodies: str, delay_seconds: int = 0) -> None:
        self._answer()
        self.sent += [(body, delay_seconds) for body in bodies]

    def _answer(self) -> None:
        if self.silent:
            raise TimeoutError


@pytest.fixture
def queue() -> Watched:
    return Watched()


def look(books: Books, queue: Any, bodies: Sequence[str], age: timedelta = timedelta()) -> list[str]:
    """Have messages taken, sent so long ago; those that come again. A message is named by its body."""
    sent = {"SentTimestamp": str(int((time.time() - age.total_seconds()) * 1000))}
    records = [{"messageId": body, "receiptHandle": body, "body": body, "attributes": sent} for body in bodies]
    current = BatchReader(books.client, CUSTOMERS, RECORDS)
    answer = watch("watch_balances", batch_of, current.balances, queue, DELAY)({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def roll(*changes: CustomerRef) -> str:
    (message,) = batches_of(changes)
    return message


def customer(books: Books, phone: str = LAYLA) -> CustomerRef:
    return CustomerRef(books.enterprise, books.customer(phone).customer_id)


def last(log: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(log.getvalue().splitlines()[-1])
    return line


def logged(log: io.StringIO, message: str) -> list[dict[str, Any]]:
    """The lines that say so."""
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == message]


def test_a_balance_that_is_still_below_zero_is_counted_and_looked_at_again(
    books: Books, queue: Watched, log: io.StringIO
) -> None:
    books.post("balance.spent", amount_minor=300)
    who = customer(books)
    for _ in range(3):
        assert look(books, queue, [roll(who)]) == [roll(who)]
    # The message itself comes back: Lambda ends a function's loop through its own queue after 16 rounds.
    assert (queue.hidden, queue.sent) == ([(roll(who), DELAY)] * 3, [])
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["below_zero", "watched"] * 3
    assert [(each["enterprise_id"], each["customer_ids"]) for each in lines[::2]] == [
        (books.enterprise, [who.customer_id])
    ] * 3
    assert (lines[1]["operation"], lines[1]["failed"]) == ("watch_balances", 1)
    assert lines[1]["outcomes"] == {"settled": 0, "below_zero": 1, "failed": 0}
    assert "failed" in {metric["Name"] for metric in lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert LAYLA not in log.getvalue()
    assert LAYLA[-4:] not in log.getvalue()


def test_a_balance_that_was_mended_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.topped_up", amount_minor=300)
    assert look(books, queue, [roll(customer(books))]) == []
    assert queue.hidden == []
    assert (last(log)["failed"], last(log)["outcomes"]["settled"]) == (0, 1)


def test_who_is_gone_is_watched_no_more(books: Books, queue: Watched, log: io.StringIO) -> None:
    assert look(books, queue, [roll(CustomerRef(books.enterprise, "usr_00"))]) == []
    assert (queue.hidden, last(log)["failed"]) == ([], 0)


def test_one_of_many_keeps_its_message_and_no_other(books: Books, queue: Watched) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.topped_up", about=OMAR)
    layla, omar = customer(books), customer(books, OMAR)
    assert look(books, queue, [roll(omar), roll(layla, omar)]) == [roll(layla, omar)]
    assert queue.hidden == [(roll(layla, omar), DELAY)]


def test_who_stays_below_zero_for_longer_than_a_message_lives_has_a_new_one(books: Books, queue: Watched) -> None:
    books.post("balance.spent", amount_minor=300)
    who = roll(customer(books))
    assert look(books, queue, [who], RENEWED_AFTER - timedelta(minutes=1)) == [who]
    assert look(books, queue, [who], RENEWED_AFTER + timedelta(minutes=1)) == []
    assert (queue.hidden, queue.sent) == ([(who, DELAY)], [(who, DELAY)])


def test_many_are_watched_with_few_reads(books: Books, queue: Watched) -> None:
    for number in range(12):
        books.post("balance.spent", about=f"+9743300{number:04}", amount_minor=1)
    ids = [row["customer_id"]["S"] for row in books.rows(CUSTOMERS)]
    everybody = [CustomerRef(books.enterprise, each) for each in ids]
    messages = [roll(each) for each in [*everybody, *everybody[:5]]]
    with calls(books.client) as asked:
        # Each in a message of its own, some of them twice.
        assert look(books, queue, messages) == messages
    assert asked == ["BatchGetItem", "BatchGetItem"]


def test_who_cannot_be_read_stays_watched_and_counts(books: Books, queue: Watched, log: io.StringIO) -> None:
    books.post("balance.topped_up")
    books.post("balance.topped_up", about=OMAR)
    (row,) = [row for row in books.rows(CUSTOMERS) if row["phone"]["S"] == OMAR]
    layla, omar = customer(books), customer(books, OMAR)
    books.client.put_item(TableName=CUSTOMERS, Item={**row, "balance": {"S": "little"}})
    assert look(books, queue, [roll(layla), roll(omar)]) == [roll(omar)]
    assert last(log)["failed"] == 1
    (line,) = logged(log, "failed")
    assert (line["customer_id"], line["error"]) == (omar.customer_id, "KeyError")


@pytest.mark.parametrize("text", ["", "{}", "[3]", '{"enterprise": "acme", "customer_id": "usr_1"}', "not a roll"])
def test_a_message_that_cannot_be_read_holds_no_neighbour_back(
    books: Books, queue: Watched, log: io.StringIO, text: str
) -> None:
    books.post("balance.spent", amount_minor=300)
    who = roll(customer(books))
    assert look(books, queue, [text, who]) == [text, who]
    assert queue.hidden == [(who, DELAY)]
    assert last(log)["outcomes"] == {"settled": 0, "below_zero": 1, "failed": 1}
    (line,) = logged(log, "failed")
    assert line["message_id"] == text
    assert line["error"]


@pytest.mark.parametrize("age", [timedelta(), RENEWED_AFTER + timedelta(days=1)])
def test_watching_goes_on_when_the_queue_does_not_answer(
    books: Books, queue: Watched, log: io.StringIO, age: timedelta
) -> None:
    books.post("balance.spent", amount_minor=300)
    queue.silent = True
    who = roll(customer(books))
    assert look(books, queue, [who], age) == [who]
    (line,) = logged(log, "left")
    assert (line["message_id"], line["error"]) == (who, "TimeoutError")


def test_watching_goes_on_when_nothing_can_be_read(books: Books, queue: Watched, log: io.StringIO) -> None:
    def unread(_customers: object) -> Any:
        raise TimeoutError

    records = [{"messageId": "m", "body": roll(CustomerRef(books.enterprise, "usr_1"))}]
    answer = watch("watch_balances", batch_of, unread, queue, DELAY)({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert last(log)["failed"] == 1
