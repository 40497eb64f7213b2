"""Everything kept of one customer, for an export: read in one request where that is enough, else page by page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.export import Held
from customers.domain.facts.grants.grant import Grant
from customers.domain.facts.grants.matching import settled
from customers.domain.facts.history import Entry
from customers.domain.facts.refused_facts import HeldRefusedFact
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.customers_by_id import entry_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect_patiently
from customers.store.dynamodb.items import Item
from customers.store.export.refused_facts_source import RefusedFactsSource
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of, part_ids
from customers.store.records.grant_rows import GRANT, LOOSE_END, grant_of, loose_end_of
from customers.store.records.keys import owner_of
from customers.store.records.ledger_rows import LEDGER, is_folded
from customers.store.records.not_the_same import NOT_THE_SAME, not_the_same_ids
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of
from customers.store.refused_facts.about_person import Read, SetAside

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 2_000
"""The most rows of an export that is made during the request; they must also fit into DynamoDB's page of a megabyte."""
REFUSED_AT_ONCE = 100
"""The most refused facts of such an export."""
PAGE = 2_000
"""Rows in memory at a time where there are more, under the same limit."""

Rows = Callable[[str], Iterator[Item]]
"""Gives the rows whose sort key begins so, sorted by it."""


class ExportSource:
    """Strongly consistent reads of the Records table, and of the refused facts."""

    def __init__(
        self,
        client: DynamoDBClient,
        records: str,
        log: ActivityLog | None = None,
        refused_facts: RefusedFactsSource | None = None,
    ) -> None:
        self._client = client
        self._records = records
        self._log = log
        self._refused_facts = refused_facts

    @classmethod
    def connect(cls, read: Read) -> ExportSource:
        """The table named by `RECORDS_TABLE`, the activity log and the refused facts. `read` reads one of these."""
        refused_facts = RefusedFactsSource.connect(read)
        return cls(connect_patiently(), os.environ["RECORDS_TABLE"], ActivityLog.connect(), refused_facts)

    def at_once(self, enterprise: str, profile: Profile) -> Held | None:
        """Everything, the records in one request for each part. None where that does not bring all of it.

        Raises `Unavailable`.
        """
        rows: list[Item] = []
        for part_id in part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed):
            page = reads.query_page(self._client, **self._request(enterprise, part_id, "", AT_ONCE))
            rows += [row for row in page["Items"] if _is_of(profile, row)]
            if "LastEvaluatedKey" in page or len(rows) > AT_ONCE:
                return None
        rows.sort(key=_by_key)

        def of_kind(kind: str) -> Iterator[Item]:
            return (row for row in rows if row["sk"]["S"].startswith(kind))

        held = self._held(enterprise, profile, of_kind, own_list=True)
        # They are found by the provider ids in the ledger.
        held = replace(held, ledger=[*held.ledger])
        try:
            refused = list(islice(held.refused_facts, REFUSED_AT_ONCE + 1))
        except SetAside:
            return None
        return replace(held, refused_facts=refused) if len(refused) <= REFUSED_AT_ONCE else None

    def in_pages(self, enterprise: str, profile: Profile) -> Held:
        """Everything, read while it is iterated: the ledger twice, because recorded events lie in it too."""
        return self._held(enterprise, profile, lambda kind: self._pages(enterprise, profile, kind), own_list=False)

    def _held(self, enterprise: str, profile: Profile, rows: Rows, *, own_list: bool) -> Held:
        linked: dict[str, None] = {}
        held = _held(profile, rows, linked)
        refused: Iterable[HeldRefusedFact] = ()
        if self._refused_facts is not None:
            absorbed = map(absorbed_of, rows(ABSORBED))
            refused = self._refused_facts.of(enterprise, profile, absorbed, linked, own_list=own_list)
        return replace(held, activity=self._activity(enterprise, profile, rows(ABSORBED)), refused_facts=refused)

    def _activity(self, enterprise: str, profile: Profile, absorbed: Iterable[Item]) -> Iterator[ActivityEntry]:
        """The entries about the customer and about the absorbed customers. The index lags by a moment."""
        if self._log is None:
            return
        yield from self._log.of_customer(enterprise, profile.customer_id)
        for each in map(absorbed_of, absorbed):
            yield from self._log.of_customer(enterprise, each.customer_id)

    def _pages(self, enterprise: str, profile: Profile, kind: str) -> Iterator[Item]:
        """The rows of all parts, in the order of their keys: a page of each part is in memory."""
        ids = part_ids(self._client, self._records, enterprise, profile.customer_id, profile.absorbed)
        most = max(PAGE // len(ids), 1)
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


def _held(profile: Profile, rows: Rows, linked: dict[str, None]) -> Held:
    """While the ledger is read, the provider ids that it has are put into `linked`."""
    return Held(
        profile,
        ledger=(_noting(entry_of(row), linked) for row in rows(LEDGER) if is_folded(row)),
        events=(entry_of(row) for row in rows(LEDGER) if not is_folded(row)),
        grants=_grants(profile, rows),
        transactions=(transaction_of(row) for kind in TRANSACTIONS for row in rows(kind)),
        absorbed=map(absorbed_of, rows(ABSORBED)),
        not_the_same=(each for row in rows(NOT_THE_SAME) for each in not_the_same_ids(row)),
    )


def _grants(profile: Profile, rows: Rows) -> Iterator[Grant]:
    """Each with all ends that mean it, those of other parts too."""
    ends = [loose_end_of(row, "") for row in rows(LOOSE_END)] if profile.loose_ends else []
    ids = {end.grant_id for end in ends}
    some = [grant_of(row, "") for row in rows(GRANT) if row["grant_id"]["S"] in ids] if ids else []
    known = settled(some, ends)
    return (known.get(grant.key, grant) for grant in (grant_of(row, "") for row in rows(GRANT)))


def _noting(entry: Entry, linked: dict[str, None]) -> Entry:
    if entry.type == "provider_id.linked" and isinstance(each := entry.detail.get("provider_customer_id"), str):
        linked[each] = None
    return entry
