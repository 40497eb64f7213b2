"""The feed: each published event once, in its order, without gaps, and no reader misses one that comes late."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.events.feed import KEPT, LAG, FeedPage, Positions
from customers.domain.events.published import BusEvent
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.events.feed import ATTEMPTS, Feed
from customers.store.events.feed_pages import FeedPages
from customers.store.events.feed_rows import BUCKETS, bucket_of, event_key
from customers.store.events.outbox import OUTBOX, outbox_row
from customers.store.events.outbox_publisher import OutboxPublisher
from tests.support.books import DERIVED, RECORDS, calls, interrupting
from tests.support.crashes import WRITE, Crash, crash_at
from tests.support.facts import NOON
from tests.support.tables import dynamodb
from tests.support.thorough import only

ONE_BUCKET = ("usr_1", next(f"usr_{n}" for n in range(2, 99) if bucket_of(f"usr_{n}") == bucket_of("usr_1")))
"""Two customers whose events meet."""


class Town:
    """An enterprise whose outboxes are moved into its feed by a clock that the test turns."""

    def __init__(self, client: DynamoDBClient, enterprise: str) -> None:
        self.client, self.enterprise, self.now = client, enterprise, NOON
        self.pages = FeedPages(client, DERIVED)
        self._number = 0

    def commit(self, customer: str, *ids: str) -> CustomerRef:
        for event_id in ids:
            self._number += 1
            event = BusEvent(event_id, "customer.corrected", NOON + self._number * LAG, {"event_id": event_id})
            self.client.put_item(TableName=RECORDS, Item=outbox_row(self.enterprise, customer, event))
        return CustomerRef(self.enterprise, customer)

    def waiting(self, change: CustomerRef) -> list[Any]:
        return self.client.query(
            TableName=RECORDS,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :outbox)",
            ExpressionAttributeValues={
                ":pk": {"S": f"{change.enterprise}#{change.customer_id}"},
                ":outbox": {"S": OUTBOX},
            },
        )["Items"]

    def feed(self, client: DynamoDBClient | None = None) -> Feed:
        return Feed(client or self.client, DERIVED, RECORDS, clock=lambda: self.now)

    def publish(self, customer: str, *ids: str) -> None:
        self.take(self.feed(), self.commit(customer, *ids))

    def take(self, feed: Feed, change: CustomerRef, most: int = 100) -> None:
        feed.take(change.enterprise, bucket_of(change.customer_id), self.waiting(change)[:most])

    def expire(self, customer: str, *numbers: int) -> list[Any]:
        """Delete events of the customer's bucket, as DynamoDB does once they have expired. What they were."""
        keys = [event_key(self.enterprise, bucket_of(customer), number) for number in numbers]
        gone = [self.client.delete_item(TableName=DERIVED, Key=key, ReturnValues="ALL_OLD") for key in keys]
        return [each["Attributes"] for each in gone if "Attributes" in each]

    def page(self, after: Positions | None = None, limit: int = 100) -> FeedPage:
        return self.pages.page(self.enterprise, after, limit, self.now)

    def read(self, after: Positions | None = None, limit: int = 100) -> list[str]:
        """All pages from there on."""
        found = list[str]()
        while True:
            page = self.page(after, limit)
            assert len(page.events) <= limit
            found += ids_of(page)
            after = page.positions
            if not page.more:
                return found


def ids_of(page: FeedPage) -> list[str]:
    return [each.detail["event_id"] for each in page.events]


@pytest.fixture
def town(tables: DynamoDBClient, enterprise: str) -> Town:
    return Town(tables, enterprise)


def test_an_empty_feed_has_a_position_and_what_comes_next_is_read_from_it(town: Town) -> None:
    page = town.page()
    assert (page.events, page.more, page.watermark) == ([], False, NOON - LAG)
    town.publish("usr_1", "e-1")
    assert ids_of(town.page(page.positions)) == ["e-1"]


