"""Reads of the Customers table: one request each, and one more for a phone that a merge has absorbed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.store.customers.keys import customer_key, provider_copy_key, survivor_key
from customers.store.customers.rows import profile_of
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
        row = self._get(customer_key(enterprise, phone))
        # Twice only where a survivor has itself been absorbed a moment ago.
        while row and "leads_to" in row:
            row = self._get(survivor_key(enterprise, row["leads_to"]["S"]))
        return profile_of(row) if row else None

    def _get(self, key: Item) -> Item | None:
        return reads.get(self._client, self._table, key)
