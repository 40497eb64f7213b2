"""A page of a Scan or a Query costs what it returns, not what the table or the partition holds.

The emulator sorts all rows, leaves out what comes before the page, and takes the page from the rest. Here the page is
found by position first. The emulator's own function then makes the answer, from a table that has nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha1
from types import FunctionType
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]

from local.emulator.conditions import on_keys
from local.emulator.rows import Partition, Row, Rows

Request = dict[str, Any]
Table = dict[str, Any]
Found = Iterator[Row]


def install() -> None:
    dynamodb._scan = _paged(dynamodb._scan, _scanned)
    dynamodb._query = _paged(dynamodb._query, _queried)


def _paged(answer: FunctionType, find: Callable[[Table, Request], Found | None]) -> Callable[[Request], Any]:
    """`find` gives the rows from which the page is taken, in order; None where the emulator must look at all."""

    def paged(request: Request) -> Any:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(request.get("TableName")))
        limit = request.get("Limit")
        whole = not table or request.get("IndexName") or not (limit is None or (type(limit) is int and limit > 0))
        found = None if whole else find(table, request)
        return answer(request) if found is None else _answer(answer, request, table, found)

    return paged


def _answer(answer: FunctionType, request: Request, table: Table, found: Found) -> Any:
    page, more = dynamodb._paginate_evaluated_items(found, request.get("Limit"), table)
    items = defaultdict[str, dict[str, Row]](dict)
    for row in page:
        items[_key(row, table["pk_name"])][_key(row, table["sk_name"])] = row
    narrowed = {
        **vars(dynamodb),
        "_tables": {table["TableName"]: {**table, "items": items}},
        "_paginate_evaluated_items": lambda rows, *_: (rows, more),
    }
    return FunctionType(answer.__code__, narrowed, answer.__name__, answer.__defaults__)(request)


def _scanned(table: Table, request: Request) -> Found | None:
    start, segment, segments = (request.get(each) for each in ("ExclusiveStartKey", "Segment", "TotalSegments"))
    if start and not _has_keys(table, start):
        return None
    found = _from(table, start or {})
    if segment is None and segments is None:
        return found
    if not (type(segment) is int and type(segments) is int and 0 <= segment < segments):
        return None
    return (row for row in found if _segment(_key(row, table["pk_name"]), segments) == segment)


def _from(table: Table, start: Request) -> Found:
    rows: Rows = table["items"]
    keys = rows.in_order()
    first = 0
    if start:
        pk = _key(start, table["pk_name"])
        first = bisect_right(keys, pk)
        if table["sk_name"] and pk in rows:
            yield from _rows(rows[pk], _key(start, table["sk_name"]))
    for place in range(first, len(keys)):
        if keys[place] in rows:
            yield from _rows(rows[keys[place]])


def _rows(partition: Partition, after: str | None = None) -> Found:
    keys = partition.in_order()
    first = 0 if after is None else bisect_right(keys, after)
    return (partition[keys[place]] for place in range(first, len(keys)) if keys[place] in partition)


def _segment(pk: str, segments: int) -> int:
    """As the emulator shares partitions out."""
    return int.from_bytes(sha1(str(pk).encode(), usedforsecurity=False).digest()[:4], "big") % segments


def _queried(table: Table, request: Request) -> Found | None:
    """Only of a key that is a text, and a sort key that is one."""
    condition, values = request.get("KeyConditionExpression"), request.get("ExpressionAttributeValues")
    pk_name, sk_name = table["pk_name"], table["sk_name"]
    parts = on_keys(condition) if condition and values and not request.get("KeyConditions") else None
    if parts is None or not sk_name or dynamodb._get_attr_type(table, sk_name) != "S":
        return None
    texts: dict[str, Any] = values or {}
    wanted = [texts.get(parts[each], {}).get("S") for each in ("is", "with", "low", "high") if parts[each]]
    names = [parts[each] for each in ("pk", "begins", "between") if parts[each]]
    if names != [pk_name, sk_name][: len(names)] or not all(type(each) is str for each in wanted):
        return None
    start = request.get("ExclusiveStartKey")
    if start and not (_has_keys(table, start) and start[pk_name] == {"S": wanted[0]}):
        return None
    partition = table["items"].get(wanted[0])
    if partition is None:
        return iter(())
    keys = partition.in_order()
    low, high = _range(keys, parts["begins"], wanted[1:])
    forward = request.get("ScanIndexForward", True)
    if start and forward:
        low = max(low, bisect_right(keys, _key(start, sk_name)))
    elif start:
        high = min(high, bisect_left(keys, _key(start, sk_name)))
    places = range(low, high) if forward else range(high - 1, low - 1, -1)
    return (partition[keys[each]] for each in places if keys[each] in partition)


def _range(keys: list[str], begins: str | None, bounds: list[Any]) -> tuple[int, int]:
    """The places of the keys with a prefix, or between two bounds, or of all."""
    if not bounds:
        return 0, len(keys)
    low = bisect_left(keys, bounds[0])
    if begins:
        length = len(bounds[0])
        return low, bisect_right(keys, bounds[0], low, key=lambda each: each[:length])
    return low, bisect_right(keys, bounds[1])


def _key(row: Row, name: str | None) -> str:
    """Of a table without sort keys, any one does."""
    key: str = dynamodb._extract_key_val(row[name]) if name else ""
    return key


def _has_keys(table: Table, start: Request) -> bool:
    names = [each for each in (table["pk_name"], table["sk_name"]) if each]
    return isinstance(start, dict) and all(isinstance(start.get(each), dict) for each in names)
