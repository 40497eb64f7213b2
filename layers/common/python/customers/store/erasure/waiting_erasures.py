"""Erasures that wait until the customer's money is settled: begun, answered again, given up, or done by another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.erasure.plan import Erasure
from customers.domain.events.published import customer_erased, erasure_escalated
from customers.domain.facts.account import Account
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import Conflict
from customers.store.customers.keys import customer_key
from customers.store.customers.row_writes import unchanged
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, require
from customers.store.erasure.rows import erasure_key, erasure_of, erasure_row, names_in, waiting_key
from customers.store.events.outbox import outbox_row
from customers.store.idempotency import answered
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class WaitingErasures:
    """Writes to the tables for records, receipts and erasures. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str, str]) -> None:
        """`tables` are those for customers, records, receipts and erasures."""
        self._client = client
        self._customers, self._records, self._receipts, self._erasures = tables

    def find(self, enterprise: str, customer_id: str) -> Erasure | None:
        """The erasure that waits for the customer's money to be settled. Read it after the account."""
        waiting = reads.get(self._client, self._erasures, waiting_key(enterprise, customer_id))
        row = self._row(enterprise, waiting["erasure_id"]["S"]) if waiting else None
        return erasure_of(row) if row else None

    def begin(
        self,
        enterprise: str,
        account: Account,
        erasure: Erasure,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """Note that the customer is to be erased. The customer stays unchanged. Raises `Conflict`."""
        customer_id = erasure.customer_id
        waits = {**waiting_key(enterprise, customer_id), "erasure_id": {"S": erasure.id}}
        condition, values = unchanged(account.profile)
        writes = [
            *answered(self._receipts, enterprise, idempotency_key, record),
            put(self._erasures, erasure_row(enterprise, erasure)),
            put(self._erasures, waits, "attribute_not_exists(pk)"),
            require(self._customers, customer_key(enterprise, account.profile.phone), condition, values),
            put(self._records, outbox_row(enterprise, customer_id, erasure_escalated(enterprise, erasure))),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def note(
        self, enterprise: str, account: Account, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """Keep the answer to a request that found an erasure waiting already. The customer stays unchanged.

        Raises `Conflict`.
        """
        condition, values = unchanged(account.profile)
        writes = [
            *answered(self._receipts, enterprise, idempotency_key, record),
            require(self._customers, customer_key(enterprise, account.profile.phone), condition, values),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def expire(self, enterprise: str, erasure: Erasure) -> None:
        """End the wait. The customer stays. Raises `Conflict` where it is not waiting any more."""
        writes = [
            put(self._erasures, {**erasure_row(enterprise, erasure), "status": {"S": "expired"}}, *_WAITS),
            delete(
                self._erasures,
                waiting_key(enterprise, erasure.customer_id),
                "erasure_id = :this",
                {":this": {"S": erasure.id}},
            ),
        ]
        transactions.commit(self._client, writes)

    def join(self, enterprise: str, erasure: Erasure, other_id: str) -> None:
        """The person has been erased by another erasure, of a customer with whom they were merged.

        This one has the same outcome and instant, and a sweep and a receipt of its own. Raises `Conflict` where it is
        not waiting any more.
        """
        row = self._row(enterprise, other_id)
        other = erasure_of(row) if row else None
        if row is None or other is None or other.outcome is None or other.erased_at is None:
            raise Conflict
        joined = replace(erasure, customer_id=other.customer_id)
        joined = joined.carried_out(other.outcome, other.prior_state, other.erased_at)
        event = customer_erased(enterprise, joined)
        writes = [
            put(self._erasures, erasure_row(enterprise, joined, names_in(row)), *_WAITS),
            # Nobody has this id any more, so nothing else waits under it.
            delete(self._erasures, waiting_key(enterprise, erasure.customer_id)),
            put(self._records, outbox_row(enterprise, other.customer_id, event)),
        ]
        transactions.commit(self._client, writes)

    def _row(self, enterprise: str, erasure_id: str) -> Item | None:
        return reads.get(self._client, self._erasures, erasure_key(enterprise, erasure_id))


_WAITS: tuple[str, Item, dict[str, str]] = (
    "#status = :escalated",
    {":escalated": {"S": "escalated"}},
    {"#status": "status"},
)
"""The condition that an erasure is still waiting."""
