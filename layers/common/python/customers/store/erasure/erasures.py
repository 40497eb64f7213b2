"""Erasing: one transaction, after which nobody is told anything of the person. What is kept of them is swept later.

The Erasures table is the ledger of erasures. It is no part of what is kept of a person, and is restored on its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import Erasure, erased_profile
from customers.domain.events.published import customer_erased, erasure_escalated
from customers.domain.facts.account import Account
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.address import ProviderId
from customers.domain.instants import sortable_instant
from customers.store import records
from customers.store.customers import snapshot_invalidation
from customers.store.customers.rows import Item, customer_key, customer_rows, instant_of
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import delete, put, require, unchanged
from customers.store.events.outbox import outbox_row
from customers.store.facts.accounts import Accounts
from customers.store.facts.identifier_holders import Formers, Held
from customers.store.idempotency import put_idempotency_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Erasures:
    """Writes to the tables of customers, records, receipts and erasures."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str, str], secret: str) -> None:
        """`tables` are those of customers, records, receipts and erasures."""
        self._client = client
        self._customers, self._records, self._receipts, self._erasures = tables
        self._formers = Formers(client, self._records, secret)
        self._accounts = Accounts(client, self._customers, self._records, self._formers)

    @classmethod
    def connect(cls) -> Erasures:
        """The tables by their variables, and `PSEUDONYM_SECRET`."""
        customers, records_table, receipts, erasures = (
            os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "RECEIPTS", "ERASURES")
        )
        tables = (customers, records_table, receipts, erasures)
        return cls(dynamo.connect(), tables, os.environ["PSEUDONYM_SECRET"])

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, of an absorbed one the survivor. Raises `Conflict`, `Unavailable`."""
        return self._accounts.account(enterprise, customer_id)

    def find(self, enterprise: str, erasure_id: str) -> Erasure | None:
        """An entry of the ledger."""
        row = self._get(erasure_key(enterprise, erasure_id))
        return erasure_of(row) if row else None

    def waiting(self, enterprise: str, customer_id: str) -> Erasure | None:
        """What waits for the customer's money to be settled; to be asked after the account has been read."""
        waits = self._get(waiting_key(enterprise, customer_id))
        return self.find(enterprise, waits["erasure_id"]["S"]) if waits else None

    def erase(
        self,
        enterprise: str,
        account: Account,
        erasure: Erasure,
        idempotency_key: IdempotencyKey | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """All that readers see of it: `erasure` as carried out, new or one that has waited until now.

        Raises `Conflict` where the customer has changed since the account was read, or has been erased by another.
        """
        profile, customer_id = account.profile, account.profile.customer_id
        noted = (
            [put_idempotency_record(self._receipts, enterprise, idempotency_key, record, None)]
            if idempotency_key and record
            else []
        )
        writes = [
            *noted,
            self._entry(enterprise, erasure),
            {"Delete": {"TableName": self._erasures, "Key": waiting_key(enterprise, customer_id)}},
            *self._leave(enterprise, profile, erasure),
            put(self._records, records.erased_pointer_row(enterprise, customer_id, erasure.erased)),
            *self._give_up(enterprise, profile, erasure),
            {
                "Delete": {
                    "TableName": self._records,
                    "Key": records.record_key(enterprise, customer_id, "verification"),
                }
            },
            snapshot_invalidation.departure(self._records, enterprise),
            put(self._records, outbox_row(enterprise, customer_id, customer_erased(enterprise, erasure))),
        ]
        dynamo.commit(self._client, writes)

    def escalate(
        self,
        enterprise: str,
        account: Account,
        erasure: Erasure,
        idempotency_key: IdempotencyKey,
        record: IdempotencyRecord,
    ) -> None:
        """The person stays as they are, and it is noted that they are to go. Raises `Conflict`."""
        customer_id = erasure.customer_id
        waits = {**waiting_key(enterprise, customer_id), "erasure_id": {"S": erasure.id}}
        condition, values = unchanged(account.profile)
        writes = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, None),
            self._entry(enterprise, erasure),
            put(self._erasures, waits, "attribute_not_exists(pk)"),
            require(self._customers, customer_key(enterprise, account.profile.phone), condition, values, {}),
            put(self._records, outbox_row(enterprise, customer_id, erasure_escalated(enterprise, erasure))),
        ]
        dynamo.commit(self._client, writes)

    def note(self, enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord) -> None:
        """That a request was answered that found an erasure waiting already."""
        dynamo.commit(self._client, [put_idempotency_record(self._receipts, enterprise, idempotency_key, record, None)])

    def expire(self, enterprise: str, erasure: Erasure) -> None:
        """It has waited in vain, and the person stays. Nothing where it waits no longer. Raises `Conflict`."""
        writes = [
            put(self._erasures, {**erasure_row(enterprise, erasure), "status": {"S": "expired"}}, *_WAITS),
            delete(
                self._erasures,
                waiting_key(enterprise, erasure.customer_id),
                "erasure_id = :this",
                {":this": {"S": erasure.id}},
            ),
        ]
        dynamo.commit(self._client, writes)

    def _entry(self, enterprise: str, erasure: Erasure) -> Any:
        """New, or in place of itself: that nobody is erased twice is the customer's row's to hold to."""
        return put(self._erasures, erasure_row(enterprise, erasure))

    def _leave(self, enterprise: str, profile: Profile, erasure: Erasure) -> Iterator[Any]:
        """The customer's row and its copies are gone, and what is left lies elsewhere."""
        yield delete(self._customers, customer_key(enterprise, profile.phone), *unchanged(profile))
        for copy in customer_rows(enterprise, profile)[1:]:
            yield {"Delete": {"TableName": self._customers, "Key": {"pk": copy["pk"]}}}
        (left,) = customer_rows(enterprise, erased_profile(profile, erasure.erased))
        yield put(self._customers, left, "attribute_not_exists(pk)")

    def _give_up(self, enterprise: str, profile: Profile, erasure: Erasure) -> Iterator[Any]:
        """Phone and provider ids are nobody's, and it is noted whose they were: what is late must not open a record."""
        held: list[Held] = [profile.phone, *map(ProviderId, profile.provider_ids)]
        for each, former in zip(held, self._formers.of_each(enterprise, held), strict=True):
            given_up = former.given_up(erasure.erased.at, profile.customer_id)
            yield self._formers.put(enterprise, each, former, given_up)
        for provider_id in profile.provider_ids:
            key = records.provider_owner_key(enterprise, provider_id)
            yield {"Delete": {"TableName": self._records, "Key": key}}

    def _get(self, key: Item) -> Item | None:
        with dynamo.answering():
            return self._client.get_item(TableName=self._erasures, Key=key, ConsistentRead=True).get("Item")


