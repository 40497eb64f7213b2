"""The outbox's consumers: what the bus does not take now holds nothing back, and is taken in the end."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.events.published import BusEvent
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.edge.messaging.outcomes import Received, reading
from customers.edge.messaging.queue_consumer import consume
from customers.edge.messaging.stream_consumer import follow
from customers.store.aws.messages import change_of, message_of
from customers.store.aws.queues import OutboxQueue
from customers.store.events.outbox import outbox_row
from events.publish_again import publish as publish_again
from events.publish_outbox import publish
from tests.support.books import RECORDS
from tests.support.facts import NOON
from tests.support.stats.streams import record


class Outboxes:
    """Takes events of customers, except of those it is told to fail for."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.published: list[str] = []

    def publish(self, changes: Any) -> dict[CustomerRef, Exception]:
        self.published += [each.customer_id for each in changes if each.customer_id not in self.failing]
        return {each: ValueError("about +97433001122") for each in changes if each.customer_id in self.failing}


@pytest.fixture
def again(tables: DynamoDBClient, enterprise: str) -> OutboxQueue:
    sqs = boto3.client("sqs")
    return OutboxQueue(sqs, sqs.create_queue(QueueName=f"outbox-{enterprise}")["QueueUrl"])


def waiting(queue: OutboxQueue) -> list[CustomerRef]:
    messages = queue._client.receive_message(QueueUrl=queue._queue, MaxNumberOfMessages=10).get("Messages", [])
    return [change_of(message["Body"]) for message in messages]


def batch(enterprise: str, *customers: str) -> dict[str, Any]:
    records = []
    for number, customer in enumerate(customers):
        event = BusEvent(f"e-{number}", "customer.event_recorded", NOON, {"event_id": f"e-{number}"})
        records.append(record(RECORDS, None, outbox_row(enterprise, customer, event)))
    return {"Records": records}


def bring(outboxes: Any, again: OutboxQueue, told: dict[str, Any]) -> None:
    follow("publish_outbox", partial(publish, outbox=outboxes), again.keep)(told, None)


def test_one_outbox_that_cannot_be_emptied_holds_no_other_back(
    again: OutboxQueue, enterprise: str, log: io.StringIO
) -> None:
    outboxes = Outboxes("usr_2")
    bring(outboxes, again, batch(enterprise, "usr_1", "usr_2", "usr_1", "usr_3"))
    assert outboxes.published == ["usr_1", "usr_3"]
    assert waiting(again) == [CustomerRef(enterprise, "usr_2")]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["failed", "followed"]
    assert (lines[0]["customer_id"], lines[0]["error"], lines[1]["failed"]) == ("usr_2", "ValueError", 1)
    assert (lines[1]["operation"], lines[1]["records"], lines[1]["changes"]) == ("publish_outbox", 4, 3)
    assert "33001122" not in log.getvalue()


def test_what_no_queue_takes_comes_again_with_the_stream(enterprise: str, tables: DynamoDBClient) -> None:
    nowhere = OutboxQueue(boto3.client("sqs"), "https://sqs.us-east-1.amazonaws.com/123456789012/none")
    with pytest.raises(ClientError):
        bring(Outboxes("usr_1"), nowhere, batch(enterprise, "usr_1"))


def test_the_second_time_each_message_has_its_own_end(enterprise: str) -> None:
    outboxes: Any = Outboxes("usr_2")
    bodies = [
        json.dumps({"enterprise": enterprise, "customer_id": "usr_1"}),
        "not even JSON",
        json.dumps({"enterprise": enterprise, "customer_id": "usr_2"}),
        json.dumps({"enterprise": enterprise, "customer_id": "usr_1"}),
    ]
    messages = [Received(body, datetime.now(UTC)) for body in bodies]
    one, two, three, four = reading(change_of, partial(publish_again, outbox=outboxes))(messages)
    assert one == four == "published"
    assert str(two) == "body: must be JSON"
    assert isinstance(three, ValueError)
    assert outboxes.published == ["usr_1"]


def test_what_cannot_be_published_in_twelve_tries_waits_for_a_person_with_its_reason(
    again: OutboxQueue, enterprise: str
) -> None:
    sqs = boto3.client("sqs")
    dead = sqs.create_queue(QueueName=f"dead-outbox-{enterprise}")["QueueUrl"]
    queue, layla = OutboxQueue(sqs, again._queue, dead), CustomerRef(enterprise, "usr_1")

    def take(outboxes: Any, body: str) -> None:
        tries = {"ApproximateReceiveCount": str(MAX_TRIES)}
        message = {"messageId": "m1", "receiptHandle": "r1", "attributes": tries, "body": body}
        handler = consume("publish_again", reading(change_of, partial(publish_again, outbox=outboxes)), queue)
        assert handler({"Records": [message]}, None) == {"batchItemFailures": []}

    take(Outboxes("usr_1"), message_of(layla))
    (message,) = sqs.receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"]
    assert change_of(message["Body"]) == layla
    assert message["MessageAttributes"]["reason"]["StringValue"].startswith("failed 12 times: ValueError")
    assert "33001122" not in str(message["MessageAttributes"])

    mended = Outboxes()
    take(mended, message["Body"])
    assert mended.published == ["usr_1"]
