"""Reads of the Customers table: one request each, and one more for a phone that a merge has absorbed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.store.customers.keys import customer_key, provider_copy_key, survivor_key
from customers.store.customers.rows import left_of, profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Profiles:
    """Customers as a lookup reads them. Every read raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> Profiles:
        """The table named by `CUSTOMERS_TABLE`."""
        return cls(connect(), os.environ["CUSTOMERS_TABLE"])

    def find(self, enterprise: str, address: Phone | ProviderId) -> Profile | None:
        """Strongly consistent."""
        match address:
            case Phone():
                return self._by_phone(enterprise, address)
            case ProviderId(value=provider_id):
                row = self._get(provider_copy_key(enterprise, provider_id))
                return profile_of(row) if row else None

    def _by_phone(self, enterprise: str, phone: Phone) -> Profile | None:
        key = customer_key(enterprise, phone)
        lead, row = None, self._get(key)
        while row and "leads_to" in row and row != lead:
            lead, row = row, self._survivor(enterprise, row["leads_to"]["S"])
            if row is None or lead["absorbed"]["S"] in left_of(row):
                # Between the reads the customer of this phone was set free, or the survivor was erased.
                row = self._get(key)
        return profile_of(row) if row and "leads_to" not in row else None

    def _survivor(self, enterprise: str, survivor_id: str) -> Item | None:
        row = self._get(survivor_key(enterprise, survivor_id))
        # Twice only where a survivor has itself been absorbed a moment ago.
        while row and "leads_to" in row:
            row = self._get(survivor_key(enterprise, row["leads_to"]["S"]))
        return row

    def _get(self, key: Item) -> Item | None:
        return reads.get(self._client, self._table, key)
