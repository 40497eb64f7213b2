"""Merging: one transaction, after which both phones and ids lead to the survivor. The history stays where it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.events.published import customer_merged
from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry
from customers.domain.facts.parts.parts import Parts
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identity.merge import Absorbed
from customers.store.customers import snapshot_invalidation
from customers.store.customers.keys import customer_key, survivor_key
from customers.store.customers.pointers import absorbed_pointer_row, lead_on, lead_row
from customers.store.customers.row_writes import remove_copies, unchanged
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import delete, one_per_item, put
from customers.store.events.outbox import outbox_row
from customers.store.facts.own_entries import OwnEntries
from customers.store.idempotency import answered
from customers.store.records.absorbed_rows import absorbed_of, absorbed_row, absorbed_rows
from customers.store.records.keys import record_key
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Merges:
    """Writes to the tables for customers, records and receipts."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str], own_entries: OwnEntries) -> None:
        """`tables` are those for customers, records and receipts."""
        self._client = client
        self._customers, self._records, self._receipts = tables
        self._own_entries = own_entries

    @classmethod
    def connect(cls) -> Merges:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])
        return cls(connect(), tables, OwnEntries.connect())

    def find(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id. Raises `Conflict`, `Unavailable`."""
        return self._own_entries.account(enterprise, customer_id)

    def with_crossing(self, enterprise: str, survivor: Account, absorbed: Account) -> list[Account]:
        """Both with what `combine` needs of ends of grants that cross from one part to another. Raises `Unavailable`.

        No request if no part has such ends.
        """
        return self._own_entries.with_crossing(enterprise, survivor, absorbed)

    def merge(
        self,
        enterprise: str,
        survivor: Account,
        absorbed: Account,
        after: Account,
        entry: LedgerEntry,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """Everything that readers see of a merge. Raises `Conflict` where a customer has changed since the read."""
        survivor_id, absorbed_id = survivor.profile.customer_id, absorbed.profile.customer_id
        gone = absorbed.profile
        absorbed_record = Absorbed(absorbed_id, gone.phone, entry.order.occurred_at, gone.held_since, gone.version)
        event = customer_merged(enterprise, survivor_id, absorbed_id, entry.order)
        writes = [
            *answered(self._receipts, enterprise, idempotency_key, record, survivor_id),
            *self._own_entries.writes(enterprise, _with_parts_of(survivor, absorbed), after, entry),
            *self._lead(enterprise, absorbed, absorbed_record, survivor_id),
            put(self._records, absorbed_pointer_row(enterprise, absorbed_id, survivor_id, absorbed_record.merged_at)),
            put(self._records, absorbed_row(enterprise, survivor_id, absorbed_record)),
            *self._brought(enterprise, absorbed.profile, survivor_id),
            # Nobody can verify the absorbed phone any more, and the export is no longer whole.
            *(delete(self._records, record_key(enterprise, absorbed_id, sk)) for sk in ("verification", "export")),
            put(self._records, outbox_row(enterprise, survivor_id, event)),
            snapshot_invalidation.departure(self._records, enterprise),
        ]
        transactions.commit(self._client, traced(enterprise, one_per_item(writes)))

    def _lead(self, enterprise: str, absorbed: Account, record: Absorbed, survivor_id: str) -> Iterator[Any]:
        """From now on the absorbed customer's rows lead to the survivor, or are the survivor's copies."""
        profile = absorbed.profile
        yield put(self._customers, lead_row(enterprise, record, survivor_id), *unchanged(profile))
        yield from remove_copies(self._customers, enterprise, profile)
        if profile.absorbed:
            key = survivor_key(enterprise, profile.customer_id)
            yield put(self._customers, {**key, "leads_to": {"S": survivor_id}})

    def _brought(self, enterprise: str, absorbed: Profile, survivor_id: str) -> Iterator[Any]:
        """Customers whom the absorbed one had absorbed lead to the survivor in one step, by id and by phone."""
        if not absorbed.absorbed:
            return
        for row in absorbed_rows(self._client, self._records, enterprise, absorbed.customer_id):
            earlier = absorbed_of(row)
            yield put(self._records, absorbed_row(enterprise, survivor_id, earlier))
            yield lead_on(self._records, enterprise, earlier.customer_id, survivor_id)
            lead = reads.get(self._client, self._customers, customer_key(enterprise, earlier.phone)) or {}
            if lead.get("absorbed") == {"S": earlier.customer_id}:
                is_there = "absorbed = :absorbed", {":absorbed": lead["absorbed"]}
                yield put(self._customers, {**lead, "leads_to": {"S": survivor_id}}, *is_there)


def _with_parts_of(survivor: Account, absorbed: Account) -> Account:
    """The survivor with all parts that have rows already."""
    known = {
        each: part for account in (survivor, absorbed) if account.parts for each, part in account.parts.parts.items()
    }
    return replace(survivor, parts=Parts(known, ()))
