"""What a till records is on the bus a moment later: never before its commit, always in the end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Admin, Enterprise, Log, eventually

LAYLA = "+97433001122"


class Listener:
    """The local stack's listener, as `make tail` reads it; keeps what it has heard for all tests of the run."""

    def __init__(self, sqs: Any, queue: str) -> None:
        self._sqs = sqs
        self._queue = queue
        self._heard: list[dict[str, Any]] = []

    def heard(self, enterprise: str) -> list[str]:
        """The ids of an enterprise's events in the order of their first arrival: each may come more than once."""
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._heard.append(json.loads(message["Body"])["detail"])
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return list(dict.fromkeys(each["event_id"] for each in self._heard if each["enterprise_id"] == enterprise))


@pytest.fixture(scope="module")
def listener(stack: dict[str, Any], aws: Callable[[str], Any]) -> Listener:
    return Listener(aws("sqs"), stack["queues"]["tail"])


@pytest.fixture
def shop(enterprise: Enterprise) -> Enterprise:
    """An enterprise that knows Layla."""
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    eventually(lambda: enterprise.get("/customers/lookup?phone=%2B97433001122").json()["data"]["customer"])
    return enterprise


def record(shop: Enterprise) -> str:
    """Have a check-in recorded. Gives its id."""
    answer = requests.post(
        f"{shop.stack['api']}/customers/%2B97433001122/events",
        json={"event_type": "check_in", "attributes": {"note": "Layla browsed"}},
        headers={"Authorization": f"Bearer {shop.token()}", "Idempotency-Key": str(uuid.uuid4())},
        timeout=120,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["event"]["event_id"])


def test_an_event_is_on_the_bus_a_moment_after_its_commit(shop: Enterprise, listener: Listener) -> None:
    recorded = []
    for _ in range(5):
        recorded.append(record(shop))
        eventually(lambda: listener.heard(shop.id) == recorded)


@pytest.fixture
def stopped(aws: Callable[[str], Any], stack: dict[str, Any]) -> Iterator[Callable[[], None]]:
    """A publisher that hears of nothing, until it is started again."""
    functions = aws("lambda")
    mappings = [
        each["UUID"]
        for each in functions.list_event_source_mappings()["EventSourceMappings"]
        if "PublishOutbox" in each["FunctionArn"]
    ]
    assert mappings

    def enable(enabled: bool) -> None:
        for mapping in mappings:
            functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)

    enable(False)
    yield lambda: enable(True)
    enable(True)


def test_a_publisher_that_stood_still_catches_up_in_order(
    shop: Enterprise, listener: Listener, stopped: Callable[[], None]
) -> None:
    recorded = [record(shop) for _ in range(12)]
    assert listener.heard(shop.id) == []
    stopped()
    eventually(lambda: len(listener.heard(shop.id)) >= len(recorded))
    assert listener.heard(shop.id) == recorded


def test_publish_finds_what_a_publisher_that_stands_still_has_left(
    shop: Enterprise, listener: Listener, stopped: Callable[[], None], admin: Admin
) -> None:
    recorded = [record(shop) for _ in range(3)]
    assert listener.heard(shop.id) == []
    code, printed = admin("publish")
    assert (code, "outboxes are being emptied" in printed) == (0, True), printed
    eventually(lambda: len(listener.heard(shop.id)) >= len(recorded))
    stopped()
    recorded.append(record(shop))
    eventually(lambda: recorded[-1] in listener.heard(shop.id))
    # The stream tells the publisher of all of them, and it finds the last one only.
    assert listener.heard(shop.id) == recorded


@pytest.fixture
def refused(aws: Callable[[str], Any]) -> Iterator[Callable[[], None]]:
    """A bus that accepts nothing for a while."""
    iam, roles = aws("iam"), []
    for page in aws("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["Handler"].startswith("events.publish_"):
                roles.append(function["Role"].rpartition("/")[2])
    statement = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for role in roles:
        iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=policy)

    def take_again() -> None:
        for role in roles:
            iam.delete_role_policy(RoleName=role, PolicyName="deny")
        roles.clear()

    yield take_again
    take_again()


def test_what_the_bus_does_not_take_is_tried_again_until_it_does(
    shop: Enterprise, listener: Listener, refused: Callable[[], None], log: Log
) -> None:
    recorded = [record(shop) for _ in range(3)]

    def failed(operation: str) -> bool:
        return any(f'"operation":"{operation}"' in line and '"outcomes":{"failed"' in line for line in log.lines())

    # By the stream at first, then from the queue.
    eventually(lambda: failed("publish_again"))
    assert listener.heard(shop.id) == []
    refused()
    eventually(lambda: len(listener.heard(shop.id)) >= len(recorded))
    assert listener.heard(shop.id) == recorded


def test_what_is_published_names_nobody(shop: Enterprise, listener: Listener) -> None:
    event_id = record(shop)
    eventually(lambda: event_id in listener.heard(shop.id))
    told = json.dumps([each for each in listener._heard if each["enterprise_id"] == shop.id])
    assert "Layla" not in told
    assert "33001122" not in told
