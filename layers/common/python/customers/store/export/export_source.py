"""Everything kept of one customer, for an export: read in one request where that is enough, else page by page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from heapq import merge
from typing import TYPE_CHECKING, Any

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.export import Held
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.customers_by_id import entry_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect_patiently
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of, part_ids
from customers.store.records.grant_rows import grant_of
from customers.store.records.keys import owner_of
from customers.store.records.ledger_rows import LEDGER, is_folded
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 2_000
"""The most rows of an export that is made during the request; they must also fit into DynamoDB's page of a megabyte."""
PAGE = 2_000
"""Rows in memory at a time where there are more, under the same limit."""


class ExportSource:
    """Strongly consistent reads of the Records table."""

    def __init__(self, client: DynamoDBClient, records: str, log: ActivityLog | None = None) -> None:
        self._client = client
        self._records = records
        self._log = log

    @classmethod
    def connect(cls) -> ExportSource:
        """The table named by `RECORDS_TABLE`, and the activity log."""
        return cls(connect_patiently(), os.environ["RECORDS_TABLE"], ActivityLog.connect())

    def at_once(self, enterprise: str, profile: Profile) -> Held | None:
        """Everything, in one request for each part. None where that does not bring all of it. Raises `Unavailable`."""
        rows: list[Item] = []
        for part_id in part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed):
            page = reads.query_page(self._client, **self._request(enterprise, part_id, "", AT_ONCE))
            rows += [row for row in page["Items"] if _is_of(profile, row)]
            if "LastEvaluatedKey" in page or len(rows) > AT_ONCE:
                return None
        rows.sort(key=_by_key)
        held = _held(profile, lambda kind: (row for row in rows if row["sk"]["S"].startswith(kind)))
        return replace(held, activity=self._activity(enterprise, held.profile, rows))

    def in_pages(self, enterprise: str, profile: Profile) -> Held:
        """Everything, read while it is iterated: the ledger twice, because recorded events lie in it too."""
        held = _held(profile, lambda kind: self._pages(enterprise, profile, kind))
        absorbed = self._pages(enterprise, profile, ABSORBED)
        return replace(held, activity=self._activity(enterprise, profile, absorbed))

    def _activity(self, enterprise: str, profile: Profile, rows: Iterable[Item]) -> Iterator[ActivityEntry]:
        """The entries about the customer and about the absorbed customers. The index lags by a moment."""
        if self._log is None:
            return
        yield from self._log.of_customer(enterprise, profile.customer_id)
        for row in rows:
            if row["sk"]["S"].startswith(ABSORBED):
                yield from self._log.of_customer(enterprise, row["sk"]["S"].removeprefix(ABSORBED))

    def _pages(self, enterprise: str, profile: Profile, kind: str) -> Iterator[Item]:
        """The rows of all parts, in the order of their keys: a page of each part is in memory."""
        ids = part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed)
        most = PAGE // len(ids) + 1
        parts = [reads.query_all(self._client, **self._request(enterprise, each, kind, most)) for each in ids]
        return (row for row in merge(*parts, key=_by_key) if _is_of(profile, row))

    def _request(self, enterprise: str, part_id: str, kind: str, limit: int) -> dict[str, Any]:
        key = reads.key_is("pk", f"{enterprise}#{part_id}", kind)
        return {"TableName": self._records, **key, "ConsistentRead": True, "Limit": limit}


def _by_key(row: Item) -> str:
    return str(row["sk"]["S"])


def _is_of(profile: Profile, row: Item) -> bool:
    """Of an absorbed customer the history: whom it had absorbed, the survivor's own rows say too."""
    return owner_of(row) == profile.customer_id or not row["sk"]["S"].startswith(ABSORBED)


def _held(profile: Profile, rows: Callable[[str], Iterator[Item]]) -> Held:
    """`rows` gives the rows whose sort key begins so, sorted by it."""
    return Held(
        profile,
        ledger=(entry_of(row) for row in rows(LEDGER) if is_folded(row)),
        events=(entry_of(row) for row in rows(LEDGER) if not is_folded(row)),
        grants=map(grant_of, rows("grant#")),
        transactions=(transaction_of(row) for kind in TRANSACTIONS for row in rows(kind)),
        absorbed=map(absorbed_of, rows(ABSORBED)),
    )
