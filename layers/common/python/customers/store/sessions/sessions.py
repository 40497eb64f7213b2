"""Checkout sessions, in the table of that name: opened, identified, read."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.sessions import Identification, Session
from customers.store.customers.snapshot_invalidation import departed_key, mark_of
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put
from customers.store.events.recorded_events import event_writes, require_customer
from customers.store.idempotency import put_idempotency_record
from customers.store.sessions.rows import identification_row, session_key, session_of, session_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Sessions:
    """Reads are strongly consistent; what is written is one transaction."""

    def __init__(self, client: DynamoDBClient, sessions: str, customers: str, records: str, receipts: str) -> None:
        self._client = client
        self._sessions = sessions
        self._customers = customers
        self._records = records
        self._receipts = receipts

    @classmethod
    def connect(cls) -> Sessions:
        """The tables named by `SESSIONS_TABLE`, `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ[f"{name}_TABLE"] for name in ("SESSIONS", "CUSTOMERS", "RECORDS", "RECEIPTS"))
        return cls(dynamo.connect(), *tables)

    def find(self, enterprise: str, branch: str, session_id: str, now: datetime) -> tuple[Session | None, str]:
        """A branch's session, unless it has expired, and the mark of the enterprise's last departure: one request."""
        rows = dynamo.get_together(
            self._client,
            {
                self._sessions: session_key(enterprise, branch, session_id),
                self._records: departed_key(enterprise),
            },
        )
        row = rows[self._sessions]
        # DynamoDB takes expired rows away when it has time.
        is_open = row is not None and int(row["ttl"]["N"]) > int(now.timestamp())
        return (session_of(row) if row and is_open else None), mark_of(rows[self._records])

    def open(
        self, enterprise: str, session: Session, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """The session and the receipt. Raises `Conflict` where the request has been carried out."""
        writes = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, None),
            put(self._sessions, session_row(enterprise, session), "attribute_not_exists(pk)"),
        ]
        dynamo.commit(self._client, writes)

    def identify(
        self, enterprise: str, done: Identification, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """The session, what it gathered in the customer's history and outbox, and the receipt, in one transaction.

        Raises `Conflict` where the session is not any more as it was read, the phone has become another's, the
        customer has been shut off, or the request has been carried out: then look again.
        """
        who, row = done.identified, session_row(enterprise, done.session)
        as_read = {":revision": {"N": str(done.session.revision - 1)}}
        writes: list[Any] = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, who.customer_id),
            require_customer(self._customers, enterprise, who.phone, who.customer_id),
            put(self._sessions, row, "revision = :revision", as_read),
        ]
        if done.is_first:
            writes.append(put(self._records, identification_row(enterprise, done)))
        for event in done.events:
            writes += event_writes(self._records, enterprise, event)
        dynamo.commit(self._client, writes)
