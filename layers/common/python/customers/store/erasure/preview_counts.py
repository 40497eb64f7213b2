"""How much is kept of a customer, by kind: the preview of an erasure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import Kind
from customers.domain.erasure.scrub import is_personal
from customers.domain.facts.history import EVENT_ENTRY
from customers.store.customers.copy_leads import has_expired, leads, led_to
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED, part_ids
from customers.store.records.ledger_rows import LEDGER
from customers.store.records.not_the_same import NOT_THE_SAME
from customers.store.records.transaction_rows import TRANSACTIONS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BY_BEGINNING: dict[str, Kind] = {
    **dict.fromkeys(TRANSACTIONS, "transactions"),
    "grant#": "promo_grants",
    ABSORBED: "absorbed",
    "verification": "verification",
    "export": "exports",
    NOT_THE_SAME: "not_the_same",
}


class PreviewCounts:
    """Reads of the tables for records and receipts, one page in memory at a time."""

    def __init__(self, client: DynamoDBClient, records_table: str, receipts: str) -> None:
        self._client = client
        self._records, self._receipts = records_table, receipts

    @classmethod
    def connect(cls) -> PreviewCounts:
        """The tables named by `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        return cls(connect(), *(os.environ[f"{role}_TABLE"] for role in ("RECORDS", "RECEIPTS")))

    def count(self, enterprise: str, profile: Profile, now: datetime) -> Counter[Kind]:
        """The counts of a customer as they are now. Raises `Unavailable`."""
        counts: Counter[Kind] = Counter()
        for row in self._rows(enterprise, profile):
            if kind := kind_of(row["sk"]["S"], row.get("type", {"S": ""})["S"]):
                counts[kind] += 1
        counts += self._copies(enterprise, profile.customer_id, now)
        counts["identity"] = len(customer_rows(enterprise, profile)) + counts["absorbed"]
        counts["provider_ids"] = len(profile.provider_ids)
        return counts

    def _rows(self, enterprise: str, profile: Profile) -> Iterator[Item]:
        """All rows of the customer, and of absorbed ones those that are of them alone."""
        for each in part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed):
            rows = reads.query_all(
                self._client,
                TableName=self._records,
                **reads.key_is("pk", f"{enterprise}#{each}"),
                ProjectionExpression="sk, #type",
                ExpressionAttributeNames={"#type": "type"},
                ConsistentRead=True,
            )
            yield from (row for row in rows if each == profile.customer_id or not row["sk"]["S"].startswith(ABSORBED))

    def _copies(self, enterprise: str, customer_id: str, now: datetime) -> Counter[Kind]:
        rows = leads(self._client, self._receipts, enterprise, customer_id)
        led = Counter(led_to(row)[0] for row in rows if not has_expired(row, now))
        return Counter({"answers": led["answers"], "sessions": led["sessions"]})


def kind_of(sk: str, entry_type: str) -> Kind | None:
    """The kind of a record. None for a pointer or an outbox row, which do not count."""
    if sk.startswith(LEDGER):
        if entry_type.startswith(EVENT_ENTRY):
            return "events"
        return "ledger_personal" if is_personal(entry_type) else "ledger"
    return next((kind for beginning, kind in _BY_BEGINNING.items() if sk.startswith(beginning)), None)
