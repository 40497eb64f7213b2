"""Ledger entries that this system writes itself, such as corrections and merges. They are folded like facts."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.facts.account import Account
from customers.domain.facts.fact import LedgerEntry
from customers.domain.facts.parts.checksums import entered
from customers.domain.identifiers.identifier_holders import IdentifierHolders
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import Secret, named
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.customers import snapshot_invalidation
from customers.store.customers.part_rows import changed_part_rows
from customers.store.customers.parts import with_parts
from customers.store.customers.pointers import pointer_row
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.facts.provider_holdings import HoldingsByProviderId
from customers.store.records.crossing_ends import with_crossing
from customers.store.records.entry_hashes import checksums_of
from customers.store.records.keys import former_phones
from customers.store.records.ledger_rows import entry_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class OwnEntries:
    """Reads an account, and gives the writes for the account that an own entry makes of it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, secret: Secret) -> None:
        self._client = client
        self.secret = secret
        self._identifier_holders = HoldersByIdentifier(client, records_table, secret)
        finder = CustomerFinder(client, customers, records_table, self._identifier_holders)
        self._accounts = Accounts(client, records_table, finder)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> OwnEntries:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_KEY`."""
        customers, records_table = os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"]
        return cls(connect(), customers, records_table, DerivedKeys.of_pseudonyms().key)

    def account(self, enterprise: str, customer_id: str) -> Account | None:
        """A customer by id, or the survivor for an absorbed id, with the field versions: three requests.

        With the parts of a merged customer it is three more. Raises `Conflict`, `Unavailable`.
        """
        account = self._accounts.account(enterprise, customer_id)
        return with_parts(self._client, self._records, enterprise, account) if account else None

    @property
    def provider_ids(self) -> HoldingsByProviderId:
        """Who held each provider id."""
        return self._identifier_holders.provider_ids

    def with_crossing(self, enterprise: str, *accounts: Account) -> list[Account]:
        """The accounts with the grants and ends that may cross from one part to another: `crossing_ends`."""
        return with_crossing(self._client, self._records, enterprise, accounts)

    def writes(
        self, enterprise: str, before: Account, after: Account, entry: LedgerEntry, absorbed: str | None = None
    ) -> list[Any]:
        """The entry, the row and the pointer, if nobody else has written the customer since `before` was read.

        With another phone, the holders of both phones as well: two requests more. Raises `Unavailable`.
        `absorbed` is the absorbed customer who held the new phone until now.
        """
        row = entry_row(enterprise, after.profile.customer_id, entry)
        after = entered(after, checksums_of(self.secret, enterprise, [row]))
        profile = replace(after.profile, version=before.profile.version + 1)
        moved: list[Any] = []
        if profile.phone != before.profile.phone:
            former, taken = self._taken(enterprise, profile.phone, entry, absorbed)
            profile = replace(profile, held_since=former.last_until)
            moved = [
                snapshot_invalidation.departure(self._records, enterprise),
                taken,
                self._gives_up(enterprise, before.profile.phone, profile.customer_id, entry),
                put(self._records, self._former_phone(enterprise, before.profile.phone, profile.customer_id)),
            ]
        return [
            *replace_customer(self._customers, enterprise, before.profile, profile),
            put(self._records, row),
            put(self._records, pointer_row(enterprise, profile, after.field_versions)),
            *(put(self._records, row) for row in changed_part_rows(enterprise, before.parts, after.parts)),
            *moved,
        ]

    def _taken(
        self, enterprise: str, phone: Phone, entry: LedgerEntry, absorbed: str | None
    ) -> tuple[IdentifierHolders, Any]:
        """The former holders of the new phone, and the write that makes it this customer's."""
        former = self._identifier_holders.of(enterprise, phone)
        if absorbed is None:
            return former, self._identifier_holders.require(enterprise, phone, former)
        after = former.given_up(entry.order.occurred_at, absorbed)
        return after, self._identifier_holders.put(enterprise, phone, former, after)

    def _former_phone(self, enterprise: str, phone: Phone, customer_id: str) -> Item:
        """An erasure finds refused facts by it."""
        pk, sk = former_phones(enterprise, customer_id), named(self.secret, enterprise, phone)
        return {"pk": {"S": pk}, "sk": {"S": sk}}

    def _gives_up(self, enterprise: str, phone: Phone, customer_id: str, entry: LedgerEntry) -> Any:
        former = self._identifier_holders.of(enterprise, phone)
        return self._identifier_holders.put(
            enterprise, phone, former, former.given_up(entry.order.occurred_at, customer_id)
        )
