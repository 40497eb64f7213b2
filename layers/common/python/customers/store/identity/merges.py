"""Merging: one transaction, after which both phones and ids lead to the survivor. The history follows by a sweep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import customer_merged
from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identity.merge import Absorbed
from customers.store import records
from customers.store.customers import snapshot_invalidation
from customers.store.customers.rows import customer_rows, lead_row, survivor_key
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import one_per_item, put, unchanged
from customers.store.events.outbox import outbox_row
from customers.store.facts.own_entries import Statements
from customers.store.idempotency import put_idempotency_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Merges:
    """Writes to the tables of customers, records and receipts."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str], statements: Statements) -> None:
        """`tables` are those of customers, records and receipts."""
        self._client = client
        self._customers, self._records, self._receipts = tables
        self._statements = statements

    @classmethod
    def connect(cls) -> Merges:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])
        return cls(dynamo.connect(), tables, Statements.connect())

    def find(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, of an absorbed one the survivor. Raises `Conflict`, `Unavailable`."""
        return self._statements.account(enterprise, customer_id)

    def merge(
        self,
        enterprise: str,
        survivor: Account,
        absorbed: Account,
        after: Account,
        said: LedgerEntry,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """All that readers see of it. Raises `Conflict` where either of the two has changed since it was read."""
        survivor_id, absorbed_id = survivor.profile.customer_id, absorbed.profile.customer_id
        noted = Absorbed(absorbed_id, absorbed.profile.phone, said.order.occurred_at)
        unswept = replace(after, profile=replace(after.profile, sweeping=survivor.profile.sweeping + 1))
        told = customer_merged(enterprise, survivor_id, absorbed_id, said.order)
        writes = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, survivor_id),
            *self._statements.writes(enterprise, survivor, unswept, said),
            *self._lead(enterprise, absorbed, survivor_id),
            put(self._records, records.absorbed_pointer_row(enterprise, absorbed_id, survivor_id)),
            put(self._records, records.absorbed_row(enterprise, survivor_id, noted)),
            put(self._records, outbox_row(enterprise, survivor_id, told)),
            snapshot_invalidation.departure(self._records, enterprise),
        ]
        dynamo.commit(self._client, one_per_item(writes))

    def _lead(self, enterprise: str, absorbed: Account, survivor_id: str) -> Iterator[Any]:
        """The absorbed customer's rows lead to the survivor, or are the survivor's copies from now on."""
        profile = absorbed.profile
        yield put(self._customers, lead_row(enterprise, profile, survivor_id), *unchanged(profile))
        for copy in customer_rows(enterprise, profile)[1:]:
            yield {"Delete": {"TableName": self._customers, "Key": {"pk": copy["pk"]}}}
        if profile.absorbed:
            key = survivor_key(enterprise, profile.customer_id)
            yield put(self._customers, {**key, "leads_to": {"S": survivor_id}})
