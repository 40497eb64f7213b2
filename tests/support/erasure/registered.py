"""Entries of the register of erasures and of the list of refused facts, as they lie in the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.customers.profile import Outcome
from customers.domain.erasure.plan import Erasure, Status
from customers.ids import new_erasure_id
from customers.store.erasure.rows import erasure_row
from tests.support.facts import body
from tests.support.refused import refuse

BEGINNING = datetime(2026, 6, 1, tzinfo=UTC)


def register(tables: DynamoDBClient, enterprise: str, *statuses: Status, receipt: str | None = None) -> list[str]:
    """An erasure of each status, a day apart, the oldest first. Gives their ids."""
    ids = []
    for number, status in enumerate(statuses):
        at = BEGINNING + timedelta(days=number)
        erased = status in ("erasing", "done", "failed")
        outcome: Outcome | None = "anonymized" if erased else None
        erasure = Erasure(
            new_erasure_id(), f"usr_{number:032x}", "VERIFIED", at, status, outcome, at if erased else None
        )
        row = erasure_row(enterprise, erasure)
        if status == "done" and receipt:
            row["receipt"] = {"S": receipt}
        tables.put_item(TableName="ErasuresTable", Item=row)
        ids.append(erasure.id)
    return ids


def something_to_list(tables: DynamoDBClient, enterprise: str) -> str:
    """Two erasures and two refused facts. Gives the id of the later erasure."""
    now = datetime.now(UTC)
    for number in range(2):
        refuse(tables, body("customer.verified", enterprise, about="+97466005566"), at=now - timedelta(hours=number))
    return register(tables, enterprise, "escalated", "erasing")[-1]
