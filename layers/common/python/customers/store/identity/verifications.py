"""Verifications of phones: the request, in the Records table, and the links to it, in the Verifications table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.events.published import BusEvent
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import Link, Verification
from customers.domain.instants import sortable_instant
from customers.store.customers.copy_leads import lead
from customers.store.customers.keys import customer_key
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, delete, put, require, update
from customers.store.events.outbox import outbox_row
from customers.store.records.keys import record_key
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NO_NUMBER = Phone("-")
"""Looked up where there is no customer, so that both cases take the same requests."""


class Verifications:
    """Strongly consistent reads, and the life of a link. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str, links: str, receipts: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records
        self._links = links
        self._receipts = receipts

    @classmethod
    def connect(cls) -> Verifications:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE`, `VERIFICATIONS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ[f"{name}_TABLE"] for name in ("CUSTOMERS", "RECORDS", "VERIFICATIONS", "RECEIPTS"))
        return cls(connect(), *tables)

    def awaited(self, link: Link) -> tuple[Verification | None, Profile | None]:
        """The open request of a customer, and the customer who has that phone. Always two requests."""
        keys = [record_key(link.enterprise, link.customer_id, sk) for sk in ("verification", "pointer")]
        rows = {row["sk"]["S"]: row for row in reads.get_all(self._client, self._records, keys)}
        # An absorbed customer's pointer has no phone.
        phone = Phone(rows["pointer"]["phone"]["S"]) if "phone" in rows.get("pointer", {}) else _NO_NUMBER
        row = reads.get(self._client, self._customers, customer_key(link.enterprise, phone)) or {}
        request = rows.get("verification")
        return verification_of(request) if request else None, profile_of(row) if "customer_id" in row else None

    def link(self, token_hash: str, now: datetime) -> Link | None:
        """Where a token leads, in one request. None for an expired token."""
        row = reads.get(self._client, self._links, link_key(token_hash))
        # DynamoDB removes expired rows some time later.
        if row is None or int(row["ttl"]["N"]) <= int(now.timestamp()):
            return None
        return Link(*(row[name]["S"] for name in ("enterprise", "customer_id", "verification_id")))

    def add_link(self, token_hash: str, link: Link, until: datetime) -> None:
        """From now on the token leads there. A request may have several.

        Raises `Conflict` where the request has been replaced or used, or the customer has been erased.
        """
        row = {
            **link_key(token_hash),
            "enterprise": {"S": link.enterprise},
            "customer_id": {"S": link.customer_id},
            "verification_id": {"S": link.verification_id},
            "ttl": {"N": str(int(until.timestamp()))},
        }
        request = record_key(link.enterprise, link.customer_id, "verification")
        writes = [
            put(self._links, row),
            # So an erasure finds it.
            lead(self._receipts, link.enterprise, link.customer_id, "links", token_hash, until),
            require(self._records, request, "verification_id = :request", {":request": {"S": link.verification_id}}),
        ]
        transactions.commit(self._client, writes)

    def mark_sent(self, link: Link) -> None:
        """Note that a link has gone out, unless the request has been replaced."""
        key = record_key(link.enterprise, link.customer_id, "verification")
        values = {":sent": {"BOOL": True}, ":request": {"S": link.verification_id}}
        sent = update(self._records, key, "SET sent = :sent", "verification_id = :request", values)
        with suppress(ConditionFailed):
            transactions.write_one(self._client, sent)

    def use(self, token_hash: str, link: Link, now: datetime, entry: Sequence[Any], event: BusEvent) -> None:
        """Commit the entry and the event, and remove the token and the request, which ends its other links, in one
        transaction. Raises `Conflict` where it has been used, has expired, or another writer was faster.
        """
        alive = {":now": {"N": str(int(now.timestamp()))}}
        request = record_key(link.enterprise, link.customer_id, "verification")
        is_open = {":request": {"S": link.verification_id}}
        writes = [
            delete(self._links, link_key(token_hash), "#ttl > :now", alive, {"#ttl": "ttl"}),
            delete(self._records, request, "verification_id = :request", is_open),
            *entry,
            put(self._records, outbox_row(link.enterprise, link.customer_id, event)),
        ]
        transactions.commit(self._client, traced(link.enterprise, writes))


def link_key(token_hash: str) -> Item:
    return {"pk": {"S": token_hash}}


def verification_row(enterprise: str, customer_id: str, verification: Verification) -> Item:
    """A link is sent as long as the row does not say that one was."""
    return {
        **record_key(enterprise, customer_id, "verification"),
        "verification_id": {"S": verification.id},
        "phone": {"S": verification.phone.e164},
        "requested_at": {"S": sortable_instant(verification.requested_at)},
    }


def verification_of(row: Item) -> Verification:
    """The inverse of `verification_row`."""
    requested_at = datetime.fromisoformat(row["requested_at"]["S"]).astimezone(UTC)
    return Verification(row["verification_id"]["S"], Phone(row["phone"]["S"]), requested_at, "sent" in row)