@pytest.mark.parametrize("limit", only([1, 3, 10, 500], 10))
def test_everything_is_read_once_in_pages_and_in_the_order_of_each_customer(town: Town, limit: int) -> None:
    customers = [f"usr_{number}" for number in range(30)]
    for number in range(4):
        for customer in customers:
            town.publish(customer, f"{customer} {number}")
    found = town.read(limit=limit)
    assert sorted(found) == sorted(f"{customer} {number}" for customer in customers for number in range(4))
    for customer in customers:
        assert [each for each in found if each.startswith(f"{customer} ")] == [f"{customer} {n}" for n in range(4)]
    assert {bucket_of(customer) for customer in customers} == set(BUCKETS)


@pytest.mark.parametrize("limit", [1, 2, 3, 6])
def test_a_page_is_full_while_there_are_more_and_the_last_one_says_so(town: Town, limit: int) -> None:
    """Also where the last event is the last that the page has room for: its reader need not come again at once."""
    town.publish("usr_1", *(f"e-{number}" for number in range(6)))
    after = None
    for page_number in range(1, 6 // limit + 1):
        page = town.page(after, limit)
        assert (len(page.events), page.more) == (limit, page_number * limit < 6)
        after = page.positions
    assert page.watermark == town.now - LAG


def test_nothing_new_is_one_request_and_a_page_at_most_one_more_for_each_bucket(town: Town) -> None:
    client = dynamodb()
    pages = FeedPages(client, DERIVED)
    for number in range(30):
        town.publish(f"usr_{number}", f"e-{number}")
    with calls(client) as asked:
        page = pages.page(town.enterprise, None, 100, NOON)
    assert asked == ["BatchGetItem", *["Query"] * len(BUCKETS)]
    with calls(client) as asked:
        assert pages.page(town.enterprise, page.positions, 100, NOON).events == []
    assert asked == ["BatchGetItem"]


def test_a_publisher_that_is_held_up_is_overtaken_and_nobody_who_read_on_misses_it(town: Town) -> None:
    """The other's clock is ahead by an hour, so what comes late would have an instant that has long been read."""
    one, other = ONE_BUCKET
    read: list[FeedPage] = []

    def overtake() -> None:
        if not read:
            town.now = NOON + timedelta(hours=1)
            town.publish(other, "fast")
            read.append(town.page())
            town.now = NOON

    slow = town.commit(one, "slow")
    town.take(town.feed(interrupting(WRITE, overtake)), slow)
    assert ids_of(read[0]) == ["fast"]
    assert ids_of(town.page(read[0].positions)) == ["slow"]
    # Instants rise with the positions all the same.
    fast, late = town.page().events
    assert fast.published_at < late.published_at


def test_what_another_run_has_taken_is_in_the_feed_once(town: Town) -> None:
    change = town.commit("usr_1", "e-1", "e-2")
    rows, bucket = town.waiting(change), bucket_of("usr_1")
    town.feed().take(town.enterprise, bucket, rows[:1])
    town.feed().take(town.enterprise, bucket, rows)
    town.feed().take(town.enterprise, bucket, rows)
    assert town.read() == ["e-1", "e-2"]


def test_one_who_is_always_overtaken_leaves_the_event_where_it_is(town: Town) -> None:
    one, other = ONE_BUCKET
    change, count = town.commit(one, "slow"), [0]

    def overtake() -> None:
        count[0] += 1
        town.publish(other, f"fast {count[0]}")

    slow = town.feed(interrupting(WRITE, overtake))
    with pytest.raises(Conflict):
        town.take(slow, change)
    assert count == [ATTEMPTS]
    assert len(town.waiting(change)) == 1
    town.take(town.feed(), change)
    assert len(set(town.read())) == len(town.read()) == ATTEMPTS + 1


@pytest.mark.parametrize("moment", ["before-call.dynamodb", "after-call.dynamodb"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_publisher_that_is_stopped_at_any_call_leaves_the_feed_whole(town: Town, moment: str, at: int) -> None:
    bus: Any = boto3.client("events")
    change = town.commit("usr_1", "e-1", "e-2", "e-3")

    def publisher(client: DynamoDBClient) -> OutboxPublisher:
        return OutboxPublisher(client, RECORDS, bus, "default", town.feed(client))

    with pytest.raises(Crash):
        publisher(interrupting(moment, crash_at(at))).publish([change])
    assert publisher(town.client).publish([change]) == {}
    assert town.read() == ["e-1", "e-2", "e-3"]
    assert town.waiting(change) == []


def test_the_watermark_is_where_the_reader_is_in_the_bucket_that_is_furthest_behind(town: Town) -> None:
    one, other = "usr_1", next(f"usr_{n}" for n in range(2, 99) if bucket_of(f"usr_{n}") != bucket_of("usr_1"))
    for hour in range(12):
        town.now = NOON + timedelta(hours=hour)
        town.publish(one, f"one {hour}")
    town.publish(other, "other")
    page = town.page(limit=10)
    assert page.more
    assert page.watermark == NOON + timedelta(hours=4)
    last = town.page(page.positions, limit=20)
    assert (last.more, last.watermark) == (False, town.now - LAG)


def test_events_older_than_thirty_days_are_gone_and_a_cursor_that_old_is_told(town: Town) -> None:
    town.publish("usr_1", "e-1")
    first = town.page()
    town.publish("usr_1", "e-2")
    town.now = NOON + KEPT + timedelta(seconds=1)
    assert town.read() == []
    # A cursor of before is good as long as its next event is there.
    assert town.read(first.positions) == ["e-2"]
    town.expire("usr_1", 1, 2)
    for _ in range(2):
        with pytest.raises(ValidationError, match="cursor"):
            town.page(first.positions)
        town.publish("usr_1", "e-3")
        town.now += LAG
    assert town.read() == ["e-3", "e-3"]
    # One that had read everything goes on.
    caught_up = {**first.positions, bucket_of("usr_1"): 2}
    assert town.read(caught_up) == ["e-3", "e-3"]


def test_who_began_with_nothing_is_told_when_what_came_after_is_gone(town: Town) -> None:
    """A bucket had no event, or none that was left: it has been begun all the same."""
    begun = [town.page().positions]
    town.publish("usr_1", "e-1")
    town.now += KEPT + LAG
    town.expire("usr_1", 1)
    begun.append(town.page().positions)
    # The one of these has missed an event, and the other one has not.
    with pytest.raises(ValidationError, match="cursor"):
        town.page(begun[0])
    assert town.read(begun[1]) == []
    town.publish("usr_1", "e-2")
    assert town.read(begun[1]) == ["e-2"]
    town.now += KEPT + LAG
    town.expire("usr_1", 2)
    with pytest.raises(ValidationError, match="cursor"):
        town.page(begun[1])


def test_an_event_is_kept_to_the_instant_at_which_it_is_thirty_days_old(town: Town) -> None:
    town.publish("usr_1", "e-1")
    town.now += timedelta(seconds=1)
    town.publish("usr_1", "e-2", "e-3")
    town.now += KEPT
    assert town.read() == ["e-2", "e-3"]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_reader_may_begin_while_expired_events_are_still_there(town: Town, limit: int) -> None:
    """DynamoDB deletes an expired row within days. A cursor from the first page is one of today all the same."""
    customers = [f"usr_{number}" for number in range(20)]
    for customer in customers:
        town.publish(customer, *(f"old {customer} {number}" for number in range(12)))
    town.now = NOON + KEPT + timedelta(seconds=1)
    assert town.read(limit=limit) == []
    for customer in customers:
        town.publish(customer, f"new {customer}")
    town.now += LAG
    assert sorted(town.read(limit=limit)) == sorted(f"new {customer}" for customer in customers)


def test_a_reader_may_begin_after_expired_events_are_gone_with_pages_smaller_than_the_buckets(town: Town) -> None:
    customers = [f"usr_{number}" for number in range(20)]
    for customer in customers:
        town.publish(customer, f"old {customer}")
    town.now = NOON + KEPT + timedelta(seconds=1)
    for customer in customers:
        town.expire(customer, 1)
        town.publish(customer, f"new {customer}")
    town.now += LAG
    assert sorted(town.read(limit=2)) == sorted(f"new {customer}" for customer in customers)


def test_what_expires_behind_a_reader_who_has_begun_stops_nobody(town: Town) -> None:
    for number in range(30):
        town.publish("usr_1", f"e-{number}")
    town.now = NOON + KEPT
    page = town.page(limit=10)
    town.now += timedelta(hours=1)
    assert ids_of(page) + town.read(page.positions) == [f"e-{number}" for number in range(30)]


def test_a_row_of_a_transaction_that_is_seen_after_the_others_is_not_passed_over(town: Town) -> None:
    """DynamoDB applies a transaction row by row. A read that is no transaction may see the last number, or an event,
    and not yet the event before it."""
    town.publish("usr_1", "e-1")
    before = town.page()
    town.publish("usr_1", "e-2", "e-3")
    for hidden, seen in (((3,), ["e-2"]), ((2,), []), ((2, 3), [])):
        rows = town.expire("usr_1", *hidden)
        page = town.page(before.positions)
        assert (ids_of(page), page.more, page.watermark) == (seen, False, town.now - LAG)
        begun = town.page()
        assert ids_of(begun) == ["e-1", *seen]
        for row in rows:
            town.client.put_item(TableName=DERIVED, Item=row)
        assert seen + town.read(page.positions) == ["e-2", "e-3"]
        assert ids_of(begun) + town.read(begun.positions) == ["e-1", "e-2", "e-3"]


def test_a_reader_who_meets_a_row_that_is_missing_waits_whatever_comes_behind_it(town: Town) -> None:
    """A page ends before the missing row. To ask for the next one at once would bring nothing."""
    town.publish("usr_1", "e-1")
    before = town.page()
    town.publish("usr_1", *(f"e-{number}" for number in range(2, 7)))
    (row,) = town.expire("usr_1", 3)
    page = town.page(before.positions, limit=2)
    assert (ids_of(page), page.more, page.watermark) == (["e-2"], False, town.now - LAG)
    town.client.put_item(TableName=DERIVED, Item=row)
    assert town.read(page.positions, limit=2) == ["e-3", "e-4", "e-5", "e-6"]


def test_a_first_event_that_is_not_seen_yet_is_not_passed_over(town: Town) -> None:
    town.publish("usr_1", "e-1", "e-2")
    for hidden in ((1,), (1, 2)):
        rows = town.expire("usr_1", *hidden)
        begun = town.page()
        assert ids_of(begun) == []
        for row in rows:
            town.client.put_item(TableName=DERIVED, Item=row)
        assert town.read(begun.positions) == ["e-1", "e-2"]


def test_a_cursor_ahead_of_the_feed_is_told(town: Town) -> None:
    """After a restore, numbers that a reader has passed would come again for other events."""
    town.publish("usr_1", "e-1", "e-2")
    cursor = town.page().positions
    with pytest.raises(ValidationError, match="restored"):
        town.page({**cursor, bucket_of("usr_1"): 3})
    empty = Town(town.client, f"{town.enterprise}-restored")
    with pytest.raises(ValidationError, match="restored"):
        empty.page(cursor)


def test_a_publisher_may_take_its_minute_with_a_clock_that_is_behind(town: Town) -> None:
    """Its clock is ten seconds behind the reader's, and it commits as late as it can."""
    town.now = NOON - timedelta(seconds=10)
    event = town.commit("usr_1", "late")
    passed: list[FeedPage] = []

    def read() -> None:
        if not passed:
            passed.append(town.pages.page(town.enterprise, None, 100, NOON + timedelta(seconds=60)))

    town.take(town.feed(interrupting(WRITE, read)), event)
    town.now = NOON + timedelta(seconds=60)
    (late,) = town.page(passed[0].positions).events
    assert late.published_at >= passed[0].watermark


def test_another_enterprise_has_a_feed_of_its_own(town: Town, tables: DynamoDBClient) -> None:
    town.publish("usr_1", "e-1")
    assert Town(tables, f"{town.enterprise}-2").read() == []


def test_the_rows_are_what_the_bus_got(town: Town) -> None:
    town.publish("usr_1", "e-1")
    assert len(town.page(limit=1).events) == 1
    (event,) = town.page().events
    assert (event.type, event.published_at) == ("customer.corrected", NOON)
    assert json.dumps(event.detail) == '{"event_id": "e-1"}'
