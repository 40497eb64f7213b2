"""Makes the rows of one table those of another with the same key. Equal rows are left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admin.stack.refusal import Refusal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
AT_ONCE = 25
"""Rows that DynamoDB writes with one request."""
PAGE = 100
"""Rows that it reads with one request."""
TRIES = 10


@dataclass
class Copied:
    """What was done to a table."""

    written: int = 0
    deleted: int = 0
    equal: int = 0


def copy(
    client: DynamoDBClient, source: str, target: str, stays: Callable[[Item], bool] = lambda _row: False
) -> Copied:
    """Write what is missing or different, then delete what `source` does not have. A second run changes nothing.

    A row of `target` that `stays` is neither changed nor deleted.
    """
    keys = [each["AttributeName"] for each in client.describe_table(TableName=target)["Table"]["KeySchema"]]
    done = Copied()
    for rows in _pages(client, source):
        there = {_key_text(row, keys): row for row in _get(client, target, [_key(row, keys) for row in rows])}
        staying = {key for key, row in there.items() if stays(row)}
        changed = [row for row in rows if there.get(key := _key_text(row, keys)) != row and key not in staying]
        _write(client, target, [{"PutRequest": {"Item": row}} for row in changed])
        done.written += len(changed)
        done.equal += len(rows) - len(changed)
    for rows in _pages(client, target):
        kept = {_key_text(row, keys) for row in _get(client, source, [_key(row, keys) for row in rows])}
        gone = [_key(row, keys) for row in rows if _key_text(row, keys) not in kept and not stays(row)]
        _write(client, target, [{"DeleteRequest": {"Key": key}} for key in gone])
        done.deleted += len(gone)
    return done


def _key(row: Item, keys: Sequence[str]) -> Item:
    return {name: row[name] for name in keys}


def _key_text(row: Item, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[name]["S"] for name in keys)


def _pages(client: DynamoDBClient, table: str) -> Iterator[list[Item]]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        for start in range(0, len(page["Items"]), PAGE):
            yield page["Items"][start : start + PAGE]


def _get(client: DynamoDBClient, table: str, keys: list[Item]) -> list[Item]:
    found: list[Item] = []
    asked: Any = {table: {"Keys": keys, "ConsistentRead": True}} if keys else {}
    for attempt in range(TRIES):
        if not asked:
            return found
        time.sleep(attempt * 0.1)
        answer = client.batch_get_item(RequestItems=asked)
        found += answer["Responses"].get(table, [])
        asked = answer.get("UnprocessedKeys")
    raise Refusal(f"DynamoDB left rows of {table} unread in {TRIES} tries: run the command again")


def _write(client: DynamoDBClient, table: str, requests: list[Any]) -> None:
    for start in range(0, len(requests), AT_ONCE):
        left: Any = {table: requests[start : start + AT_ONCE]}
        for attempt in range(TRIES):
            time.sleep(attempt * 0.1)
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems")
            if not left:
                break
        else:
            raise Refusal(f"DynamoDB left rows of {table} unwritten in {TRIES} tries: run the command again")
