"""The registry facts queue's consumer: it applies what is about enterprises, branches and access, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from mypy_boto3_sqs import SQSClient

from customers.store.registry import Registry
from tests.operations.conftest import Shop


@pytest.fixture
def dead(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> SQSClient:
    client = boto3.client("sqs")
    for queue in ("RegistryFactsQueue", "DeadFactsQueue"):
        client.create_queue(QueueName=queue)
    return client


def take(shop: Shop, kind: str, **fields: Any) -> dict[str, Any]:
    from events.fold_registry_facts import handler

    detail = {"fact_id": "f-1", "enterprise_id": shop.enterprise, "occurred_at": "2026-11-01T10:00:00Z", **fields}
    record = {
        "messageId": "m1",
        "receiptHandle": "r1",
        "attributes": {"ApproximateReceiveCount": "1"},
        "body": json.dumps({"detail-type": kind, "source": "partner.tests", "detail": detail}),
    }
    answer: dict[str, Any] = handler({"Records": [record]}, None)
    return answer


def refused(dead: SQSClient) -> list[str]:
    found = dead.receive_message(
        QueueUrl=dead.get_queue_url(QueueName="DeadFactsQueue")["QueueUrl"], MessageAttributeNames=["reason"]
    )
    return [each["MessageAttributes"]["reason"]["StringValue"] for each in found.get("Messages", [])]


def test_a_revocation_is_applied_once(shop: Shop, dead: SQSClient) -> None:
    for _ in range(2):
        answer = take(shop, "access.revoked", issuer="https://people.test", subject="officer-7")
        assert answer == {"batchItemFailures": []}
    known = Registry.connect().scope(shop.enterprise, None, None, ("https://people.test", "officer-7", "t"))
    assert known
    assert known.revoked_before


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("access.revoked", {"issuer": "https://people.test"}, "body"),
        ("access.revoked", {"issuer": "https://people.test", "subject": "a", "jti": "b"}, "body"),
        ("access.revoked", {"issuer": "https://people.test", "subject": "a#b"}, "subject"),
        ("access.revoked", {"issuer": "", "subject": "a"}, "issuer"),
        ("access.revoked", {"issuer": "i", "subject": "a", "before": "yesterday"}, "before"),
        ("customer.verified", {"customer": {"phone": "+97433001122"}}, "detail-type"),
    ],
)
def test_what_cannot_be_applied_is_refused_by_name(
    shop: Shop, dead: SQSClient, kind: str, fields: dict[str, Any], field: str
) -> None:
    refused(dead)
    assert take(shop, kind, **fields) == {"batchItemFailures": []}
    (reason,) = refused(dead)
    assert reason.startswith(field)
