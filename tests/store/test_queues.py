"""How work waits in a queue, and what is done with what cannot be done now, or ever."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import Bucket, CustomerRef, Due, History, Waiting
from customers.store.aws.messages import batch_of, batches_of, message_of, waiting_of
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


REFS = st.builds(CustomerRef, st.just("acme"), st.sampled_from(["usr_1", "usr_2"]), st.sampled_from([None, "refund#r"]))
WAITING: st.SearchStrategy[Waiting] = st.one_of(
    REFS,
    st.builds(Bucket, st.just("acme"), st.sampled_from(["00", "ff"]), st.sampled_from(["", "usr_1"]), st.booleans()),
    st.builds(History, st.just("acme"), st.just("usr_1"), st.sampled_from(["purchase#", "refund#r"])),
    st.builds(
        Due, st.just("acme"), st.just("2026-06-05"), st.sampled_from(["", "f"]), st.sampled_from(["", "x#usr_1"])
    ),
)


@given(WAITING)
def test_what_waits_comes_back_as_it_was(waiting: Waiting) -> None:
    assert waiting_of(message_of(waiting)) == waiting


def test_many_customers_come_back_in_messages_of_a_hundred_each_of_them_once() -> None:
    refs = [CustomerRef("acme", f"usr_{number}") for number in range(200)]
    assert [batch_of(each) for each in batches_of([*refs, *refs])] == [refs[:100], refs[100:]]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("{", "body"),
        ("[]", "body"),
        ({"customer_id": "usr_1"}, "enterprise"),
        ({"enterprise": "a#b", "customer_id": "usr_1"}, "enterprise"),
        ({"enterprise": "acme", "customer_id": "usr_1", "transaction": "ledger#1"}, "transaction"),
        ({"enterprise": "acme", "bucket": "f"}, "bucket"),
        ({"enterprise": "acme", "bucket": "ff", "after": "a#b"}, "after"),
        ({"enterprise": "a#b", "bucket": "ff"}, "enterprise"),
        ({"enterprise": "a#b", "day": "2026-06-05"}, "enterprise"),
        ({"enterprise": "acme", "day": "5 June"}, "day"),
        ({"enterprise": "acme", "day": "2026-06-05", "bucket": "ff"}, "bucket"),
        ({"enterprise": "acme", "day": "2026-06-05", "after": 1}, "after"),
    ],
)
def test_a_message_that_cannot_be_read_is_told_by_its_field(message: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        waiting_of(message if isinstance(message, str) else json.dumps(message))
    assert refusal.value.field == field
