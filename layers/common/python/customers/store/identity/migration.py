"""After a merge the absorbed customer's history moves to the survivor, page by page, each page in one transaction.

A migration that is stopped goes on where it was, because rows that have moved are gone from their old place. Readers
notice nothing, because the survivor's row has been right since the merge.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import scoped
from customers.domain.identifiers.pseudonym import no_secret
from customers.domain.identity.merge import Absorbed
from customers.domain.refusals import NotYet
from customers.store.customers.keys import customer_key
from customers.store.customers.part_rows import PART
from customers.store.customers.pointers import lead_on
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, update
from customers.store.events.outbox import OUTBOX
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.records.absorbed_rows import ABSORBED, absorbed_of
from customers.store.records.account_rows import SUMMED
from customers.store.records.keys import record_key, scope_of
from customers.store.records.not_the_same import NOT_THE_SAME, not_the_same_ids, not_the_same_key, say
from customers.store.records.transaction_rows import TRANSACTIONS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 24
"""Rows moved in a transaction: two items each, and two more for a customer who had been absorbed before."""
_ENDS = ("verification", "export")
"""Removed: nobody can verify the absorbed phone any more, and the export is no longer whole."""
_STAYS = ("pointer", PART, OUTBOX, NOT_THE_SAME)
"""Stays: where the id leads, what was stated about the part, events that are still to be published under it, and who is
said to be another person."""


class Migration:
    """Moves rows of the Records table, and counts the pending migrations in the survivor's row."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table
        # Customers are found by id here, never by a former phone: no secret is needed.
        self._finder = CustomerFinder(
            client, customers, records_table, HoldersByIdentifier(client, records_table, no_secret)
        )

    @classmethod
    def connect(cls) -> Migration:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def page(self, enterprise: str, absorbed_id: str) -> bool:
        """Move a page. Whether that was all. Raises `NotYet`, `Conflict`, `Unavailable`."""
        survivor = self._finder.by_id(enterprise, absorbed_id).profile
        if survivor is None or survivor.customer_id == absorbed_id:
            raise NotYet("absorbed_customer_id", "has not been merged")
        rows = list(islice(self._rows(enterprise, absorbed_id), AT_ONCE))
        if rows:
            moves = [write for row in rows for write in self._move(enterprise, absorbed_id, survivor.customer_id, row)]
            transactions.commit(self._client, moves)
            return False
        self._finish(enterprise, survivor, absorbed_id)
        return True

    def _finish(self, enterprise: str, survivor: Profile, absorbed_id: str) -> None:
        """Nothing where it is finished already."""
        key = record_key(enterprise, survivor.customer_id, f"{ABSORBED}{absorbed_id}")
        row = reads.get(self._client, self._records, key)
        if row is None:
            raise NotYet("absorbed_customer_id", "led to another who has been absorbed, and is brought over with them")
        if "unswept" not in row:
            return
        less = replace(survivor, pending_migrations=survivor.pending_migrations - 1, version=survivor.version + 1)
        moved = update(self._records, key, "REMOVE unswept", "attribute_exists(unswept)")
        others = reads.get(self._client, self._records, not_the_same_key(enterprise, absorbed_id))
        said = [say(self._records, enterprise, survivor.customer_id, not_the_same_ids(others))] if others else []
        transactions.commit(
            self._client, [moved, *said, *replace_customer(self._customers, enterprise, survivor, less)]
        )

    def _rows(self, enterprise: str, absorbed_id: str) -> Iterator[Item]:
        rows = reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{absorbed_id}"),
            ConsistentRead=True,
            Limit=AT_ONCE + 1,
        )
        return (row for row in rows if not row["sk"]["S"].startswith(_STAYS))

    def _move(self, enterprise: str, absorbed_id: str, survivor_id: str, row: Item) -> Iterator[Any]:
        yield self._taken(row)
        if row["sk"]["S"] in _ENDS:
            return
        yield put(self._records, _moved(row, enterprise, absorbed_id, survivor_id), "attribute_not_exists(pk)")
        if row["sk"]["S"].startswith(ABSORBED):
            yield from self._lead_on(enterprise, absorbed_of(row), survivor_id)

    def _taken(self, row: Item) -> Any:
        """Removes a row, unless the stats have counted it since the read: the copy would not say so."""
        key = {"pk": row["pk"], "sk": row["sk"]}
        if not row["sk"]["S"].startswith(TRANSACTIONS):
            return delete(self._records, key, "attribute_exists(pk)")
        if "counted" in row:
            return delete(self._records, key, "counted = :counted", {":counted": row["counted"]})
        return delete(self._records, key, "attribute_exists(pk) AND attribute_not_exists(counted)")

    def _lead_on(self, enterprise: str, absorbed: Absorbed, survivor_id: str) -> Iterator[Any]:
        """A customer absorbed earlier leads to the survivor in one step again, by id and by phone."""
        yield lead_on(self._records, enterprise, absorbed.customer_id, survivor_id)
        row = reads.get(self._client, self._customers, customer_key(enterprise, absorbed.phone)) or {}
        if row.get("absorbed") == {"S": absorbed.customer_id}:
            is_there = "absorbed = :absorbed", {":absorbed": row["absorbed"]}
            yield put(self._customers, {**row, "leads_to": {"S": survivor_id}}, *is_there)


def _moved(row: Item, enterprise: str, absorbed_id: str, survivor_id: str) -> Item:
    """Under the survivor's id, in the scope of the absorbed customer with whom it came."""
    scope = scope_of(row) or absorbed_id
    sk = row["sk"]["S"]
    kind, _, number = sk.partition("#")
    if f"{kind}#" in SUMMED and not scope_of(row):
        sk = scoped(kind, number, scope)
    mine = record_key(enterprise, survivor_id, sk)
    return {**row, **mine, **({"scope": {"S": scope}} if _is_scoped(kind) else {})}


def _is_scoped(kind: str) -> bool:
    return kind == "ledger" or f"{kind}#" in SUMMED
