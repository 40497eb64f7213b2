"""The thresholds of badges change: who is told, and that all customers are settled again."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from customers.domain.enterprise import Settings, Thresholds
from customers.domain.stats.customer_refs import Bucket, CustomerRef, Due
from customers.store.aws.messages import waiting_of
from customers.store.stats.badge_rows import due_partition
from events.resettle import resettle
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, Books
from tests.support.facts import LAYLA, NOON, OMAR, enterprise_fact
from tests.support.stats.days import LAPSES, Days
from tests.support.stats.derivation import Derivation
from tests.support.stats.deriving import Post, again, bring, told
from tests.support.stats.streams import Row, record

ACME = Settings("Acme", "QAR")


def row(enterprise: str, settings: Settings) -> Row:
    return {"pk": {"S": enterprise}, "sk": {"S": "settings"}, "settings": {"S": json.dumps(asdict(settings))}}


HARDER = replace(ACME, badge=Thresholds(regular_visits=5))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        (ACME, HARDER, 256),
        (ACME, replace(ACME, name="Acme & Co", home_region="QA", erasure_policy="escalate"), 0),
        (None, ACME, 0),
        pytest.param(None, HARDER, 256, marks=pytest.mark.thorough),
        (HARDER, HARDER, 0),
        pytest.param(HARDER, None, 256, marks=pytest.mark.thorough),
    ],
)
def test_everybody_is_settled_again_if_badges_begin_elsewhere(
    books: Books, post: Post, before: Settings | None, after: Settings | None, asked: int, log: io.StringIO
) -> None:
    old, new = (row(books.enterprise, each) if each else None for each in (before, after))
    resettle({"Records": [record(ENTERPRISES, old, new)]}, None, again=post.again)
    waiting = [waiting_of(message["body"]) for message in post.take("changes")]
    assert len({each.bucket for each in waiting if isinstance(each, Bucket)}) == len(waiting) == asked
    assert {each.enterprise for each in waiting} <= {books.enterprise}
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["message"], line["operation"], line["buckets"]) == ("resettling", "resettle", asked)


def test_if_the_queue_does_not_take_it_the_stream_brings_it_again(books: Books) -> None:
    class Silent:
        def keep(self, _waiting: Any) -> None:
            raise TimeoutError

    queue: Any = Silent()
    told = [record(ENTERPRISES, row(books.enterprise, ACME), row(books.enterprise, HARDER))]
    with pytest.raises(TimeoutError):
        resettle({"Records": told}, None, again=queue)


def drain(derivation: Derivation, post: Post) -> list[str]:
    """Whatever waits is taken, until nothing does."""
    outcomes: list[str] = []
    while messages := post.take("changes"):
        outcomes += again(derivation, post, *messages)
    return outcomes


def configure(books: Books, post: Post, badge: dict[str, int], day: int = 1) -> None:
    before = next((each for each in books.rows(ENTERPRISES) if each["sk"]["S"] == "settings"), None)
    books.registry.post(
        enterprise_fact("enterprise.configured", books.enterprise, badge=badge, at=NOON.replace(day=day))
    )
    (after,) = [each for each in books.rows(ENTERPRISES) if each["sk"]["S"] == "settings"]
    resettle({"Records": [record(ENTERPRISES, before, after)]}, None, again=post.again)


@pytest.mark.slow
def test_a_change_of_thresholds_reaches_every_customer(books: Books, derivation: Derivation, post: Post) -> None:
    configure(books, post, {})
    for phone in (LAYLA, OMAR):
        books.post("purchase.completed", about=phone, amount_minor=700)
    bring(derivation, post, told(books))
    assert derivation.held().badges == {"2024-08-31": {"new": 2}}
    configure(books, post, {"vip_lifetime_spend_minor": 500}, day=2)
    assert drain(derivation, post) == []
    assert derivation.held().badges == {"2024-08-31": {"vip": 2}}
    assert derivation.is_right()


def test_a_day_begins_with_a_message_for_each_bucket_in_which_somebody_is_due(
    books: Books, derivation: Derivation, post: Post
) -> None:
    for bucket, due in (("3", "2026-06-06"), ("a", "2026-06-05")):
        row = {"pk": due_partition(books.enterprise, bucket), "sk": f"{due}#usr_{bucket}"}
        derivation.put(DERIVED, {name: {"S": value} for name, value in row.items()})
    day = Due(books.enterprise, "2026-06-05")
    post.again.keep([day])
    assert again(derivation, post, *post.take("changes")) == []
    assert [waiting_of(each["body"]) for each in post.take("changes")] == [replace(day, bucket="a")]


def test_a_day_reaches_everybody_who_is_due(books: Books, post: Post) -> None:
    days = Days(books)
    days.buy(LAYLA, 1, NOON)
    days.settle(NOON)
    post.again.keep([days.due(LAPSES)])
    assert drain(days.derivation, post) == []
    assert days.told() == [("new", "lapsed", "time", "2024-08-31")]
    days.derivation.close()


def test_whom_a_page_could_not_settle_waits_alone(books: Books, derivation: Derivation, post: Post) -> None:
    books.post("purchase.completed", about=LAYLA)
    books.post("purchase.completed", about=OMAR)
    bring(derivation, post, told(books))
    (omar,) = [each for each in books.rows(CUSTOMERS) if each["phone"]["S"] == OMAR]
    derivation.put(CUSTOMERS, {**omar, "visits": {"S": "many"}})
    bucket = Bucket(books.enterprise, omar["customer_id"]["S"][4:6])
    message = {"messageId": "m", "receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"}}
    assert again(derivation, post, {**message, "body": json.dumps(asdict(bucket) | {"after": None})}) == []
    waiting = [waiting_of(each["body"]) for each in post.take("changes")]
    assert waiting == [CustomerRef(books.enterprise, omar["customer_id"]["S"])]


@pytest.mark.thorough
def test_a_long_bucket_is_settled_page_by_page(books: Books, derivation: Derivation, post: Post) -> None:
    books.post("purchase.completed")
    derivation.reconcile()
    change = derivation.change()
    for number in range(120):
        key = {"pk": {"S": f"{books.enterprise}#customers#{change.customer_id[4:6]}"}, "sk": {"S": f"a{number:03}"}}
        derivation.put("DerivedTable", {**key, "revision": {"N": "1"}})
    configure(books, post, {"regular_visits": 1})
    assert drain(derivation, post) == []
    assert derivation.held().badges == {"2024-08-31": {"regular": 1}}
    derivation.close()
