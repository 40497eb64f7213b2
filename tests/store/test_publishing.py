"""Never an event without its commit, never a commit without its event in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_events import EventBridgeClient

from customers.domain.events.published import BusEvent
from customers.domain.refusals import Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.events.feed import Feed
from customers.store.events.feed_rows import BUCKETS, bucket_of
from customers.store.events.outbox import outbox_row
from customers.store.events.outbox_publisher import OutboxPublisher
from tests.support.books import DERIVED, RECORDS, calls, interrupting
from tests.support.crashes import Crash, crash, crash_at
from tests.support.facts import NOON
from tests.support.tables import dynamodb


class Bus:
    """A bus in memory, with a listener of its own."""

    def __init__(self, name: str) -> None:
        self.events: EventBridgeClient = boto3.client("events")
        self._sqs = boto3.client("sqs")
        self.name = name
        self._queue = self._sqs.create_queue(QueueName=f"listener-{name}")["QueueUrl"]
        self.events.create_event_bus(Name=name)
        self.events.put_rule(Name="all", EventBusName=name, EventPattern='{"source": ["customers"]}')
        arn = f"arn:aws:sqs:us-east-1:123456789012:listener-{name}"
        self.events.put_targets(Rule="all", EventBusName=name, Targets=[{"Id": "listener", "Arn": arn}])

    def heard(self) -> list[str]:
        """The ids of the events, in the order in which they came."""
        ids: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            ids += [json.loads(message["Body"])["detail"]["event_id"] for message in messages]
        return ids


def publisher(client: DynamoDBClient, bus: Bus, events: EventBridgeClient | None = None) -> OutboxPublisher:
    return OutboxPublisher(client, RECORDS, events or bus.events, bus.name, Feed(client, DERIVED, RECORDS))


@pytest.fixture
def bus(tables: DynamoDBClient, enterprise: str) -> Bus:
    return Bus(enterprise)


@pytest.fixture
def outbox(tables: DynamoDBClient, bus: Bus) -> OutboxPublisher:
    return publisher(tables, bus)


@pytest.fixture
def commit(tables: DynamoDBClient, enterprise: str) -> Callable[..., CustomerRef]:
    """Leave events in a customer's outbox, as a write does."""

    def act(*ids: str, customer: str = "usr_1") -> CustomerRef:
        for number, event_id in enumerate(ids):
            detail = {"event_id": event_id, "version": 1, "customer_id": customer}
            event = BusEvent(event_id, "customer.event_recorded", NOON + timedelta(seconds=number), detail)
            tables.put_item(TableName=RECORDS, Item=outbox_row(enterprise, customer, event))
        return CustomerRef(enterprise, customer)

    return act


def waiting(client: DynamoDBClient, change: CustomerRef) -> int:
    return client.query(
        TableName=RECORDS,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{change.enterprise}#{change.customer_id}"}},
    )["Count"]


def test_what_was_committed_is_published_once_in_its_order(
    tables: DynamoDBClient, bus: Bus, outbox: OutboxPublisher, commit: Callable[..., CustomerRef]
) -> None:
    layla = commit(*(f"e-{number:02}" for number in range(25)))
    assert outbox.publish([layla]) == {}
    assert bus.heard() == [f"e-{number:02}" for number in range(25)]
    assert waiting(tables, layla) == 0
    assert outbox.publish([layla]) == {}
    assert bus.heard() == []


def test_an_outbox_is_read_as_it_is_now(bus: Bus, commit: Callable[..., CustomerRef]) -> None:
    """The stream may tell of a row before an eventually consistent reading has it, and nobody tells again."""
    sent: list[dict[str, Any]] = []
    client = dynamodb()
    for request in ("Query", "Scan"):
        client.meta.events.register(
            f"provide-client-params.dynamodb.{request}", lambda params, **_: sent.append(params)
        )
    outbox = publisher(client, bus)
    layla = commit("e-1")
    assert layla in outbox.customers()
    assert outbox.publish([layla]) == {}
    assert len(sent) >= 2
    assert all(params["ConsistentRead"] for params in sent)


def test_of_nobody_there_is_nothing_to_publish(bus: Bus, outbox: OutboxPublisher, enterprise: str) -> None:
    assert outbox.publish([CustomerRef(enterprise, "usr_9")]) == {}
    assert bus.heard() == []


