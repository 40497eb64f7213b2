"""make tail: what a listener of the bus receives, a line for each event."""

from __future__ import annotations

import json
from itertools import islice

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from mypy_boto3_sqs import SQSClient

from local.refusal import Refusal
from local.stack.tail import lines


def event(number: int) -> str:
    detail = {"event_id": f"evt_{number}", "version": 1}
    return json.dumps({"time": "2026-11-26T18:58:14Z", "detail-type": "customer.event_recorded", "detail": detail})


def held(sqs: SQSClient, queue: str) -> int:
    """How many messages are in it, in hand or not."""
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])


@mock_aws
def test_each_event_is_shown_once_in_a_line() -> None:
    sqs = boto3.client("sqs", region_name="us-east-1")
    queue = sqs.create_queue(QueueName="tail")["QueueUrl"]
    for number in (1, 2, 3):
        sqs.send_message(QueueUrl=queue, MessageBody=event(number))
    shown = list(islice(lines(sqs, queue), 3))
    # The third is being shown.
    assert held(sqs, queue) == 1
    assert shown == [
        f'2026-11-26T18:58:14Z  customer.event_recorded  {{"event_id": "evt_{number}", "version": 1}}'
        for number in (1, 2, 3)
    ]


@mock_aws
def test_a_stack_that_has_stopped_is_said_in_a_line() -> None:
    sqs = boto3.client("sqs", region_name="us-east-1")

    def gone(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")

    sqs.meta.events.register("before-call.sqs", gone)
    with pytest.raises(Refusal, match="make up"):
        next(lines(sqs, "tail"))
