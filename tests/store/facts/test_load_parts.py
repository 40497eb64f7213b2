"""A part of a load goes into the queue whole, and is gone then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from customers.domain.refusals import Unavailable
from customers.store.aws import load_parts
from customers.store.aws.load_parts import LoadParts

BUCKET, KEY = "loads", "parts/1/000.jsonl"


class Desk:
    def __init__(self) -> None:
        self.s3, self.sqs = boto3.client("s3", region_name="us-east-1"), boto3.client("sqs", region_name="us-east-1")
        self.s3.create_bucket(Bucket=BUCKET)
        self.queue = self.sqs.create_queue(QueueName="bulk")["QueueUrl"]
        self.parts = LoadParts(self.s3, BUCKET, self.sqs, self.queue)

    def put(self, *lines: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=KEY, Body="".join(f"{line}\n" for line in lines).encode())

    def is_there(self) -> bool:
        return self.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1

    def sent(self) -> list[str]:
        bodies = list[str]()
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [each["Body"] for each in messages]
        return bodies


@pytest.fixture
def desk() -> Iterator[Desk]:
    with mock_aws():
        yield Desk()


def test_every_fact_is_sent_once_and_the_part_is_gone(desk: Desk) -> None:
    lines = [f'{{"number": {number}, "note": "é"}}' for number in range(123)]
    desk.put(*lines)
    assert desk.parts.send(KEY) == "sent"
    assert sorted(desk.sent()) == sorted(lines)
    assert not desk.is_there()


def test_what_divides_lines_in_a_text_divides_no_fact(desk: Desk) -> None:
    lines = [f'{{"note": "a{sign}b"}}' for sign in ("\u2028", "\x85", "\x0c")] + ["x" * 200_000]
    desk.put(*lines)
    assert desk.parts.send(KEY) == "sent"
    assert sorted(desk.sent()) == sorted(lines)


def test_a_part_that_is_gone_has_been_sent(desk: Desk) -> None:
    assert desk.parts.send(KEY) == "sent"
    assert desk.sent() == []


def test_while_the_queue_is_full_nothing_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("{}")
    monkeypatch.setattr(load_parts, "MOST_WAITING", 1)
    desk.sqs.send_message(QueueUrl=desk.queue, MessageBody="other")
    assert desk.parts.send(KEY) == "full"
    assert desk.is_there()
    assert desk.sent() == ["other"]


@pytest.mark.parametrize(("waiting", "answer"), [(99_999, "sent"), (100_000, "full")])
def test_from_a_hundred_thousand_facts_on_the_queue_is_full(desk: Desk, waiting: int, answer: str) -> None:
    def say(parsed: dict[str, Any], **_: object) -> None:
        parsed["Attributes"]["ApproximateNumberOfMessages"] = str(waiting)

    desk.sqs.meta.events.register("after-call.sqs.GetQueueAttributes", say)
    desk.put("{}")
    assert desk.parts.send(KEY) == answer


def test_a_part_of_which_the_queue_refuses_something_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("{}", "[]")

    def refuse(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(desk.sqs, "send_message_batch", refuse)
    with pytest.raises(Unavailable):
        desk.parts.send(KEY)
    assert desk.is_there()


def test_a_part_of_which_the_queue_takes_some_facts_only_stays(desk: Desk) -> None:
    """The answer to a batch is a success, and says which messages have failed."""
    desk.put("{}", "[]")

    def fail_one(parsed: dict[str, Any], **_: object) -> None:
        parsed["Failed"] = [{"Id": "1", "Code": "InternalError", "SenderFault": False}]

    desk.sqs.meta.events.register("after-call.sqs.SendMessageBatch", fail_one)
    with pytest.raises(Unavailable):
        desk.parts.send(KEY)
    assert desk.is_there()


def test_ten_facts_are_a_request_unless_they_are_large(desk: Desk) -> None:
    lines = [f"{number:05}" for number in range(25)] + ["x" * 150_000, "y" * 150_000]
    desk.put(*lines)
    sizes = list[int]()
    desk.sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    assert desk.parts.send(KEY) == "sent"
    assert sorted(sizes) == [1, 6, 10, 10]
    assert sorted(desk.sent()) == sorted(lines)


@pytest.mark.parametrize(("more", "requests"), [(0, [2]), (1, [1, 1])])
def test_a_request_is_as_large_as_the_queue_takes_and_no_larger(desk: Desk, more: int, requests: list[int]) -> None:
    lines = ["x" * 131_072, "y" * (131_072 + more)]
    desk.put(*lines)
    sizes = list[int]()
    desk.sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    assert desk.parts.send(KEY) == "sent"
    assert sizes == requests
