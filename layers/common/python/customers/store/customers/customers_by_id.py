"""All that is kept of one customer, found by id: the Records table and the customer's row."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Grant
from customers.domain.facts.history import Entry, Page
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed
from customers.domain.refusals import Unavailable
from customers.store.customers.rows import Item, customer_key, profile_of
from customers.store.dynamodb import dynamo
from customers.store.facts.accounts import BY_EXPIRY
from customers.store.records import ABSORBED, LEDGER, absorbed_of, grant_of, record_key, stamp_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ATTEMPTS = 3


class CustomersById:
    """Strongly consistent reads, one request for each word of what is asked."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records

    @classmethod
    def connect(cls) -> CustomersById:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def find(self, enterprise: str, customer_id: str) -> Profile | None:
        """The customer's row, by the pointer that has the phone: two requests, one where the id is nobody's.

        Of an absorbed id the survivor's: one more. Raises `Unavailable` for who changes whenever one looks.
        """
        for _ in range(ATTEMPTS):
            pointer = self._get(self._records, record_key(enterprise, customer_id, "pointer"))
            while pointer and "merged_into" in pointer:
                customer_id = pointer["merged_into"]["S"]
                pointer = self._get(self._records, record_key(enterprise, customer_id, "pointer"))
            if pointer is None or "phone" not in pointer:
                return None
            row = self._get(self._customers, customer_key(enterprise, Phone(pointer["phone"]["S"])))
            if row and row.get("customer_id") == {"S": customer_id}:
                return profile_of(row)
            # Between the two reads the customer has got another phone, has been merged, or erased.
        raise Unavailable

    def is_there(self, enterprise: str, customer_id: str) -> bool:
        """Whether the id is still of a customer, and not of one who was absorbed or erased since. One request."""
        pointer = self._get(self._records, record_key(enterprise, customer_id, "pointer"))
        return pointer is not None and "phone" in pointer

    def open_grants(self, enterprise: str, customer_id: str, most: int) -> list[Grant]:
        """Those that are neither released nor expired, the first to expire first."""
        return [grant_of(row) for row in self._query(enterprise, customer_id, most, IndexName=BY_EXPIRY)]

    def absorbed(self, enterprise: str, customer_id: str, most: int) -> list[Absorbed]:
        """Who turned out to be this customer, in the order of ids."""
        return [absorbed_of(row) for row in self._query(enterprise, customer_id, most, ABSORBED)]

    def history(self, enterprise: str, customer_id: str, limit: int, after: str | None) -> Page:
        """A page of the ledger, newest first. `after` is the end of the page before."""
        beginning = {"ExclusiveStartKey": record_key(enterprise, customer_id, LEDGER + after)} if after else {}
        # One more than is shown tells whether there are more.
        rows = self._query(enterprise, customer_id, limit + 1, LEDGER, ScanIndexForward=False, **beginning)
        return Page([entry_of(row) for row in rows[:limit]], more=len(rows) > limit)

    def _get(self, table: str, key: Item) -> Item | None:
        with dynamo.answering():
            return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def _query(self, enterprise: str, customer_id: str, most: int, kind: str = "", **how: Any) -> list[Item]:
        values: Any = {":pk": {"S": f"{enterprise}#{customer_id}"}, **({":kind": {"S": kind}} if kind else {})}
        with dynamo.answering():
            return self._client.query(
                TableName=self._records,
                KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :kind)" if kind else ""),
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                Limit=most,
                **how,
            )["Items"]


def entry_of(row: Item) -> Entry:
    return Entry(stamp_of(row["sk"]["S"].removeprefix(LEDGER)), row["type"]["S"], json.loads(row["detail"]["S"]))
