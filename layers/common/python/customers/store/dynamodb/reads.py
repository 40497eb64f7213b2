"""Every read of DynamoDB. A fault that passes by itself is `Unavailable`, and is not tried again here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from customers.domain.refusals import Unavailable
from customers.store.dynamodb.items import Item
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
_KEYS = 100
"""The most keys that one request takes."""
_ROUNDS = 5
"""How often the rest of a batch is requested. DynamoDB leaves out what exceeds 16 MB, or what it throttles."""


def get(client: DynamoDBClient, table: str, key: Item) -> Item | None:
    """One row, in one request. None where there is none."""
    with named_faults():
        return client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def get_all(client: DynamoDBClient, table: str, keys: Sequence[Item]) -> list[Item]:
    """The rows that exist of any number of keys, strongly consistent. Raises `Unavailable` if some stay unread."""
    return get_from(client, {table: keys})[table]


def get_from(client: DynamoDBClient, wanted: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
    """The same from several tables together. DynamoDB may read the tables in any order."""
    keys = [(table, key) for table, each in wanted.items() for key in each]
    found: dict[str, list[Item]] = {table: [] for table in wanted}
    for start in range(0, len(keys), _KEYS):
        for table, row in _batch(client, keys[start : start + _KEYS]):
            found[table].append(row)
    return found


def get_together(client: DynamoDBClient, keys: Mapping[str, Item]) -> dict[str, Item | None]:
    """One row from each table, in one request, strongly consistent. Raises `Unavailable` if one stays unread."""
    found = get_from(client, {table: [key] for table, key in keys.items()})
    return {table: next(iter(rows), None) for table, rows in found.items()}


def get_some(client: DynamoDBClient, table: str, keys: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What one request brings of up to 100 keys, strongly consistent: the rows, and the keys that were left out."""
    requests: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    with named_faults():
        answer = client.batch_get_item(RequestItems=requests)
    left_out: Any = (answer.get("UnprocessedKeys") or {}).get(table, {})
    return answer["Responses"].get(table, []), left_out.get("Keys", [])


def key_is(name: str, value: str, beginning: str = "") -> dict[str, Any]:
    """The parameters of a query for one partition key, and for sort keys that begin so."""
    condition, values = f"{name} = :key", {":key": {"S": value}}
    if beginning:
        condition += " AND begins_with(sk, :beginning)"
        values[":beginning"] = {"S": beginning}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def query_page(client: DynamoDBClient, **request: Any) -> Any:
    """One request: the answer as DynamoDB gives it."""
    with named_faults():
        return client.query(**request)


def query_pages(client: DynamoDBClient, **request: Any) -> Iterator[Any]:
    """The answers of a query, one page after another."""
    return _pages(client.query, request)


def query_all(client: DynamoDBClient, **request: Any) -> Iterator[Item]:
    """All rows of a query, one page in memory at a time."""
    return _rows(query_pages(client, **request))


def scan_all(client: DynamoDBClient, **request: Any) -> Iterator[Item]:
    """Reads a whole table, strongly consistent, one page in memory at a time: for an operator's commands only."""
    return _rows(_scanned(client, request))


def scan_ahead(client: DynamoDBClient, **request: Any) -> Iterator[Item]:
    """As `scan_all`, with the next page in memory too: it is read while the caller works on one. The client must be
    botocore's, which threads may share.
    """
    return _rows(ahead(_scanned(client, request)))


def ahead(reading: Iterator[T]) -> Iterator[T]:
    """The same, while the next one is being read by a thread. None of them is None."""
    # Imported here: no function needs it.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, reading, None)
        while (each := coming.result()) is not None:
            coming = reader.submit(next, reading, None)
            yield each


def _scanned(client: DynamoDBClient, request: dict[str, Any]) -> Iterator[Any]:
    return _pages(client.scan, {**request, "ConsistentRead": True})


def _pages(fetch: Callable[..., Any], request: dict[str, Any]) -> Iterator[Any]:
    start: dict[str, Any] | None = {}
    while start is not None:
        with named_faults():
            page = fetch(**request, **start)
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
        yield page


def _rows(pages: Iterator[Any]) -> Iterator[Item]:
    for page in pages:
        # Taken out of the answer, so that the memory is free before the next page comes.
        yield from page.pop("Items")


def _batch(client: DynamoDBClient, keys: Sequence[tuple[str, Item]]) -> Iterator[tuple[str, Item]]:
    wanted: Any = {}
    for table, key in keys:
        wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
    for _ in range(_ROUNDS):
        with named_faults():
            answer = client.batch_get_item(RequestItems=wanted)
        yield from ((table, row) for table, rows in answer["Responses"].items() for row in rows)
        wanted = answer.get("UnprocessedKeys")
        if not wanted:
            return
    raise Unavailable
