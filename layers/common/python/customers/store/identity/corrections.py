"""Corrections of a name or a phone: one transaction each, with the request to verify a new phone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import customer_corrected
from customers.domain.facts.account import Account
from customers.domain.facts.fact import Corrected, LedgerEntry
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.correction import TAKEN, corrected_fields
from customers.domain.identity.verification import Verification
from customers.domain.refusals import ValidationError
from customers.store.customers.keys import customer_key
from customers.store.customers.row_writes import unchanged
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import put, require
from customers.store.events.outbox import outbox_row
from customers.store.facts.own_entries import OwnEntries
from customers.store.idempotency import answered
from customers.store.identity.verification_requests import VerificationRequests
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Corrections:
    """Writes to the tables for customers, records, receipts and verifications."""

    def __init__(
        self,
        client: DynamoDBClient,
        tables: tuple[str, str, str],
        own_entries: OwnEntries,
        requests: VerificationRequests,
    ) -> None:
        """`tables` are those for customers, records and receipts."""
        self._client = client
        self._customers, self._records, self._receipts = tables
        self._own_entries = own_entries
        self._requests = requests

    @classmethod
    def connect(cls) -> Corrections:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE`, `RECEIPTS_TABLE` and `VERIFICATIONS_TABLE`."""
        tables = (os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])
        return cls(connect(), tables, OwnEntries.connect(), VerificationRequests.connect())

    def find(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id. Raises `Conflict`, `Unavailable`."""
        return self._own_entries.account(enterprise, customer_id)

    def correct(
        self,
        enterprise: str,
        before: Account,
        after: Account,
        entry: LedgerEntry | None,
        verification: Verification | None,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
        sms_per_day: int,
    ) -> None:
        """Commit the idempotency record, the entry, the event and the request to verify the phone, in one transaction.
        Without an entry the customer stays unchanged, and only a link is requested.

        Raises `ValidationError` where another customer has the phone, `Throttled`, `Conflict`, `Unavailable`.
        """
        customer_id = before.profile.customer_id
        requested, absorbed = [], None
        if after.profile.phone != before.profile.phone:
            absorbed = self._require_free(enterprise, after.profile.phone, customer_id)
        if verification:
            requested = self._requests.writes(enterprise, customer_id, verification, idempotency_key.at, sms_per_day)
        writes = [
            *answered(self._receipts, enterprise, idempotency_key, record, customer_id),
            *(self._entry(enterprise, before, after, entry, absorbed) if entry else self._as_read(enterprise, before)),
            *requested,
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def _entry(
        self, enterprise: str, before: Account, after: Account, entry: LedgerEntry, absorbed: str | None
    ) -> list[Any]:
        assert isinstance(entry.payload, Corrected)  # noqa: S101 - callers pass no other
        customer_id = before.profile.customer_id
        event = customer_corrected(enterprise, customer_id, entry.order, corrected_fields(entry.payload))
        return [
            *self._own_entries.writes(enterprise, before, after, entry, absorbed),
            put(self._records, outbox_row(enterprise, customer_id, event)),
        ]

    def _as_read(self, enterprise: str, before: Account) -> list[Any]:
        key = customer_key(enterprise, before.profile.phone)
        return [require(self._customers, key, *unchanged(before.profile))]

    def _require_free(self, enterprise: str, phone: Phone, customer_id: str) -> str | None:
        """An absorbed phone of this same customer counts as free: the answer is whose it was. The transaction checks
        again that nobody else has the phone.
        """
        row = reads.get(self._client, self._customers, customer_key(enterprise, phone))
        if row and {"S": customer_id} not in (row.get("customer_id"), row.get("leads_to")):
            raise ValidationError("phone", TAKEN)
        return str(row["absorbed"]["S"]) if row and "absorbed" in row else None