_WAITS: tuple[str, Item, dict[str, str]] = (
    "#status = :escalated",
    {":escalated": {"S": "escalated"}},
    {"#status": "status"},
)
"""The condition on which what waits may be put away."""


def erasure_key(enterprise: str, erasure_id: str) -> Item:
    return {"pk": {"S": enterprise}, "sk": {"S": erasure_id}}


def waiting_key(enterprise: str, customer_id: str) -> Item:
    """Where it is noted which erasure waits for a customer's money; no erasure's id begins so."""
    return {"pk": {"S": enterprise}, "sk": {"S": f"waiting#{customer_id}"}}


def erasure_row(enterprise: str, erasure: Erasure) -> Item:
    row = {
        **erasure_key(enterprise, erasure.id),
        "customer_id": {"S": erasure.customer_id},
        "prior_state": {"S": erasure.prior_state},
        "requested_at": {"S": sortable_instant(erasure.requested_at)},
        "status": {"S": erasure.status},
    }
    if erasure.outcome:
        row["outcome"] = {"S": erasure.outcome}
    if erasure.erased_at:
        row["erased_at"] = {"S": sortable_instant(erasure.erased_at)}
    return row


def erasure_of(row: Item) -> Erasure:
    """The inverse of `erasure_row`."""
    requested_at = instant_of(row, "requested_at")
    assert requested_at  # noqa: S101 - each was asked for
    return Erasure(
        row["sk"]["S"],
        row["customer_id"]["S"],
        row["prior_state"]["S"],
        requested_at,
        row["status"]["S"],
        row["outcome"]["S"] if "outcome" in row else None,
        instant_of(row, "erased_at"),
    )
