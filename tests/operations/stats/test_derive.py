"""The streams' consumer: what cannot be settled waits in a queue, holds nothing back, and is settled in the end."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.store.aws.messages import message_of
from events.derive import handler as derive_handler
from tests.support.books import CUSTOMERS, DERIVED, Books
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.stats.derivation import Derivation, deriver
from tests.support.stats.deriving import DELAY, Post, again, bring, told
from tests.support.stats.streams import record
from tests.support.tables import dynamodb


def test_what_the_streams_tell_is_settled(books: Books, derivation: Derivation, post: Post) -> None:
    books.post("customer.registered", name="Layla Hassan")
    books.post("purchase.completed", about=OMAR)
    records = told(books)
    bring(derivation, post, records)
    assert derivation.is_right()
    before = books.rows(DERIVED)
    for split in (records[1:], records[:1], records * 3, records[::-1]):
        bring(derivation, post, split)
    assert books.rows(DERIVED) == before
    assert post.take("changes") == []


def test_the_door_itself_settles(books: Books, derivation: Derivation, log: io.StringIO) -> None:
    books.post("customer.registered", name="Layla Hassan")
    books.post("purchase.completed")
    derive_handler({"Records": told(books)}, None)
    assert derivation.is_right()
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["operation"], line["failed"]) == ("followed", "derive", 0)
    assert (line["records"], line["changes"]) == (2, 2)


def test_a_batch_that_concerns_nothing_writes_nothing_and_says_so(
    books: Books, derivation: Derivation, post: Post, log: io.StringIO
) -> None:
    bring(derivation, post, [])
    assert books.rows(DERIVED) == []
    assert len(log.getvalue().splitlines()) == 1


@pytest.fixture
def broken(books: Books, derivation: Derivation) -> dict[str, Any]:
    """Omar's row, which cannot be understood; as it was before."""
    books.post("customer.registered", about=OMAR, name="Omar Saleh")
    (row,) = books.rows(CUSTOMERS)
    derivation.put(CUSTOMERS, {**row, "visits": {"S": "many"}})
    return row


def test_what_fails_holds_no_neighbour_back_and_waits_as_its_ids_alone(
    books: Books, derivation: Derivation, post: Post, broken: dict[str, Any], log: io.StringIO
) -> None:
    books.post("customer.registered", name="Layla Hassan")
    bring(derivation, post, told(books))
    assert "word#layla" in derivation.terms()
    (message,) = post.take("changes")
    assert json.loads(message["body"]) == {
        "enterprise": books.enterprise,
        "customer_id": broken["customer_id"]["S"],
    }
    failed, done = map(json.loads, log.getvalue().splitlines())
    assert (failed["message"], failed["error"], failed["customer_id"]) == (
        "failed",
        "KeyError",
        broken["customer_id"]["S"],
    )
    assert done["failed"] == 1
    for said in ("Omar", "Saleh", "Layla", "Hassan", OMAR, LAYLA, OMAR[-4:], "many"):
        assert said not in log.getvalue() + message["body"]


def test_what_waits_is_settled_once_it_can_be(
    books: Books, derivation: Derivation, post: Post, broken: dict[str, Any]
) -> None:
    books.post("purchase.completed")
    bring(derivation, post, told(books))
    (message,) = post.take("changes")
    assert again(derivation, post, message) == [message["messageId"]]
    derivation.put(CUSTOMERS, broken)
    assert again(derivation, post, message) == []
    assert derivation.is_right()
    assert again(derivation, post, message) == []
    assert derivation.is_right()


def test_a_queue_of_many_settles_those_that_can_be(
    books: Books, derivation: Derivation, post: Post, broken: dict[str, Any]
) -> None:
    books.post("purchase.completed")
    post.again.send(*map(message_of, derivation.all()))
    post.again.send("not a change")
    messages = post.take("changes")
    assert again(derivation, post, *messages) == [
        message["messageId"] for message in messages if broken["customer_id"]["S"] in message["body"]
    ]
    assert "last4#1122" in derivation.terms()
    (dead,) = post.take("dead")
    assert dead["body"] == "not a change"


def test_what_never_can_be_ends_with_the_dead_letters(
    derivation: Derivation, post: Post, books: Books, broken: dict[str, Any]
) -> None:
    bring(derivation, post, told(books))
    (message,) = post.take("changes")
    message["attributes"]["ApproximateReceiveCount"] = str(MAX_TRIES)
    assert again(derivation, post, message) == []
    assert post.dead() == [CustomerRef(books.enterprise, broken["customer_id"]["S"])]


class Silent:
    """A queue that does not answer."""

    def keep(self, changes: Iterable[CustomerRef]) -> None:
        if list(changes):
            raise TimeoutError

    def watch(self, changes: Iterable[CustomerRef], _delay: int) -> None:
        self.keep(changes)


@pytest.mark.parametrize("queue", ["again", "overdrawn"])
def test_if_a_queue_does_not_take_it_the_stream_brings_it_again(
    books: Books, derivation: Derivation, post: Post, broken: dict[str, Any], queue: str
) -> None:
    books.post("balance.spent", amount_minor=1)
    records = told(books)
    with pytest.raises(TimeoutError):
        bring(derivation, post, records, **{queue: Silent()})
    derivation.put(CUSTOMERS, broken)
    bring(derivation, post, records)
    assert derivation.is_right()
    assert {*post.watched()} == {derivation.change(LAYLA)}


def test_while_the_tables_do_not_answer_everything_waits(books: Books, post: Post, derivation: Derivation) -> None:
    books.post("customer.registered")
    books.post("purchase.completed", about=OMAR)
    client = dynamodb()

    def hang(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    client.meta.events.register_first("before-call.dynamodb", hang)
    hung = Derivation(books)
    hung.derived = deriver(client)
    bring(hung, post, told(books))
    waiting = post.take("changes")
    assert len(waiting) == 3
    assert again(derivation, post, *waiting) == []
    assert derivation.is_right()


def test_who_falls_below_zero_is_looked_at_in_a_minute(books: Books, derivation: Derivation, post: Post) -> None:
    books.post("balance.spent", amount_minor=300)
    books.post("balance.topped_up", about=OMAR)
    bring(derivation, post, told(books))
    assert post.watched() == [derivation.change(LAYLA)]
    assert post.delays == [DELAY]
    # Deeper is no news.
    (before,) = [row for row in books.rows(CUSTOMERS) if row["phone"]["S"] == LAYLA]
    books.post("balance.spent", amount_minor=300, at=NOON)
    (after,) = [row for row in books.rows(CUSTOMERS) if row["phone"]["S"] == LAYLA]
    bring(derivation, post, [record(CUSTOMERS, before, after)])
    assert post.take("overdrawn") == []
    assert derivation.held().totals["balance_minor"] == 400
    assert derivation.held().totals["spendable_minor"] == 1000
