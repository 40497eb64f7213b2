"""After a merge the absorbed customer's history is brought over, page by page, each in one transaction.

Whoever is stopped in between goes on where it was: what has been brought over is gone from where it was. Readers of the
customer see nothing of it, for the survivor's row has been right since the merge.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.facts.account import scoped
from customers.domain.identity.merge import Absorbed
from customers.domain.refusals import NotYet
from customers.store import records
from customers.store.customers.rows import Item, customer_key
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put, replace_customer
from customers.store.events.outbox import OUTBOX
from customers.store.facts.accounts import Accounts
from customers.store.facts.identifier_holders import Formers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 24
"""Rows brought over in a transaction: two items each, and three more for one that had been absorbed in turn."""
_ENDS = ("verification", "export")
"""Of a phone that nobody can verify any more; of a file that is no longer whole, and expires by itself."""
_STAYS = ("pointer", OUTBOX)
"""Where the id leads, and what is still to be published under it."""


class Sweeps:
    """Moves rows of the Records table, and counts in the survivor's row what is left to be moved."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table
        # Ids lead everywhere here; nobody is looked for by a former phone.
        self._accounts = Accounts(client, customers, records_table, Formers(client, records_table, ""))

    @classmethod
    def connect(cls) -> Sweeps:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def page(self, enterprise: str, absorbed_id: str) -> bool:
        """Bring a page over; whether that was all. Raises `NotYet`, `Conflict`, `Unavailable`."""
        with dynamo.answering():
            survivor = self._accounts.by_id(enterprise, absorbed_id).profile
            if survivor is None or survivor.customer_id == absorbed_id:
                raise NotYet("absorbed_customer_id", "has not been merged")
            rows = list(islice(self._rows(enterprise, absorbed_id), AT_ONCE))
        if rows:
            moves = [write for row in rows for write in self._move(enterprise, absorbed_id, survivor.customer_id, row)]
            dynamo.commit(self._client, moves)
            return False
        done = records.record_key(enterprise, survivor.customer_id, f"{records.ABSORBED}{absorbed_id}")
        noted = dynamo.get_all(self._client, self._records, [done])
        if not noted:
            raise NotYet("absorbed_customer_id", "led to another who has been absorbed, and is brought over with them")
        if "unswept" not in noted[0]:
            return True
        less = replace(survivor, sweeping=survivor.sweeping - 1, version=survivor.version + 1)
        swept = {
            "Update": {
                "TableName": self._records,
                "Key": done,
                "UpdateExpression": "REMOVE unswept",
                "ConditionExpression": "attribute_exists(unswept)",
            }
        }
        dynamo.commit(self._client, [swept, *replace_customer(self._customers, enterprise, survivor, less)])
        return True

    def _rows(self, enterprise: str, absorbed_id: str) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{enterprise}#{absorbed_id}"}},
            ConsistentRead=True,
            PaginationConfig={"PageSize": AT_ONCE + 1},
        )
        for page in pages:
            yield from (row for row in page["Items"] if not row["sk"]["S"].startswith(_STAYS))

    def _move(self, enterprise: str, absorbed_id: str, survivor_id: str, row: Item) -> Iterator[Any]:
        yield self._taken(row)
        if row["sk"]["S"] in _ENDS:
            return
        yield put(self._records, _moved(row, enterprise, absorbed_id, survivor_id), "attribute_not_exists(pk)")
        if row["sk"]["S"].startswith(records.ABSORBED):
            yield from self._lead_on(enterprise, records.absorbed_of(row), survivor_id)

    def _taken(self, row: Item) -> Any:
        """Away, unless it has been counted since it was read: that would be forgotten."""
        gone: dict[str, Any] = {"TableName": self._records, "Key": {"pk": row["pk"], "sk": row["sk"]}}
        if not row["sk"]["S"].startswith(records.TRANSACTIONS):
            return {"Delete": {**gone, "ConditionExpression": "attribute_exists(pk)"}}
        if "counted" in row:
            values = {"ExpressionAttributeValues": {":counted": row["counted"]}}
            return {"Delete": {**gone, "ConditionExpression": "counted = :counted", **values}}
        return {"Delete": {**gone, "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(counted)"}}

    def _lead_on(self, enterprise: str, absorbed: Absorbed, survivor_id: str) -> Iterator[Any]:
        """Who had been absorbed before is one step from the survivor again, by id and by phone."""
        yield put(self._records, records.absorbed_pointer_row(enterprise, absorbed.customer_id, survivor_id))
        key = customer_key(enterprise, absorbed.phone)
        with dynamo.answering():
            row = self._client.get_item(TableName=self._customers, Key=key, ConsistentRead=True).get("Item", {})
        if row.get("absorbed") == {"S": absorbed.customer_id}:
            is_there = "absorbed = :absorbed", {":absorbed": row["absorbed"]}
            yield put(self._customers, {**row, "leads_to": {"S": survivor_id}}, *is_there)


def _moved(row: Item, enterprise: str, absorbed_id: str, survivor_id: str) -> Item:
    """Under the survivor's id, and under the scope of whom it came with."""
    scope = records.scope_of(row) or absorbed_id
    sk = row["sk"]["S"]
    kind, _, number = sk.partition("#")
    if f"{kind}#" in ("grant#", *records.TRANSACTIONS) and not records.scope_of(row):
        sk = scoped(kind, number, scope)
    mine = records.record_key(enterprise, survivor_id, sk)
    return {**row, **mine, **({"scope": {"S": scope}} if _is_scoped(kind) else {})}


def _is_scoped(kind: str) -> bool:
    return kind in ("ledger", "grant", "purchase", "refund")
