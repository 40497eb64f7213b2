"""Show the events that this system publishes, as another domain on the bus receives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ConnectionError as NotConnected
from botocore.exceptions import HTTPClientError

from local.refusal import Refusal
from local.stack.completion import session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

AT_ONCE = 10
WAIT = 2


def show(endpoint: str, queue: str) -> None:
    """Print each event on a line, waiting ones first, until Ctrl-C."""
    for line in lines(session().client("sqs", endpoint_url=endpoint), queue):
        print(line, flush=True)


def lines(sqs: SQSClient, queue: str) -> Iterator[str]:
    """Take each event out of the listener's queue: its time, type and detail. Raises `Refusal`."""
    while True:
        try:
            received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=WAIT)
        except (NotConnected, HTTPClientError):
            raise Refusal("The local stack has stopped: make up starts it") from None
        for message in received.get("Messages", []):
            event = json.loads(message["Body"])
            yield f"{event['time']}  {event['detail-type']}  {json.dumps(event['detail'], ensure_ascii=False)}"
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
