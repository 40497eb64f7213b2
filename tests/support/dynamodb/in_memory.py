"""The rows of the tables in memory, read and laid down without a request.

A scan copies the rows of all enterprises, and a test wants those of one. What is said of a row is what a request says;
`tests/contract/test_quicker_moto.py` compares the two.
"""

from __future__ import annotations

import base64
import copy
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_to_dict
from mypy_boto3_dynamodb import DynamoDBClient

from tests.support.dynamodb import quicker_moto
from tests.support.tables import create_tables

Row = dict[str, Any]
_EMPTY = dict[str, Table]()
"""The template's tables as they are made."""


def create(client: DynamoDBClient) -> None:
    """The template's tables, empty. To have moto make them takes longer than to copy what it has made once."""
    if not _EMPTY:
        create_tables(client)
        _EMPTY.update(_tables())
    for name, table in _EMPTY.items():
        _tables()[name] = copy.deepcopy(table)


def are_in_memory(client: Any) -> bool:
    """Whether a client would ask AWS itself, which in tests is moto."""
    return ".amazonaws.com" in client.meta.endpoint_url


def rows_of(table: str, *enterprises: str) -> list[Row]:
    """The rows of some enterprises, in the order of a scan."""
    return _told(table, [key for key in _table(table).items if key.value.split("#", 1)[0] in enterprises])


def all_rows(table: str) -> list[Row]:
    return _told(table, list(_table(table).items))


def row(table: str, key: Row) -> Row | None:
    """The row of a key, or of another row's key. There is none in a table that does not exist."""
    there = _tables().get(table)
    held: Any = there and there.items.get(DynamoType(key["pk"]))
    if held and there and there.has_range_key:
        held = held.get(DynamoType(key["sk"]))
    return dynamo_to_dict(held.attrs) if held else None


def _told(name: str, partitions: list[DynamoType]) -> list[Row]:
    table, rows = _table(name), list[Row]()
    for partition in partitions:
        held: Any = table.items[partition]
        rows += [dynamo_to_dict(each.attrs) for each in (held.values() if table.has_range_key else [held])]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row.get("sk", {"S": ""})["S"]))


def lay(name: str, rows: Iterable[Row]) -> None:
    """Put rows as they are, in the place of those of their keys."""
    table, told = _table(name), [_wire(row) for row in rows]
    for partition in {row["pk"]["S"] for row in told}:
        quicker_moto.own_partition(table, DynamoType({"S": partition}))
    for row in told:
        quicker_moto.put_in_place(table, row)


def forget(table: str, *enterprises: str) -> None:
    """Remove the rows of some enterprises."""
    for partition in list(_table(table).items):
        if partition.value.split("#", 1)[0] in enterprises:
            del _table(table).items[partition]


def leave(enterprise: str) -> None:
    """Remove the rows of an enterprise from all tables."""
    for table in _tables():
        forget(table, enterprise)


Kept = dict[str, dict[Any, Any]]


def keep() -> Kept:
    """What all tables hold now. They may share it, for a write changes copies: `quicker_moto` sees to that."""
    return {name: dict(table.items) for name, table in _tables().items()}


def put_back(kept: Kept) -> None:
    """Let the tables hold that, and nothing else."""
    for name, items in kept.items():
        _table(name).items = defaultdict(dict, items)


def _tables() -> dict[str, Table]:
    return dynamodb_backends["123456789012"]["us-east-1"].tables


def _table(name: str) -> Table:
    return _tables()[name]


def _wire(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _wire(each) for name, each in value.items()}
    return [_wire(each) for each in value] if isinstance(value, list) else value
