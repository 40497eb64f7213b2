"""Tables in memory, without two things that moto does over and over.

For each write of a transaction it copies the whole table, row by row, to put it back if the transaction is cancelled.
Here what is kept for that shares its partitions with the table, and a write changes a copy of its partition, an update
also one of its row.

For each attribute of a row that it tells it tries all types that there are, each under several names. Here it takes the
one that is there. Answers stay the same.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_any_value = ResponseSerializer.get_value
_update = DynamoDBBackend.update_item
put_in_place, _delete = Table.put_item, Table.delete_item


def _sharing_rows(table: Table, _memo: dict[int, Any]) -> Table:
    kept = copy.copy(table)
    kept.items = defaultdict(dict, table.items)
    return kept


def own_partition(table: Table, partition: DynamoType) -> None:
    if table.has_range_key and partition in table.items:
        table.items[partition] = dict(table.items[partition])


def _put_into_a_copy(table: Table, item_attrs: dict[str, Any], *told: Any, **asked: Any) -> Item:
    if table.hash_key_attr in item_attrs:
        own_partition(table, DynamoType(item_attrs[table.hash_key_attr]))
    return put_in_place(table, item_attrs, *told, **asked)


def _delete_from_a_copy(table: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
    own_partition(table, hash_key)
    return _delete(table, hash_key, range_key)


def _update_a_copy(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *told: Any, **asked: Any) -> Item:
    table = backend.get_table(table_name)
    partition, place = backend.get_keys_value(table, key)
    if (item := table.get_item(partition, place)) is not None:
        own_partition(table, partition)
        rows: dict[Any, Any] = table.items[partition] if place is not None else table.items
        rows[partition if place is None else place] = copy.deepcopy(item)
    return _update(backend, table_name, key, *told, **asked)


def _value(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    if type(value) is dict and shape.parent.name == "AttributeValue":
        return value.get(key)
    return _any_value(serializer, value, key, shape)


def install() -> None:
    setattr(Table, "__deepcopy__", _sharing_rows)  # noqa: B010 - it has none of its own
    setattr(Table, "put_item", _put_into_a_copy)  # noqa: B010 - a method, to mypy, is not replaced
    setattr(Table, "delete_item", _delete_from_a_copy)  # noqa: B010
    setattr(DynamoDBBackend, "update_item", _update_a_copy)  # noqa: B010 - a method, to mypy, is not replaced
    setattr(ResponseSerializer, "get_value", _value)  # noqa: B010
