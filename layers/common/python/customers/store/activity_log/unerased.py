"""The condition that customers have not been erased: with what nobody sweeps afterwards may be written about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from customers.store.customers.pointers import pointer_key
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import require

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def if_unerased(
    client: DynamoDBClient, records_table: str, enterprise: str, customer_ids: Iterable[str]
) -> list[Any] | None:
    """For a transaction: nobody of these has been erased since, themselves or with their survivor.

    None if one has been erased already, or never existed. One request for an id, one more if it was absorbed. Raises
    `Unavailable`.
    """
    checks: dict[str, Any] = {}
    for each in customer_ids:
        customer_id = each
        while customer_id not in checks:
            pointer = reads.get(client, records_table, pointer_key(enterprise, customer_id))
            if pointer is None or "erased_at" in pointer:
                return None
            checks[customer_id] = _unchanged(records_table, pointer)
            customer_id = pointer["merged_into"]["S"] if "merged_into" in pointer else customer_id
    return [*checks.values()]


def _unchanged(records_table: str, pointer: Item) -> Any:
    key = {"pk": pointer["pk"], "sk": pointer["sk"]}
    if "merged_into" in pointer:
        return require(records_table, key, "merged_into = :survivor", {":survivor": pointer["merged_into"]})
    return require(
        records_table,
        key,
        "attribute_exists(pk) AND attribute_not_exists(erased_at) AND attribute_not_exists(merged_into)",
    )
