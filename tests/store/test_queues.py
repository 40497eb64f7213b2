"""What is done with work that cannot be done now, or ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from customers.store.aws.queues import LONGEST_WAIT, ChangeQueue, FactQueue, OverdrawnQueue, WorkQueue


@pytest.fixture
def queue() -> Iterator[FactQueue]:
    with mock_aws():
        for name in ("FactsQueue", "DeadFactsQueue", "ChangesQueue", "DeadChangesQueue", "OverdrawnQueue"):
            boto3.client("sqs").create_queue(QueueName=name)
        yield FactQueue.connect()


def test_a_refused_message_is_kept_whole_with_its_reason(queue: FactQueue) -> None:
    queue.refuse('{"detail": "…"}', "currency: must be QAR")
    dead = boto3.client("sqs").receive_message(QueueUrl=os.environ["DEAD_FACTS_QUEUE"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert [(each["Body"], each["MessageAttributes"]["reason"]["StringValue"]) for each in dead] == [
        ('{"detail": "…"}', "currency: must be QAR")
    ]


def test_a_deferred_message_comes_back_ever_later(queue: FactQueue) -> None:
    waits: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        assert params["QueueUrl"] == os.environ["FACTS_QUEUE"]
        waits.append(params["VisibilityTimeout"])

    queue._client.meta.events.register("provide-client-params.sqs.ChangeMessageVisibility", note)
    client = boto3.client("sqs")
    client.send_message(QueueUrl=os.environ["FACTS_QUEUE"], MessageBody="{}")
    (message,) = client.receive_message(QueueUrl=os.environ["FACTS_QUEUE"])["Messages"]
    for tries in range(1, 13):
        queue.defer(message["ReceiptHandle"], tries)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120]
    assert max(waits) == LONGEST_WAIT
    # About ten minutes, as the runbook says.
    assert 9 * 60 < sum(waits[:-1]) < 11 * 60


@pytest.mark.parametrize(
    ("kind", "own", "dead"),
    [
        (FactQueue, "FactsQueue", "DeadFactsQueue"),
        (ChangeQueue, "ChangesQueue", "DeadChangesQueue"),
        (OverdrawnQueue, "OverdrawnQueue", None),
    ],
)
def test_each_queue_is_its_own(queue: FactQueue, kind: type[WorkQueue], own: str, dead: str | None) -> None:
    kind.connect().send("hello")
    if dead:
        kind.connect().refuse("no", "reason")
    found = {}
    for name in ("FactsQueue", "DeadFactsQueue", "ChangesQueue", "DeadChangesQueue", "OverdrawnQueue"):
        client = boto3.client("sqs")
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        found[name] = [each["Body"] for each in client.receive_message(QueueUrl=url).get("Messages", [])]
    assert {name: bodies for name, bodies in found.items() if bodies} == {own: ["hello"]} | (
        {dead: ["no"]} if dead else {}
    )


def test_what_is_sent_comes_after_a_while(queue: FactQueue) -> None:
    queue.send()
    queue.send("now")
    queue.send("later", "later too", delay_seconds=60)
    url, client = os.environ["FACTS_QUEUE"], boto3.client("sqs")
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert told["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "2"
    assert [each["Body"] for each in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == [
        "now"
    ]
