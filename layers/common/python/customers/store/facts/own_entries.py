"""Ledger entries that this system writes itself, such as corrections and merges. They are folded like facts."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry
from customers.domain.facts.refused_facts import named
from customers.domain.identifiers.phone import Phone
from customers.store.customers import snapshot_invalidation
from customers.store.customers.pointers import pointer_row
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.records.keys import former_phones
from customers.store.records.ledger_rows import entry_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class OwnEntries:
    """Reads an account, and gives the writes for the account that an own entry makes of it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, secret: str) -> None:
        self._secret = secret
        self._identifier_holders = HoldersByIdentifier(client, records_table, secret)
        finder = CustomerFinder(client, customers, records_table, self._identifier_holders)
        self._accounts = Accounts(client, records_table, finder)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> OwnEntries:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_SECRET`."""
        names = ("CUSTOMERS_TABLE", "RECORDS_TABLE", "PSEUDONYM_SECRET")
        return cls(connect(), *(os.environ[name] for name in names))

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id, with the field versions: three requests.

        Raises `Conflict`, `Unavailable`.
        """
        return self._accounts.account(enterprise, customer_id)

    def writes(self, enterprise: str, before: Account, after: Account, entry: LedgerEntry) -> list[Any]:
        """The entry, the row and the pointer, if nobody else has written the customer since `before` was read.

        With another phone, the holders of both phones as well: two requests more. Raises `Unavailable`.
        """
        profile = replace(after.profile, version=before.profile.version + 1)
        moved: list[Any] = []
        if profile.phone != before.profile.phone:
            former = self._identifier_holders.of(enterprise, profile.phone)
            profile = replace(profile, held_since=former.last_until)
            moved = [
                snapshot_invalidation.departure(self._records, enterprise),
                self._identifier_holders.require(enterprise, profile.phone, former),
                self._gives_up(enterprise, before.profile.phone, profile.customer_id, entry),
                put(self._records, self._former_phone(enterprise, before.profile.phone, profile.customer_id)),
            ]
        return [
            *replace_customer(self._customers, enterprise, before.profile, profile),
            put(self._records, entry_row(enterprise, profile.customer_id, entry)),
            put(self._records, pointer_row(enterprise, profile, after.field_versions)),
            *moved,
        ]

    def _former_phone(self, enterprise: str, phone: Phone, customer_id: str) -> Item:
        """An erasure finds refused facts by it."""
        pk, sk = former_phones(enterprise, customer_id), named(self._secret, enterprise, phone)
        return {"pk": {"S": pk}, "sk": {"S": sk}}

    def _gives_up(self, enterprise: str, phone: Phone, customer_id: str, entry: LedgerEntry) -> Any:
        former = self._identifier_holders.of(enterprise, phone)
        return self._identifier_holders.put(
            enterprise, phone, former, former.given_up(entry.order.occurred_at, customer_id)
        )
