"""Corrections of a name or a phone: one transaction each, with the link that a new phone is verified by."""

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
from customers.store.customers.rows import customer_key
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put, require, unchanged
from customers.store.events.outbox import outbox_row
from customers.store.facts.own_entries import Statements
from customers.store.idempotency import put_idempotency_record
from customers.store.identity.verification_requests import VerificationRequests

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Corrections:
    """Writes to the tables of customers, records, receipts and verifications."""

    def __init__(
        self,
        client: DynamoDBClient,
        tables: tuple[str, str, str],
        statements: Statements,
        requests: VerificationRequests,
    ) -> None:
        """`tables` are those of customers, records and receipts."""
        self._client = client
        self._customers, self._records, self._receipts = tables
        self._statements = statements
        self._requests = requests

    @classmethod
    def connect(cls) -> Corrections:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE`, `RECEIPTS_TABLE` and `VERIFICATIONS_TABLE`."""
        tables = (os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])
        return cls(dynamo.connect(), tables, Statements.connect(), VerificationRequests.connect())

    def find(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, of an absorbed one the survivor. Raises `Conflict`, `Unavailable`."""
        return self._statements.account(enterprise, customer_id)

    def correct(
        self,
        enterprise: str,
        before: Account,
        after: Account,
        said: LedgerEntry | None,
        verification: Verification | None,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """Receipt, statement and event, and the request to verify the phone, in one transaction. Without a statement
        nothing of the customer changes, and only a link is asked for.

        Raises `ValidationError` where the phone is another's, `Throttled`, and `Conflict` where somebody was faster.
        """
        customer_id = before.profile.customer_id
        asked = []
        if verification:
            self._require_free(enterprise, verification.phone, customer_id)
            asked = self._requests.writes(enterprise, customer_id, verification, idempotency_key.at)
        writes = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, customer_id),
            *(self._said(enterprise, before, after, said) if said else self._as_read(enterprise, before)),
            *asked,
        ]
        dynamo.commit(self._client, writes)

    def _said(self, enterprise: str, before: Account, after: Account, said: LedgerEntry) -> list[Any]:
        assert isinstance(said.payload, Corrected)  # noqa: S101 - what else would be said here
        customer_id = before.profile.customer_id
        told = customer_corrected(enterprise, customer_id, said.order, corrected_fields(said.payload))
        return [
            *self._statements.writes(enterprise, before, after, said),
            put(self._records, outbox_row(enterprise, customer_id, told)),
        ]

    def _as_read(self, enterprise: str, before: Account) -> list[Any]:
        key = customer_key(enterprise, before.profile.phone)
        return [require(self._customers, key, *unchanged(before.profile))]

    def _require_free(self, enterprise: str, phone: Phone, customer_id: str) -> None:
        """An absorbed phone of this very customer is free. The transaction holds it to that."""
        with dynamo.answering():
            key = customer_key(enterprise, phone)
            row = self._client.get_item(TableName=self._customers, Key=key, ConsistentRead=True).get("Item", {})
        if row and {"S": customer_id} not in (row.get("customer_id"), row.get("leads_to")):
            raise ValidationError("phone", TAKEN)
