"""Everything kept of one customer, found by id: the customer's row and the Records table."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.grants.matching import settled
from customers.domain.facts.history import Entry, Page
from customers.domain.identity.merge import Absorbed
from customers.domain.instants import sortable_instant
from customers.domain.refusals import Conflict, Unavailable
from customers.retries import retry_on_conflict
from customers.store.customers.pointers import find_pointer, pointer_key, read_row, whose_is
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of, part_ids
from customers.store.records.crossing_ends import grants_of, loose_ends_of
from customers.store.records.grant_rows import BY_EXPIRY, grant_of
from customers.store.records.keys import stamp_of
from customers.store.records.ledger_rows import INCLUDED_IN, LEDGER, included_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ATTEMPTS = 3
"""Reads of a customer who moves in between."""


class CustomersById:
    """Strongly consistent reads: one request for each method, unless it says otherwise. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records

    @classmethod
    def connect(cls) -> CustomersById:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def find(self, enterprise: str, customer_id: str) -> Profile | None:
        """The customer, or the survivor for an absorbed id. None for an unknown or erased id.

        Two requests; one for an unknown id, two more for an absorbed one. Raises `Unavailable` also where the customer
        moves at every attempt.
        """
        try:
            return retry_on_conflict(lambda: self._find(enterprise, customer_id), ATTEMPTS, longest_pause=0)
        except Conflict:
            raise Unavailable from None

    def is_there(self, enterprise: str, customer_id: str) -> bool:
        """Whether the id is still a customer's own: neither absorbed nor erased since."""
        pointer = reads.get(self._client, self._records, pointer_key(enterprise, customer_id))
        return pointer is not None and "phone" in pointer

    def open_grants(
        self, enterprise: str, ids: Sequence[str], now: datetime, most: int, *, loose_ends: bool = False
    ) -> list[Grant]:
        """Grants of a customer's parts that are neither released nor expired at an instant, sorted by expiry.

        One request for each part. With `loose_ends`, ends of one part may mean grants of another one: that is one more
        for each part, and one for each hundred pairs of a part and such a grant's id.
        """
        # A grant ends with the second of its `expires_at`.
        following = sortable_instant(now.replace(microsecond=0) + timedelta(seconds=1))
        ended = self._ended_elsewhere(enterprise, ids) if loose_ends else set()
        rows = [row for each in ids for row in self._open(enterprise, each, following, most + len(ended))]
        grants = [grant_of(row, "") for row in sorted(rows, key=lambda row: row["open_until"]["S"])]
        return [grant for grant in grants if grant.key not in ended][:most]

    def _ended_elsewhere(self, enterprise: str, ids: Sequence[str]) -> set[str]:
        """The keys of the grants that an end of another part has ended."""
        ends = list(loose_ends_of(self._client, self._records, enterprise, ids, ""))
        named = [end.grant_id for end in ends]
        grants = grants_of(self._client, self._records, enterprise, ids, named, "")
        return {key for key, grant in settled(grants, ends).items() if not grant.open}

    def parts(self, enterprise: str, customer_id: str, absorbed: int) -> list[str]:
        """The ids of all parts of a customer who has absorbed so many others: one request, or none for 0."""
        return part_ids(self._client, self._records, enterprise, customer_id, absorbed)

    def _open(self, enterprise: str, part_id: str, following: str, most: int) -> list[Item]:
        page = reads.query_page(
            self._client,
            TableName=self._records,
            IndexName=BY_EXPIRY,
            KeyConditionExpression="pk = :pk AND open_until >= :next",
            ExpressionAttributeValues={":pk": {"S": f"{enterprise}#{part_id}"}, ":next": {"S": following}},
            ConsistentRead=True,
            Limit=most,
        )
        rows: list[Item] = page["Items"]
        return rows

    def absorbed(self, enterprise: str, customer_id: str, most: int) -> list[Absorbed]:
        """The customers whom this one has absorbed, sorted by id."""
        return [absorbed_of(row) for row in self._query(enterprise, customer_id, most, ABSORBED)]

    def history(self, enterprise: str, ids: Sequence[str], limit: int, after: str | None) -> Page:
        """A page of the ledgers of a customer's parts, newest first: one request each. `after` is the end of the page
        before.
        """
        # One more than is shown says whether there are more.
        pages = (self._ledger(enterprise, each, limit + 1, after) for each in ids)
        rows = sorted((row for page in pages for row in page), key=lambda row: row["sk"]["S"], reverse=True)
        return Page([entry_of(row) for row in rows[:limit]], more=len(rows) > limit)

    def _ledger(self, enterprise: str, part_id: str, most: int, after: str | None) -> list[Item]:
        """The newest entries of a part, or those before `after`, which may be another part's."""
        page = reads.query_page(
            self._client,
            TableName=self._records,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": f"{enterprise}#{part_id}"},
                ":first": {"S": LEDGER},
                ":last": {"S": f"{LEDGER}{after}" if after else f"{LEDGER}~"},
            },
            ConsistentRead=True,
            ScanIndexForward=False,
            # The last entry of the page before is among those of its part.
            Limit=most + 1,
        )
        return [row for row in page["Items"] if row["sk"]["S"] != f"{LEDGER}{after}"][:most]

    def _find(self, enterprise: str, customer_id: str) -> Profile | None:
        pointer = find_pointer(self._client, self._records, enterprise, customer_id)
        if pointer is None or "erased_at" in pointer:
            return None
        row = read_row(self._client, self._customers, enterprise, pointer)
        if whose_is(pointer) != customer_id and not self._is_absorbed(enterprise, customer_id, whose_is(pointer)):
            raise Conflict
        return profile_of(row)

    def _is_absorbed(self, enterprise: str, absorbed_id: str, survivor_id: str) -> bool:
        """Whether the absorbed customer has not been set free since the survivor was found."""
        pointer = reads.get(self._client, self._records, pointer_key(enterprise, absorbed_id))
        return pointer is not None and pointer.get("merged_into") == {"S": survivor_id}

    def _query(self, enterprise: str, customer_id: str, most: int, kind: str = "", **how: Any) -> list[Item]:
        page = reads.query_page(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{customer_id}", kind),
            ConsistentRead=True,
            Limit=most,
            **how,
        )
        rows: list[Item] = page["Items"]
        return rows


def entry_of(row: Item) -> Entry:
    """A row of the ledger as the history shows it."""
    detail = json.loads(row["detail"]["S"])
    if source := included_in(row):
        detail[INCLUDED_IN] = source
    return Entry(stamp_of(row["sk"]["S"].removeprefix(LEDGER)), row["type"]["S"], detail)
