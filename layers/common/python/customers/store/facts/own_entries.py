"""What this bundle says of a customer itself: an entry of the ledger, folded like a fact."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry
from customers.domain.identifiers.phone import Phone
from customers.store import records
from customers.store.customers import snapshot_invalidation
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put, replace_customer
from customers.store.facts.accounts import Accounts
from customers.store.facts.identifier_holders import Formers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Statements:
    """Reads of an account, and what it takes to write the one that a statement makes of it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, secret: str) -> None:
        self._formers = Formers(client, records_table, secret)
        self._accounts = Accounts(client, customers, records_table, self._formers)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> Statements:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_SECRET`."""
        names = ("CUSTOMERS_TABLE", "RECORDS_TABLE", "PSEUDONYM_SECRET")
        return cls(dynamo.connect(), *(os.environ[name] for name in names))

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, with the marks: three requests. Raises `Conflict`, `Unavailable`."""
        return self._accounts.account(enterprise, customer_id)

    def writes(self, enterprise: str, before: Account, after: Account, said: LedgerEntry) -> list[Any]:
        """Entry, row and pointer, if nobody else has written the customer since `before` was read.

        With another phone, the one that is given up is noted: two requests more. Raises `Unavailable`.
        """
        profile = replace(after.profile, version=before.profile.version + 1)
        moved: list[Any] = []
        if profile.phone != before.profile.phone:
            with dynamo.answering():
                former = self._formers.of(enterprise, profile.phone)
            profile = replace(profile, held_since=former.last_until)
            moved = [
                snapshot_invalidation.departure(self._records, enterprise),
                self._formers.require(enterprise, profile.phone, former),
                self._gives_up(enterprise, before.profile.phone, profile.customer_id, said),
            ]
        return [
            *replace_customer(self._customers, enterprise, before.profile, profile),
            put(self._records, records.own_row(enterprise, profile.customer_id, said)),
            put(self._records, records.pointer_row(enterprise, profile, after.field_versions)),
            *moved,
        ]

    def _gives_up(self, enterprise: str, phone: Phone, customer_id: str, said: LedgerEntry) -> Any:
        with dynamo.answering():
            former = self._formers.of(enterprise, phone)
        return self._formers.put(enterprise, phone, former, former.given_up(said.order.occurred_at, customer_id))
