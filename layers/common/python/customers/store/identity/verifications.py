"""What it takes to verify phones: who is asked to, in the Records table, and the links to it, in one of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.events.published import BusEvent
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import Link, Verification
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item, customer_key, profile_of
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import delete, put
from customers.store.events.outbox import outbox_row
from customers.store.records import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NO_NUMBER = Phone("-")
"""Whose customer is looked up in place of one who is not there."""


class Verifications:
    """Strongly consistent reads, and a link's way from being made to being used."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str, links: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records
        self._links = links

    @classmethod
    def connect(cls) -> Verifications:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `VERIFICATIONS_TABLE`."""
        tables = (os.environ[f"{name}_TABLE"] for name in ("CUSTOMERS", "RECORDS", "VERIFICATIONS"))
        return cls(dynamo.connect(), *tables)

    def awaited(self, link: Link) -> tuple[Verification | None, Profile | None]:
        """What the customer is asked to verify, and who has the customer's phone: two requests, whoever is there."""
        keys = [record_key(link.enterprise, link.customer_id, sk) for sk in ("verification", "pointer")]
        rows = {row["sk"]["S"]: row for row in dynamo.get_all(self._client, self._records, keys)}
        # Who has been absorbed has no phone there.
        phone = Phone(rows["pointer"]["phone"]["S"]) if "phone" in rows.get("pointer", {}) else _NO_NUMBER
        row = self._get(self._customers, customer_key(link.enterprise, phone)) or {}
        asked = rows.get("verification")
        return verification_of(asked) if asked else None, profile_of(row) if "customer_id" in row else None

    def link(self, token_hash: str, now: datetime) -> Link | None:
        """Where a token leads, in one request. What has expired is not there any more."""
        row = self._get(self._links, link_key(token_hash))
        # DynamoDB takes expired rows away when it has time.
        if row is None or int(row["ttl"]["N"]) <= int(now.timestamp()):
            return None
        return Link(*(row[name]["S"] for name in ("enterprise", "customer_id", "verification_id")))

    def add_link(self, token_hash: str, link: Link, until: datetime) -> None:
        """From now on the token leads there. There may be others."""
        row = {
            **link_key(token_hash),
            "enterprise": {"S": link.enterprise},
            "customer_id": {"S": link.customer_id},
            "verification_id": {"S": link.verification_id},
            # So an erasure finds it.
            "customer_key": {"S": f"{link.enterprise}#{link.customer_id}"},
            "ttl": {"N": str(int(until.timestamp()))},
        }
        with dynamo.answering():
            self._client.put_item(TableName=self._links, Item=row)

    def mark_sent(self, link: Link) -> None:
        """That a link has gone out, unless something else is asked by now."""
        with dynamo.answering():
            try:
                self._client.update_item(
                    TableName=self._records,
                    Key=record_key(link.enterprise, link.customer_id, "verification"),
                    UpdateExpression="SET sent = :sent",
                    ConditionExpression="verification_id = :asked",
                    ExpressionAttributeValues={":sent": {"BOOL": True}, ":asked": {"S": link.verification_id}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return

    def use(self, token_hash: str, link: Link, now: datetime, statement: Sequence[Any], event: BusEvent) -> None:
        """What is stated by it, the event, and the end of the token and of what was asked, with all its other links:
        in one transaction. Raises `Conflict` where it has been used, has expired, or somebody was faster.
        """
        alive = {":now": {"N": str(int(now.timestamp()))}}
        request = record_key(link.enterprise, link.customer_id, "verification")
        still_asked = {":asked": {"S": link.verification_id}}
        writes = [
            delete(self._links, link_key(token_hash), "#ttl > :now", alive, {"#ttl": "ttl"}),
            delete(self._records, request, "verification_id = :asked", still_asked),
            *statement,
            put(self._records, outbox_row(link.enterprise, link.customer_id, event)),
        ]
        dynamo.commit(self._client, writes)

    def _get(self, table: str, key: Item) -> Item | None:
        with dynamo.answering():
            return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def link_key(token_hash: str) -> Item:
    return {"pk": {"S": token_hash}}


def verification_row(enterprise: str, customer_id: str, verification: Verification) -> Item:
    """Nothing is sent as long as it says that nothing was."""
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
