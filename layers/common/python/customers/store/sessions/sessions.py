"""Checkout sessions: opened, identified, read."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.sessions import Identification, Session
from customers.store.customers.copy_leads import lead
from customers.store.customers.snapshot_invalidation import departed_key, mark_of
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import put
from customers.store.events.recorded_events import event_writes, require_customer
from customers.store.idempotency import about, put_idempotency_record
from customers.store.request_traces import traced
from customers.store.sessions.rows import identification_row, session_key, session_of, session_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPENING = "open_session"
"""The operation that opens sessions."""


class Sessions:
    """Reads are strongly consistent; every write is one transaction. Everything raises `Unavailable`."""

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
        return cls(connect(), *tables)

    def find(self, enterprise: str, branch: str, session_id: str, now: datetime) -> tuple[Session | None, str]:
        """A branch's session, unless it has expired, and the mark of the enterprise's last departure. One request."""
        rows = reads.get_together(
            self._client,
            {
                self._sessions: session_key(enterprise, branch, session_id),
                self._records: departed_key(enterprise),
            },
        )
        row = rows[self._sessions]
        # DynamoDB removes expired rows some time later.
        is_open = row is not None and int(row["ttl"]["N"]) > int(now.timestamp())
        return (session_of(row) if row and is_open else None), mark_of(rows[self._records])

    def open(
        self, enterprise: str, session: Session, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """Commit the session and the idempotency record. Raises `Conflict` where the request has been carried out."""
        writes = [
            *put_idempotency_record(self._receipts, enterprise, idempotency_key, record),
            put(self._sessions, session_row(enterprise, session), "attribute_not_exists(pk)"),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def identify(
        self, enterprise: str, done: Identification, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """Commit the session, its events in the customer's history and outbox, and the idempotency record.

        Raises `Conflict` where the session has changed since the read, another customer has the phone, the customer has
        been disabled, or the request has been carried out.
        """
        who, row = done.identified, session_row(enterprise, done.session)
        as_read = {":revision": {"N": str(done.session.revision - 1)}}
        writes: list[Any] = [
            *put_idempotency_record(self._receipts, enterprise, idempotency_key, record, who.customer_id),
            require_customer(self._customers, enterprise, who.phone, who.customer_id),
            put(self._sessions, row, "revision = :revision", as_read),
            lead(self._receipts, enterprise, who.customer_id, "sessions", row["pk"]["S"], done.session.expires_at),
        ]
        if done.is_first:
            writes.append(put(self._records, identification_row(enterprise, done)))
            # From now on the answer of the opening is about a person: an erasure finds it.
            opening = done.session.opening_key
            writes += about(self._receipts, enterprise, OPENING, opening, who.customer_id, idempotency_key.at)
        for event in done.events:
            writes += event_writes(self._records, enterprise, event)
        transactions.commit(self._client, traced(enterprise, writes))
