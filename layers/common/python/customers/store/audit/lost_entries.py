"""Entries of the ledger that are lost: the record of a fact says that it was applied, and no entry says what it was.

The record of a fact and its entry lie apart, and are written in one transaction. For each customer a sum of the hashes
of all fact ids tells whether the two agree: memory grows with the customers, not with the facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from customers.store.customers.pointers import pointer_key
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, update, write_one
from customers.store.records.absorbed_rows import absorbed_ids
from customers.store.records.fact_rows import fact_id_of, fact_record_key
from customers.store.records.ledger_rows import LEDGER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCEPT = "make rebuild CUSTOMER=… ACCEPT_LEDGER=yes"
"""Makes a customer follow a ledger that is not what was written."""


@dataclass(frozen=True, slots=True)
class LostEntry:
    """A fact that was applied to a customer, and whose entry is lost."""

    customer_id: str
    fact_id: str


class LostEntries:
    """Strongly consistent reads of the whole Records table: for an operator's commands only.

    They raise `Unavailable`.
    """

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table

    def find(self, enterprise: str) -> Iterator[LostEntry]:
        """One read of the table if nothing is lost, else two. Facts may arrive meanwhile."""
        sums, leads_to = defaultdict[str, int](int), dict[str, str]()
        for row in self._rows(enterprise):
            if "merged_into" in row:
                leads_to[_owner(row)] = row["merged_into"]["S"]
            elif row["sk"]["S"] == "receipt":
                sums[row["customer_id"]["S"]] += _hash(fact_id_of(row))
            elif row["sk"]["S"].startswith(LEDGER):
                sums[_owner(row)] -= _hash(_fact_id(row))
        totals = defaultdict[str, int](int)
        for customer_id, total in sums.items():
            totals[_root(customer_id, leads_to)] += total
        # Facts that came between the reads of a record and of its entry are among them.
        if suspects := {customer_id for customer_id, total in totals.items() if total}:
            yield from self._lost(enterprise, suspects, leads_to)

    def by_customer(self, enterprise: str) -> dict[str, str]:
        """What is lost, and what to do, in words, by customer id."""
        lost = defaultdict[str, list[str]](list)
        for each in self.find(enterprise):
            lost[each.customer_id].append(each.fact_id)
        return {customer_id: _told(facts) for customer_id, facts in lost.items()}

    def accept(self, enterprise: str, customer_id: str) -> None:
        """From now on nobody waits for the lost entries of a customer. Their facts still count only once."""
        for each in self.find(enterprise):
            if each.customer_id == customer_id:
                key, condition = fact_record_key(enterprise, each.fact_id), "attribute_exists(pk)"
                with suppress(ConditionFailed):
                    write_one(self._client, update(self._records, key, "REMOVE customer_id", condition))

    def _lost(self, enterprise: str, suspects: set[str], leads_to: Mapping[str, str]) -> Iterator[LostEntry]:
        known = [row for row in self._rows(enterprise) if row["sk"]["S"] == "receipt"]
        mine = {fact_id_of(row): owner for row in known if (owner := self._owner_in(row, leads_to)) in suspects}
        # The entries are read after the records: no fact that arrives now is called lost.
        for customer_id in sorted(suspects):
            if not self._is_kept(enterprise, customer_id):
                continue
            ids = [customer_id, *absorbed_ids(self._client, self._records, enterprise, customer_id)]
            entries = {_fact_id(row) for each in ids for row in self._entries(enterprise, each)}
            for fact_id in sorted(each for each, owner in mine.items() if owner == customer_id and each not in entries):
                if self._is_still_of(enterprise, fact_id, customer_id, leads_to):
                    yield LostEntry(customer_id, fact_id)

    def _is_kept(self, enterprise: str, customer_id: str) -> bool:
        """Of a customer who was hard-deleted nothing is kept. One who has been merged meanwhile is another's."""
        pointer = reads.get(self._client, self._records, pointer_key(enterprise, customer_id)) or {}
        return "merged_into" not in pointer and pointer.get("outcome") != {"S": "hard_deleted"}

    def _is_still_of(self, enterprise: str, fact_id: str, customer_id: str, leads_to: Mapping[str, str]) -> bool:
        """A link may have moved the entry meanwhile."""
        row = reads.get(self._client, self._records, fact_record_key(enterprise, fact_id))
        return row is not None and self._owner_in(row, leads_to) == customer_id

    def _owner_in(self, record: Item, leads_to: Mapping[str, str]) -> str | None:
        return _root(record["customer_id"]["S"], leads_to) if "customer_id" in record else None

    def _entries(self, enterprise: str, customer_id: str) -> Iterator[Item]:
        return reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{customer_id}", LEDGER),
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )

    def _rows(self, enterprise: str) -> Iterator[Item]:
        """Records of facts that belong to somebody, entries of facts, and pointers that lead on."""
        return reads.scan_ahead(
            self._client,
            TableName=self._records,
            FilterExpression="begins_with(pk, :enterprise) AND (sk = :receipt AND attribute_exists(customer_id) OR "
            "begins_with(sk, :ledger) AND attribute_exists(named) OR attribute_exists(merged_into))",
            ExpressionAttributeValues={
                ":enterprise": {"S": f"{enterprise}#"},
                ":receipt": {"S": "receipt"},
                ":ledger": {"S": LEDGER},
            },
            ProjectionExpression="pk, sk, customer_id, merged_into",
        )


def _told(facts: Sequence[str]) -> str:
    some = f"{len(facts):,} facts, for example of {facts[0]}"
    return (
        f"lost the ledger entries of {some}: restore them from a backup of the Records table, or accept that: {ACCEPT}"
    )


def _root(customer_id: str, leads_to: Mapping[str, str]) -> str:
    while customer_id in leads_to:
        customer_id = leads_to[customer_id]
    return customer_id


def _owner(row: Item) -> str:
    return str(row["pk"]["S"].partition("#")[2])


def _fact_id(row: Item) -> str:
    return str(row["sk"]["S"].split("#", 2)[2])


def _hash(fact_id: str) -> int:
    return int.from_bytes(blake2b(fact_id.encode(), digest_size=16).digest(), "big")
