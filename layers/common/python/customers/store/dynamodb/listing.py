"""Pages of a list, the newest first, where a filter may leave out most of what is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROUNDS = 4
"""Requests for one page. After them the page is what was found, with the place where the next one continues."""


def newest(
    client: DynamoDBClient, limit: int, start: Item | None, key_of: Callable[[Item], Item], **query: Any
) -> tuple[list[Item], Item | None]:
    """At most `limit` rows, strongly consistent, and the key after which the next page starts; None for the last page.

    `start` is such a key. Raises `Unavailable`.
    """
    found: list[Item] = []
    for _ in range(ROUNDS):
        more = {"ExclusiveStartKey": start} if start else {}
        page = reads.query_page(client, **query, **more, ConsistentRead=True, ScanIndexForward=False)
        items, start = page["Items"], page.get("LastEvaluatedKey")
        room = limit - len(found)
        found += items[:room]
        if len(items) > room or (len(found) == limit and start):
            return found, key_of(found[-1])
        if not start:
            return found, None
    return found, start
