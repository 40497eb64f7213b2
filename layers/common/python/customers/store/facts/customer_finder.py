"""Which customer a fact is about: the holder of a phone, a provider id or a customer id at the instant of the fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.facts.found import NOBODY, Found
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotYet
from customers.store.customers.keys import customer_key
from customers.store.customers.pointers import find_pointer, read_row, whose_is
from customers.store.customers.read_ahead import Ahead
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item, instant_of
from customers.store.facts.identifier_holders import HoldersByIdentifier, holders_of
from customers.store.facts.provider_holdings import StoredHoldings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CustomerFinder:
    """Strongly consistent reads of the Customers and Records tables. They raise `Conflict`, `Unavailable`."""

    def __init__(
        self,
        client: DynamoDBClient,
        customers: str,
        records_table: str,
        identifier_holders: HoldersByIdentifier,
    ) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table
        self._identifier_holders = identifier_holders

    def find(
        self, enterprise: str, address: Address, at: datetime, ahead: Ahead | None = None
    ) -> Found[StoredHoldings]:
        """The customer whom an address of any kind meant at an instant. Raises `NotYet` as well.

        `ahead` has the row at a phone, if it has just been read.
        """
        match address:
            case Phone():
                return self._at_phone(enterprise, address, at, ahead)
            case CustomerId(value=customer_id):
                return self.by_id(enterprise, customer_id)
            case ProviderId():
                return self._with_provider_id(enterprise, address, at)

    def by_id(self, enterprise: str, customer_id: str) -> Found[StoredHoldings]:
        """The customer of an id. A merged id resolves to the survivor, an erased id to the residual row."""
        pointer = self.pointer(enterprise, customer_id)
        if pointer is None:
            return NOBODY
        row = read_row(self._client, self._customers, enterprise, pointer)
        return Found(profile_of(row), customer_id if customer_id != whose_is(pointer) else "")

    def pointer(self, enterprise: str, customer_id: str) -> Item | None:
        """The pointer of an id; the survivor's for an absorbed id."""
        return find_pointer(self._client, self._records, enterprise, customer_id)

    def _at_phone(self, enterprise: str, phone: Phone, at: datetime, ahead: Ahead | None) -> Found[StoredHoldings]:
        row = ahead.row if ahead else reads.get(self._client, self._customers, customer_key(enterprise, phone))
        since = instant_of(row, "held_since") if row else None
        if row is None or (since and at < since):
            former = holders_of(ahead.former) if ahead and not row else self._identifier_holders.of(enterprise, phone)
            if holder := former.holder(at):
                return replace(self.by_id(enterprise, holder), former=former)
            if row is None:
                return Found(None, former=former)
        if "leads_to" in row:
            found = replace(self.by_id(enterprise, row["leads_to"]["S"]), scope=row["absorbed"]["S"])
            if found.profile and found.profile.erased and at >= found.profile.erased.at:
                raise NotYet("customer", "the holder of this phone has been erased, and the phone is being freed")
            return found
        return Found((ahead and ahead.profile) or profile_of(row))

    def _with_provider_id(self, enterprise: str, provider_id: ProviderId, at: datetime) -> Found[StoredHoldings]:
        stored = self._identifier_holders.provider_ids.of(enterprise, provider_id.value)
        holder = stored.holdings.holder(at)
        found = self.by_id(enterprise, holder) if holder else NOBODY
        return replace(found, provider=stored)
