"""Tables in memory, without two things that moto does over and over.

For each write of a transaction it copies the whole table, row by row, to put it back if the transaction is cancelled.
Here what is kept for that shares its rows with the table, and an update changes a copy of its row.

For each attribute of a row that it tells it tries all types that there are, each under several names. Here it takes the
one that is there. Answers stay the same.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

_any_value = ResponseSerializer.get_value
_update = DynamoDBBackend.update_item


def _sharing_rows(table: Table, _memo: dict[int, Any]) -> Table:
    kept = copy.copy(table)
    partitions: dict[Any, Any] = table.items
    kept.items = defaultdict(
        dict, {key: dict(rows) for key, rows in partitions.items()} if table.has_range_key else partitions
    )
    return kept


def _update_a_copy(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *told: Any, **asked: Any) -> Item:
    table = backend.get_table(table_name)
    partition, place = backend.get_keys_value(table, key)
    if (item := table.get_item(partition, place)) is not None:
        rows: dict[Any, Any] = table.items[partition] if place is not None else table.items
        rows[partition if place is None else place] = copy.deepcopy(item)
    return _update(backend, table_name, key, *told, **asked)


def _value(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    if type(value) is dict and shape.parent.name == "AttributeValue":
        return value.get(key)
    return _any_value(serializer, value, key, shape)


def install() -> None:
    setattr(Table, "__deepcopy__", _sharing_rows)  # noqa: B010 - it has none of its own
    setattr(DynamoDBBackend, "update_item", _update_a_copy)  # noqa: B010 - a method, to mypy, is not replaced
    setattr(ResponseSerializer, "get_value", _value)  # noqa: B010
