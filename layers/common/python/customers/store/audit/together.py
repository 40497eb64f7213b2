"""Many customers read together: the Records table page by page, and per window of customers what else is compared.

To compare one customer takes six requests, and a window of hundreds some dozens. A `Window` answers these requests
from what it holds. It was read over some time, so what differs in it is read again, customer by customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from customers.store.customers.pointers import home_key, whose_is
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.fact_rows import fact_record_key
from customers.store.records.keys import POINTER
from customers.store.records.ledger_rows import entries_of_facts
from customers.store.stats.derived_rows import note_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROWS = 5_000
"""With so many rows a window is full, so that memory grows neither with the customers nor with what they bought."""

Partition = tuple[Item, list[Item]]
"""A customer's pointer, and all rows beside it."""


class NotReadError(Exception):
    """The window does not hold what is asked for."""


class Window:
    """A client of DynamoDB that has some rows and sends no request. It raises `NotReadError` for all others."""

    def __init__(self, records_table: str, customers: Mapping[str, list[Item]]) -> None:
        """The customers' partitions of the Records table, by id."""
        self.customer_ids = [*customers]
        self._partitions = {rows[0]["pk"]["S"]: rows for rows in customers.values()}
        self._records = records_table
        self._rows: dict[tuple[str, ...], Item] = {
            _place(records_table, row): row for rows in customers.values() for row in rows
        }

    def add(self, found: Mapping[str, Sequence[Item]]) -> None:
        """More rows, by table."""
        self._rows |= {_place(table, row): row for table, rows in found.items() for row in rows}

    def get_item(self, **request: Any) -> dict[str, Any]:
        return {"Item": self._row(request["TableName"], request["Key"])}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        rows = {
            table: [self._row(table, key) for key in asked["Keys"]] for table, asked in request["RequestItems"].items()
        }
        return {"Responses": rows}

    def query(self, **request: Any) -> dict[str, Any]:
        """Of a whole partition."""
        pk = request["ExpressionAttributeValues"].get(":key", {}).get("S")
        if (request["TableName"], request["KeyConditionExpression"]) != (self._records, "pk = :key"):
            raise NotReadError
        if pk not in self._partitions:
            raise NotReadError
        return {"Items": self._partitions[pk]}

    def _row(self, table: str, key: Item) -> Item:
        try:
            return self._rows[_place(table, key)]
        except KeyError:
            raise NotReadError from None


def windows(
    client: DynamoDBClient, customers: str, records_table: str, derived: str, enterprise: str
) -> Iterator[Window]:
    """All customers of an enterprise, erased ones too. Reads the whole table: for an operator's commands only.

    Raises `Unavailable`.
    """
    rows = reads.scan_all(
        client,
        TableName=records_table,
        FilterExpression="begins_with(pk, :enterprise) AND sk <> :receipt",
        ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}, ":receipt": {"S": "receipt"}},
    )
    partitions = ([*each] for _, each in groupby(rows, key=lambda row: row["pk"]["S"]))
    known = ((pointer, each) for each in partitions if (pointer := _pointer(each)))
    for together in _full(known):
        window = Window(records_table, {whose_is(pointer): each for pointer, each in together})
        wanted: dict[str, list[Item]] = {customers: [], records_table: [], derived: []}
        for pointer, each in together:
            customer_id = whose_is(pointer)
            home = home_key(enterprise, customer_id, pointer)
            wanted[customers] += [home] if home else []
            wanted[derived].append(note_key(enterprise, customer_id))
            wanted[records_table] += [fact_record_key(enterprise, fact_id) for fact_id in entries_of_facts(each)]
        window.add(reads.get_from(client, wanted))
        yield window


def _full(known: Iterable[Partition]) -> Iterator[list[Partition]]:
    together, rows = list[Partition](), 0
    for each in known:
        together.append(each)
        rows += len(each[1])
        if rows >= ROWS:
            yield together
            together, rows = [], 0
    if together:
        yield together


def _pointer(partition: Sequence[Item]) -> Item | None:
    """A customer's, if it does not lead on to another one."""
    pointer = next((row for row in partition if row["sk"]["S"] == POINTER), None)
    return None if pointer is None or "merged_into" in pointer else pointer


def _place(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return table, row["pk"]["S"], row["sk"]["S"] if "sk" in row else ""