@pytest.mark.parametrize("moment", ["before-call.dynamodb", "after-call.dynamodb"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_stopped_publisher_publishes_everything_the_next_time(
    tables: DynamoDBClient, bus: Bus, outbox: OutboxPublisher, commit: Callable[..., CustomerRef], moment: str, at: int
) -> None:
    layla = commit("e-1", "e-2")
    with pytest.raises(Crash):
        publisher(interrupting(moment, crash_at(at)), bus).publish([layla])
    assert outbox.publish([layla]) == {}
    heard = bus.heard()
    assert set(heard) == {"e-1", "e-2"}
    # The last word on each is in order.
    assert heard[-1] == "e-2"
    assert waiting(tables, layla) == 0


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_around_the_put_loses_no_event(
    tables: DynamoDBClient, bus: Bus, outbox: OutboxPublisher, commit: Callable[..., CustomerRef], moment: str
) -> None:
    layla = commit("e-1", "e-2")
    events = boto3.client("events")
    events.meta.events.register_first(f"{moment}.events.PutEvents", crash)
    with pytest.raises(Crash):
        publisher(tables, bus, events).publish([layla])
    assert waiting(tables, layla) == 2
    assert outbox.publish([layla]) == {}
    assert set(bus.heard()) == {"e-1", "e-2"}


def test_what_the_bus_does_not_take_stays_and_so_does_what_comes_after_it(
    tables: DynamoDBClient, bus: Bus, commit: Callable[..., CustomerRef]
) -> None:
    layla, omar = commit("e-1", "e-2", "e-3"), commit("e-4", customer="usr_2")
    events = boto3.client("events")

    def refuse_the_second(parsed: dict[str, Any], **_: Any) -> None:
        if len(parsed["Entries"]) > 1:
            parsed["Entries"][1] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}

    events.meta.events.register("after-call.events.PutEvents", refuse_the_second)
    failed = publisher(tables, bus, events).publish([layla, omar])
    assert list(failed) == [layla]
    assert isinstance(failed[layla], Unavailable)
    assert (waiting(tables, layla), waiting(tables, omar)) == (2, 0)


def of_one_bucket(count: int) -> list[str]:
    """Ids of customers whose events meet in the feed."""
    ids = (f"usr_{number}" for number in range(9999))
    return list(islice((each for each in ids if bucket_of(each) == BUCKETS[3]), count))


def test_customers_of_a_bucket_share_the_requests(bus: Bus, commit: Callable[..., CustomerRef]) -> None:
    """A load changes many badges: beside a query for each, the bus gets tens, and the feed one transaction."""
    ids, events = of_one_bucket(49), boto3.client("events")
    changes = [commit(f"e-{each}", customer=each) for each in ids]
    client = dynamodb()
    with calls(client) as asked, calls(events, "events") as put:
        assert publisher(client, bus, events).publish(changes) == {}
    assert Counter(asked) == {"Query": 49, "GetItem": 1, "TransactWriteItems": 1}
    assert put == ["PutEvents"] * 5
    assert bus.heard() == [f"e-{each}" for each in ids]


def test_more_events_than_a_transaction_takes_are_published_once_and_in_order(
    tables: DynamoDBClient, bus: Bus, outbox: OutboxPublisher, commit: Callable[..., CustomerRef]
) -> None:
    numbers = range(12)
    changes = {each: commit(*(f"{each}-{n:02}" for n in numbers), customer=each) for each in of_one_bucket(7)}
    assert outbox.publish([*changes.values()]) == {}
    heard = bus.heard()
    assert len(heard) == 7 * 12
    for each, change in changes.items():
        assert [event for event in heard if event.startswith(f"{each}-")] == [f"{each}-{n:02}" for n in numbers]
        assert waiting(tables, change) == 0


def test_one_whose_event_the_bus_refuses_holds_nobody_up(
    tables: DynamoDBClient, bus: Bus, commit: Callable[..., CustomerRef]
) -> None:
    changes = [commit(f"e-{each}", customer=each) for each in of_one_bucket(12)]
    events = boto3.client("events")

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if changes[4].customer_id in str(params):
            raise ValueError("one of them is at fault")

    events.meta.events.register("provide-client-params.events.PutEvents", refuse)
    failed = publisher(tables, bus, events).publish(changes)
    assert list(failed) == [changes[4]]
    assert [waiting(tables, each) for each in changes] == [int(each is changes[4]) for each in changes]


def test_a_customer_with_waiting_events_is_found_once(
    outbox: OutboxPublisher, commit: Callable[..., CustomerRef]
) -> None:
    wanted = {commit("e-1", "e-2"), commit("e-3", customer="usr_2")}
    found = [change for change in outbox.customers() if change.enterprise in {each.enterprise for each in wanted}]
    assert set(found) == wanted
    assert len(found) == 2
