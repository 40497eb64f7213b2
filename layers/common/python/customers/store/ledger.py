"""Applying facts: ledger entry, receipt and projection in one transaction."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.address import Address, CustomerId
from customers.domain.facts import CustomerFact, ProviderIdLinked
from customers.domain.phone import Phone
from customers.domain.profile import Profile
from customers.domain.projection import Account, fold
from customers.domain.refusals import MustWait
from customers.store import dynamo, records
from customers.store.accounts import Accounts, Owner
from customers.store.registry import Posted
from customers.store.rows import Item, customer_rows

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
"""Optimistic tries before a fact goes back to its queue."""
LONGEST_PAUSE = 0.2
"""Seconds between two of them: a batch of facts that all lose every race must end within the function's time."""
_RACED = {"None", "ConditionalCheckFailed", "TransactionConflict"}


class Contended(Exception):  # noqa: N818 - nothing is wrong: the fact goes back to the queue
    """Other writers were always faster."""


class Ledger:
    """The Records table, and the Customers rows that are folded from it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._accounts = Accounts(client, customers, records_table)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> Ledger:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def post(self, fact: CustomerFact) -> Posted:
        """Apply a fact once, whoever else is writing.

        Raises `MustWait` (about something not known yet), `CannotApply`, and `Contended` (try again later).
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - jitter, not a secret
            before = self._accounts.find(fact.enterprise, fact.about)
            if before is None and not isinstance(fact.about, Phone):
                raise MustWait("customer", "no such customer is known yet")
            posted = self._try(fact, before, before or _proto_wallet(fact.about, fact.books))
            if posted:
                return posted
        raise Contended

    def _try(self, fact: CustomerFact, stored: Profile | None, profile: Profile) -> Posted | None:
        """One optimistic attempt; None if another writer was faster."""
        owner = self._accounts.owner(fact)
        before = self._accounts.of(fact, profile, is_new=stored is None, owner=owner)
        after = fold(before, fact.news, fact.stamp)
        writes = [*self._notes(fact, profile.customer_id), *self._changes(fact.enterprise, stored, before, after)]
        if isinstance(fact.news, ProviderIdLinked):
            writes += self._claim(fact, fact.news.provider_customer_id, profile.customer_id, owner)
        try:
            self._client.transact_write_items(TransactItems=_one_per_item(writes))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            if reasons[0] == "ConditionalCheckFailed":
                return "duplicate"
            if not _RACED.issuperset(reasons):
                raise
            return None
        except self._client.exceptions.TransactionConflictException:
            return None
        return "applied"

    def _notes(self, fact: CustomerFact, customer_id: str) -> Iterator[Any]:
        """The receipt comes first: its refusal alone means that the fact has been applied before."""
        receipt = {**records.receipt_key(fact.enterprise, fact.stamp.fact_id), "customer_id": {"S": customer_id}}
        yield _put(self._records, receipt, "attribute_not_exists(pk)")
        yield _put(self._records, records.ledger_row(fact, customer_id))

    def _changes(self, enterprise: str, stored: Profile | None, before: Account, after: Account) -> Iterator[Any]:
        yield from self._replace(enterprise, stored, after.profile)
        if stored is None or after.marks != before.marks:
            yield _put(self._records, records.pointer_row(enterprise, after.profile, after.marks))
        for grant_id, grant in after.grants.items():
            if grant != before.grants.get(grant_id):
                yield _put(self._records, records.grant_row(enterprise, after.profile.customer_id, grant))

    def _replace(self, enterprise: str, stored: Profile | None, profile: Profile) -> Iterator[Any]:
        """The next version of a customer's row and its copies, if nobody else wrote one meanwhile."""
        row, *copies = customer_rows(enterprise, replace(profile, version=profile.version + 1))
        if stored is None:
            yield _put(self._customers, row, "attribute_not_exists(pk)")
        else:
            yield _put(self._customers, row, "version = :version", {":version": {"N": str(stored.version)}})
        yield from (_put(self._customers, copy) for copy in copies)
        kept = [copy["pk"] for copy in copies]
        for copy in customer_rows(enterprise, stored)[1:] if stored else []:
            if copy["pk"] not in kept:
                yield {"Delete": {"TableName": self._customers, "Key": {"pk": copy["pk"]}}}

    def _claim(self, fact: CustomerFact, linked: str, customer_id: str, owner: Owner | None) -> Iterator[Any]:
        """Note whose the provider id is now; who had it by an earlier statement loses it in the same transaction."""
        if owner and owner.stamp > str(fact.stamp):
            return
        row = {
            **records.provider_owner_key(fact.enterprise, linked),
            "customer_id": {"S": customer_id},
            "stamp": {"S": str(fact.stamp)},
        }
        if owner is None:
            yield _put(self._records, row, "attribute_not_exists(pk)")
            return
        yield _put(self._records, row, "stamp = :before", {":before": {"S": owner.stamp}})
        if owner.customer_id == customer_id:
            return
        loser = self._accounts.find(fact.enterprise, CustomerId(owner.customer_id))
        if loser:
            kept = tuple(each for each in loser.provider_ids if each != linked)
            yield from self._replace(fact.enterprise, loser, replace(loser, provider_ids=kept))


def _proto_wallet(address: Address, currency: str) -> Profile:
    """The first fact about an unknown phone opens a record; its id is this bundle's to give."""
    assert isinstance(address, Phone)  # noqa: S101 - `post` has made sure
    return Profile(customer_id=f"usr_{uuid.uuid4().hex}", phone=address, currency=currency)


def _put(table: str, item: Item, condition: str | None = None, values: Item | None = None) -> Any:
    put: dict[str, Any] = {"TableName": table, "Item": item}
    if condition:
        put["ConditionExpression"] = condition
    if values:
        put["ExpressionAttributeValues"] = values
    return {"Put": put}


def _one_per_item(writes: list[Any]) -> list[Any]:
    """A transaction may touch an item once: where one customer's copy goes and another's takes its place, the put."""
    put = [(write["Put"]["TableName"], write["Put"]["Item"]["pk"]) for write in writes if "Put" in write]
    return [
        write
        for write in writes
        if "Put" in write or (write["Delete"]["TableName"], write["Delete"]["Key"]["pk"]) not in put
    ]
