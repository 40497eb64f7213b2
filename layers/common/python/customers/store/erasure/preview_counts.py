"""What is kept of a person, counted kind by kind: for whoever wants to know before they are erased."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import PERSONAL, Kind
from customers.domain.events.recorded import ENTRY
from customers.store import records
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb import dynamo
from customers.store.idempotency import BY_CUSTOMER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BY_BEGINNING: dict[str, Kind] = {
    **dict.fromkeys(records.TRANSACTIONS, "transactions"),
    "grant#": "promo_grants",
    records.ABSORBED: "absorbed",
    "verification": "verification",
    "export": "exports",
}


class Inventories:
    """Reads of the tables of records, receipts and sessions, page by page: memory does not grow with what is there."""

    def __init__(self, client: DynamoDBClient, records_table: str, receipts: str, sessions: str) -> None:
        self._client = client
        self._records, self._receipts, self._sessions = records_table, receipts, sessions

    @classmethod
    def connect(cls) -> Inventories:
        """The tables named by `RECORDS_TABLE`, `RECEIPTS_TABLE` and `SESSIONS_TABLE`."""
        return cls(dynamo.connect(), *(os.environ[f"{role}_TABLE"] for role in ("RECORDS", "RECEIPTS", "SESSIONS")))

    def count(self, enterprise: str, profile: Profile) -> Counter[Kind]:
        """Of a customer as they are now. Raises `Unavailable`."""
        whose = f"{enterprise}#{profile.customer_id}"
        counts: Counter[Kind] = Counter()
        with dynamo.answering():
            for row in self._rows(whose):
                if kind := kind_of(row["sk"]["S"], row.get("type", {"S": ""})["S"]):
                    counts[kind] += 1
            counts["answers"] = self._indexed(self._receipts, whose)
            counts["sessions"] = self._indexed(self._sessions, whose)
        counts["identity"] = len(customer_rows(enterprise, profile)) + counts["absorbed"]
        counts["provider_ids"] = len(profile.provider_ids)
        return counts

    def _rows(self, whose: str) -> Any:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk",
            ProjectionExpression="sk, #type",
            ExpressionAttributeNames={"#type": "type"},
            ExpressionAttributeValues={":pk": {"S": whose}},
            ConsistentRead=True,
        )
        return (row for page in pages for row in page["Items"])

    def _indexed(self, table: str, whose: str) -> int:
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            IndexName=BY_CUSTOMER,
            KeyConditionExpression="customer_key = :whose",
            ExpressionAttributeValues={":whose": {"S": whose}},
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)


def kind_of(sk: str, entry_type: str) -> Kind | None:
    """Of a row of the records; None of what is not kept of the person: where the id leads, what is to be published."""
    if sk.startswith(records.LEDGER):
        if entry_type.startswith(ENTRY):
            return "events"
        return "ledger_personal" if entry_type in PERSONAL else "ledger"
    return next((kind for beginning, kind in _BY_BEGINNING.items() if sk.startswith(beginning)), None)
