"""The workflow of an erasure is started once, with what its row says and nothing that an event says."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_sqs import SQSClient

from customers.store.client_errors import ServiceError
from tests.operations.conftest import Shop
from tests.operations.erasure.test_erase_waiting import Waiting
from tests.support.erasure.erasing import entries, erase, settled_layla
from tests.support.exports import create_workflow
from tests.support.identity.verifying import batch
from tests.support.recording import id_of, outbox

PLANTED = "Layla Hassan +97433001122"


@pytest.fixture
def dead(shop: Shop) -> SQSClient:
    sqs = boto3.client("sqs")
    for queue in ("ErasuresQueue", "DeadErasuresQueue"):
        sqs.create_queue(QueueName=queue)
    machine = create_workflow("ErasureWorkflow")
    for each in boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]:
        boto3.client("stepfunctions").stop_execution(executionArn=each["executionArn"])
    return sqs


def start(kind: str, detail: Any, tries: int = 1) -> dict[str, Any]:
    from gdpr.start_erasure import handler

    body = json.dumps({"detail-type": kind, "source": "customers", "detail": detail})
    answer: dict[str, Any] = handler(batch(body, tries=tries), None)
    return answer


def published(shop: Shop, tables: DynamoDBClient, erasure_id: str) -> dict[str, Any]:
    """The detail of the event of an erasure."""
    details: list[dict[str, Any]] = [json.loads(row["detail"]["S"]) for row in outbox(tables, shop)]
    (found,) = [each for each in details if each.get("erasure_id") == erasure_id]
    return found


def started(shop: Shop) -> list[dict[str, Any]]:
    """The inputs of the enterprise's executions."""
    client = boto3.client("stepfunctions")
    machine = create_workflow("ErasureWorkflow")
    arns = [each["executionArn"] for each in client.list_executions(stateMachineArn=machine)["executions"]]
    inputs = [json.loads(client.describe_execution(executionArn=arn)["input"]) for arn in arns]
    return [each for each in inputs if each["enterprise_id"] == shop.enterprise]


def refused(dead: SQSClient) -> list[str]:
    found = dead.receive_message(
        QueueUrl=dead.get_queue_url(QueueName="DeadErasuresQueue")["QueueUrl"], MessageAttributeNames=["reason"]
    )
    return [each["MessageAttributes"]["reason"]["StringValue"] for each in found.get("Messages", [])]


def test_an_erasure_is_started_once_with_the_ids_of_its_row(
    shop: Shop, tables: DynamoDBClient, dead: SQSClient
) -> None:
    layla = settled_layla(shop, tables)
    erasure_id = erase(shop, layla).data["erasure_id"]
    detail = published(shop, tables, erasure_id)
    for more in ({}, {}, {"note": PLANTED, "restored": True, "outcome": "hard_deleted", "customer_id": "usr_0"}):
        assert start("customer.erased", {**detail, **more}) == {"batchItemFailures": []}
    assert started(shop) == [
        {
            "enterprise_id": shop.enterprise,
            "customer_id": layla,
            "erasure_id": erasure_id,
            "outcome": "anonymized",
        }
    ]


def test_one_that_waits_is_started_without_an_outcome_and_one_that_has_ended_not_at_all(
    shop: Shop, tables: DynamoDBClient, dead: SQSClient
) -> None:
    waiting = Waiting(shop, tables)
    erasure_id = waiting.asked.data["erasure_id"]
    detail = {
        "event_id": "evt_1",
        "version": 1,
        "enterprise_id": shop.enterprise,
        "customer_id": waiting.id,
        "erasure_id": erasure_id,
        "requested_at": "2026-11-01T10:00:00Z",
    }
    start("customer.erasure_escalated", detail)
    ids = {"enterprise_id": shop.enterprise, "customer_id": waiting.id, "erasure_id": erasure_id}
    assert started(shop) == [ids]
    key = {"pk": {"S": shop.enterprise}, "sk": {"S": erasure_id}}
    row = tables.get_item(TableName="ErasuresTable", Key=key)["Item"]
    for ended in ("done", "expired", "failed"):
        tables.put_item(TableName="ErasuresTable", Item={**row, "status": {"S": ended}})
        start("customer.erasure_escalated", detail)
    assert started(shop) == [ids]


@pytest.mark.parametrize("kind", ["customer.erased", "customer.erasure_escalated"])
def test_a_forged_event_starts_nothing(shop: Shop, tables: DynamoDBClient, dead: SQSClient, kind: str) -> None:
    shop.told_of_layla()
    layla = id_of(tables, shop)
    forged = {
        "event_id": "evt_1",
        "version": 1,
        "enterprise_id": shop.enterprise,
        "customer_id": layla,
        "erasure_id": "era_forged",
        "outcome": "hard_deleted",
        "erased_at": "2026-11-01T10:00:00Z",
        "requested_at": "2026-11-01T10:00:00Z",
        "note": PLANTED,
    }
    elsewhere = {**forged, "erasure_id": f"waiting#{layla}"}
    for detail in (forged, elsewhere, {"anything": PLANTED}, PLANTED):
        assert start(kind, detail) == {"batchItemFailures": []}
    assert started(shop) == []
    assert entries(tables, shop) == []
    reasons = [reason for _ in range(4) for reason in refused(dead)]
    assert {each.partition(" ")[0].rstrip(":") for each in reasons} == {"erasure_id", "body"}
    assert not [each for each in reasons if "Layla" in each]


def test_while_the_workflow_cannot_be_started_the_event_comes_again(
    shop: Shop, tables: DynamoDBClient, dead: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    layla = settled_layla(shop, tables)
    erasure_id = erase(shop, layla).data["erasure_id"]
    detail = published(shop, tables, erasure_id)

    def fail(*_: object, **__: object) -> None:
        raise ServiceError({"Error": {"Code": "ThrottlingException"}}, "StartExecution")

    with monkeypatch.context() as patched:
        patched.setattr("botocore.client.BaseClient._make_api_call", fail)
        assert len(start("customer.erased", detail)["batchItemFailures"]) == 1
    assert start("customer.erased", detail, tries=2) == {"batchItemFailures": []}
    assert len(started(shop)) == 1
